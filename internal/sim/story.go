package sim

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// story is a run in words, for a person: one line per thing that mattered.
type story struct {
	lines []string
	said  [2]scheduler.State // what a node's last told letter said
	heard [2]scheduler.State
	disk  [2]scheduler.Disk
	line  [2]scheduler.Lines
}

func (s *story) add(w *world, who, format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf("%11.3f %s %s", w.now.Seconds(), who, fmt.Sprintf(format, args...)))
}

// say adds a line about a node when somebody reads the story.
func (n *node) say(format string, args ...any) {
	if s := n.w.story; s != nil {
		s.add(n.w, nodeName(n.id), format, args...)
	}
}

func (w *world) say(format string, args ...any) {
	if s := w.story; s != nil {
		s.add(w, "-", format, args...)
	}
}

// tellEvent adds what the decision of a node was told. Time passing, and
// letters that say nothing new, are left out.
func (n *node) tellEvent(e scheduler.Event) {
	s := n.w.story
	switch e := e.(type) {
	case *scheduler.Tick, scheduler.HoldProgress:
	case scheduler.Lines:
		if was := s.line[n.id]; was.OK != e.OK || was.Out != e.Out || was.In != e.In || e.Count >= 4 {
			shown := e
			shown.At = 0
			n.say("< Lines %s", brief(shown))
		}
		s.line[n.id] = e
	case *scheduler.Received:
		if s.heard[n.id] != e.Letter.State || e.Letter.Request != nil || e.Letter.Reply != nil {
			n.say("< Letter %s#%d to=%x %s", e.Letter.Boot, e.Letter.Seq, e.Letter.To&0xffff, said(s.heard[n.id], e.Letter))
		}
		s.heard[n.id] = e.Letter.State
	default:
		n.say("< %s %s", name(e), brief(e))
	}
}

// tellAction adds what the decision of a node ordered.
func (n *node) tellAction(a scheduler.Action) {
	s := n.w.story
	switch a := plain(a).(type) {
	case scheduler.Send:
		if s.said[n.id] != a.Letter.State || a.Letter.Request != nil || a.Letter.Reply != nil {
			n.say("> Send #%d to=%x %s", a.Letter.Seq, a.Letter.To&0xffff, said(s.said[n.id], a.Letter))
		}
		s.said[n.id] = a.Letter.State
	case scheduler.Persist:
		n.say("> Persist %s", changed(s.disk[n.id], a.Disk))
		s.disk[n.id] = a.Disk
	case scheduler.Note:
		n.say("> Note %s: %s", a.Code, a.Text)
	default:
		n.say("> %s %s", name(a), brief(a))
	}
}

func name(v any) string { return reflect.TypeOf(v).Name() }

// plain is the action itself, where the machine lent it (Machine.Recycle).
func plain(a scheduler.Action) scheduler.Action {
	if lent, is := a.(*scheduler.Send); is {
		return *lent
	}
	return a
}

// tellTick adds that time went by, when something was due.
func (n *node) tellTick(ordered []scheduler.Action) {
	for _, a := range ordered {
		if send, is := plain(a).(scheduler.Send); !is || n.w.story.said[n.id] != send.Letter.State {
			n.say("< Tick")
			return
		}
	}
}

// said prints what a letter says that the one before it did not.
func said(before scheduler.State, l scheduler.Letter) string {
	text := changed(before, l.State)
	if l.Request != nil {
		text += " Request={" + brief(*l.Request) + "}"
	}
	if l.Reply != nil {
		text += " Reply={" + brief(*l.Reply) + "}"
	}
	return text
}

// changed prints the fields that are not as before.
func changed(before, now any) string {
	was, is := reflect.ValueOf(before), reflect.ValueOf(now)
	news := reflect.New(is.Type()).Elem()
	var gone []string
	for i := range is.NumField() {
		switch {
		case reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()):
		case is.Field(i).IsZero():
			gone = append(gone, "no "+is.Type().Field(i).Name)
		default:
			news.Field(i).Set(is.Field(i))
		}
	}
	return strings.Join(append([]string{brief(news.Interface())}, gone...), " ")
}

// brief prints the fields that are not zero.
func brief(v any) string {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Struct {
		return fmt.Sprint(v)
	}
	var b strings.Builder
	for i := range r.NumField() {
		f := r.Field(i)
		if f.IsZero() {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		field := r.Type().Field(i).Name
		switch value := f.Interface().(type) {
		case bool:
			b.WriteString(field)
		case time.Time:
			fmt.Fprintf(&b, "%s=%s", field, value.Sub(wallOrigin))
		case scheduler.Instant:
			fmt.Fprintf(&b, "%s=%s", field, time.Duration(value))
		default:
			fmt.Fprintf(&b, "%s=", field)
			if f.Kind() == reflect.Struct {
				fmt.Fprintf(&b, "{%s}", brief(value))
			} else {
				fmt.Fprintf(&b, "%v", value)
			}
		}
	}
	return b.String()
}
