package scheduler_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// show is how much of a story is told.
type show int

const (
	showNone  show = iota // nothing but the world's own doings
	showDeeds             // what happens to board, service and operator, and notes
	showTalk              // and what the nodes say and write down
	showAll               // and what is reported back
)

// printer remembers what was told last, so that only changes are.
type printer struct {
	said  scheduler.State
	disk  scheduler.Disk
	lines scheduler.Lines
	waits []scheduler.Wait
	late  map[string]bool // by the code: told that it is over and still there

	failing int // writes that failed with nothing done in between
}

// lateMost is how long after its end a wait may still be there, while what follows
// it begins; a hold is tried anew meanwhile (L4).
func lateMost(code string) time.Duration {
	if code == scheduler.CodeHold {
		return 45 * time.Second
	}
	return 10 * time.Second
}

// sayf adds a line: the time, the node where two are told of, and the words.
// "<" is a report, ">" an order to the peer or the disk, "--" the world's doing.
func (w *world) sayf(n *node, format string, args ...any) {
	who := ""
	if n != nil && w.peer == nil {
		who = " " + n.name
	}
	fmt.Fprintf(&w.out, "  %8.2f%s  %s\n", w.now.Seconds(), who, fmt.Sprintf(format, args...))
}

func (w *world) takeOut() string {
	w.lastOut = w.out.String()
	w.out.Reset()
	return w.lastOut
}

func (n *node) saysf(least show, format string, args ...any) {
	if n.w.shown >= least {
		n.w.sayf(n, format, args...)
	}
}

func (n *node) showEvent(e scheduler.Event) {
	switch e := e.(type) {
	case scheduler.Link:
		n.saysf(showAll, "< link %s", upDown(e.Up))
	case scheduler.Uplink:
		n.saysf(showAll, "< uplink %s", changes(scheduler.Uplink{}, e))
	case scheduler.Slept:
		n.saysf(showDeeds, "< slept %s", e.For)
	case scheduler.Lines:
		was := n.print.lines
		n.print.lines = e
		switch {
		case !e.OK && was.OK:
			n.saysf(showDeeds, "< board does not answer")
		case e.OK && e.In != was.In:
			n.saysf(showDeeds, "< extin %s", highLow(e.In))
		}
	case scheduler.HoldEnded:
		n.saysf(showDeeds, "< line #%d ended: %s%s", e.ID, [...]string{"unknown", "held", "lowered"}[e.Result], because(e.Why))
	case scheduler.Pulsed:
		n.saysf(showAll, "< pulse #%d %s", e.ID, okOr(e.OK, e.Why))
	case scheduler.Probed:
		n.saysf(showAll, "< probe #%d: %s", e.ID, changes(scheduler.Probed{ID: e.ID}, e))
	case scheduler.ContainersDone:
		n.saysf(doneShown(e.OK), "< containers #%d %s", e.ID, okOr(e.OK, e.Code+" "+e.Why))
	case scheduler.VIPDone:
		n.saysf(doneShown(e.OK), "< vip #%d %s", e.ID, okOr(e.OK, e.Code+" "+e.Why))
	case scheduler.PersistFailed:
		if n.print.failing++; n.print.failing == 1 {
			n.saysf(showDeeds, "< disk: %s", e.Why)
		}
	}
}

func doneShown(ok bool) show {
	if ok {
		return showAll
	}
	return showDeeds
}

func (n *node) showDisk(d scheduler.Disk) {
	if text := changes(n.print.disk, d); text != "" {
		n.saysf(showTalk, "> disk %s", text)
	}
	n.print.disk = cloneDisk(d)
}

func (n *node) showAction(a scheduler.Action) {
	if n.print.failing > 1 {
		n.saysf(showDeeds, "< disk: failed %d times in all", n.print.failing)
	}
	n.print.failing = 0
	switch a := a.(type) {
	case scheduler.Send:
		text := changes(n.print.said, a.Letter.State)
		n.print.said = a.Letter.State
		if r := a.Letter.Request; r != nil {
			text += fmt.Sprintf(" request #%d %s", r.ID, r.Verb)
		}
		if r := a.Letter.Reply; r != nil {
			text += fmt.Sprintf(" reply #%d %t %q", r.ID, r.OK, r.Text)
		}
		if text != "" {
			n.saysf(showTalk, "> says %s", strings.TrimSpace(text))
		}
	case scheduler.Note:
		do := ""
		if a.Do != "" {
			do = ". Do: " + a.Do
		}
		n.saysf(showDeeds, "%s [%s] %s%s", [...]string{"note", "WARNING", "CRITICAL"}[a.Level], a.Code, a.Text, do)
	case scheduler.Containers:
		n.saysf(showDeeds, "containers #%d %s", a.ID, [...]string{"none", "prepared", "running"}[a.Level])
	case scheduler.ClaimVIP:
		n.saysf(showDeeds, "claim VIP #%d, look %s", a.ID, [...]string{"none", "quick", "full"}[a.Look])
	case scheduler.Answer:
		n.saysf(showDeeds, "answer %s: %s", okOr(a.OK, "refused"), a.Text)
	default:
		n.saysf(showDeeds, "%s", plain(a))
	}
}

// plain writes an action by its type and its fields.
func plain(a scheduler.Action) string {
	v := reflect.ValueOf(a)
	words := []string{strings.ToLower(v.Type().Name())}
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		switch {
		case name == "ID":
			words = append(words, fmt.Sprintf("#%d", f.Uint()))
		case !f.IsZero():
			words = append(words, assign(name, f))
		}
	}
	return strings.Join(words, " ")
}

// showWaits tells which waits began, changed their end, or are over.
func (n *node) showWaits() {
	if n.m == nil {
		return
	}
	now := n.m.View().Waits
	for _, w := range now {
		same := func(o scheduler.Wait) bool { return o.Code == w.Code && o.Why == w.Why }
		if !slices.ContainsFunc(n.print.waits, same) {
			n.saysf(showDeeds, "WAIT [%s] %s", w.Code, waitText(w))
		}
	}
	for _, w := range n.print.waits {
		if !slices.ContainsFunc(now, func(o scheduler.Wait) bool { return o.Code == w.Code }) {
			n.saysf(showDeeds, "wait [%s] is over", w.Code)
		}
	}
	for _, w := range now {
		if late := n.clock().Since(w.Until); w.Until != 0 && w.Do == "" && late > lateMost(w.Code) && !n.print.late[w.Code] {
			n.print.late[w.Code] = true
			n.w.sayf(n, "%sstill waits [%s], %s after the end of that", alarm, w.Code, late.Round(time.Second))
		}
	}
	n.print.waits = now
}

func waitText(w scheduler.Wait) string {
	text := "for " + w.For
	if w.Until != 0 {
		text += " until " + value(reflect.ValueOf(w.Until))
	}
	text += because(w.Why)
	if w.Then != "" {
		text += "; then " + w.Then
	}
	if w.Do != "" {
		text += ". Do: " + w.Do
	}
	return text
}

// changes lists the fields in which now differs from was.
func changes(was, now any) string {
	a, b := reflect.ValueOf(was), reflect.ValueOf(now)
	var words []string
	for i := range b.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			words = append(words, assign(b.Type().Field(i).Name, b.Field(i)))
		}
	}
	return strings.Join(words, " ")
}

func assign(name string, f reflect.Value) string {
	if f.Kind() == reflect.Bool {
		if f.Bool() {
			return name
		}
		return "!" + name
	}
	if strings.HasPrefix(name, "Test") && f.Uint() != 0 {
		return fmt.Sprintf("%s=%d:%d", name, f.Uint()>>16, f.Uint()&0xffff)
	}
	return name + "=" + value(f)
}

func value(f reflect.Value) string {
	switch v := f.Interface().(type) {
	case time.Time:
		if v.IsZero() {
			return "never"
		}
		return fmt.Sprintf("%.2f", v.Sub(wallOrigin).Seconds())
	case scheduler.Instant:
		if v == 0 {
			return "never"
		}
		return fmt.Sprintf("%.2f", time.Duration(v-origin).Seconds())
	case scheduler.Wire:
		return fmt.Sprintf("%s@%s", [...]string{"untested", "passed", "failed"}[v.Result], value(reflect.ValueOf(v.At)))
	case scheduler.HoldNote:
		return fmt.Sprintf("{%s@%s}", v.PeerBoot, value(reflect.ValueOf(v.At)))
	case []time.Time:
		times := make([]string, len(v))
		for i, t := range v {
			times[i] = value(reflect.ValueOf(t))
		}
		return "[" + strings.Join(times, " ") + "]"
	}
	if f.Kind() == reflect.String && f.Len() == 0 {
		return `""`
	}
	text := fmt.Sprint(f.Interface())
	if f.Kind() == reflect.String && strings.Contains(text, " ") {
		return fmt.Sprintf("%q", text)
	}
	return text
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ", because " + why
}

func okOr(ok bool, otherwise string) string {
	if ok {
		return "ok"
	}
	return strings.TrimSpace(otherwise)
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

func highLow(high bool) string {
	if high {
		return "high"
	}
	return "low"
}
