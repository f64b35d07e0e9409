package inputs

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Step is one call of the machine's Step: what it was told, when, and what came
// of it.
type Step struct {
	At     scheduler.Instant
	Event  scheduler.Event
	Acted  bool   // actions came of it
	Digest uint32 // of all of them, with Acted
	Notes  []scheduler.Note
}

// A step in the record is
//
//	uvarint  the event's kind << 3 | flags
//	varint   ns between the expected and the true instant; expected is the same pause as between the last two of its kind
//	...      the event: of a tick the ns between the expected and the true wall clock << 1 | synchronised, of others what differs from the
//	         last of its kind: uvarint bytes equal at the front, uvarint bytes equal at the end, uvarint length, bytes
//	4 bytes  the digest of the actions, little endian
//	...      uvarint number of notes, and the notes
//
// so that a quiet second takes some fifty bytes.
const (
	flagSame  = 1 << iota // the event equals the last of its kind; of a tick: it has no wall clock
	flagActed             // there is a digest
	flagNotes             // there are notes

	flagBits = 3
)

// kindState is what the next event of a kind is compared with.
type kindState struct {
	at   scheduler.Instant
	gap  time.Duration
	last []byte
}

// coder is the memory that writer and reader of a row of steps share.
type coder struct {
	kinds  []kindState
	at     scheduler.Instant // of the last step
	wall   int64             // of the last tick, ns since 1970
	wallAt scheduler.Instant
}

func newCoder(at scheduler.Instant) *coder {
	return &coder{kinds: make([]kindState, len(events)), at: at, wallAt: at}
}

func (c *coder) expected(k *kindState) scheduler.Instant {
	if k.at == 0 {
		return c.at
	}
	return k.at.Add(k.gap)
}

func (c *coder) passed(k *kindState, at scheduler.Instant) {
	if k.at != 0 {
		k.gap = time.Duration(at - k.at)
	}
	k.at, c.at = at, at
}

// expectedWall is what the wall clock says at an instant if nobody set it.
func (c *coder) expectedWall(at scheduler.Instant) int64 { return c.wall + int64(at-c.wallAt) }

// append appends one step.
func (c *coder) append(b []byte, at scheduler.Instant, e scheduler.Event, actions []scheduler.Action) []byte {
	kind, known := eventKinds()[reflect.TypeOf(e)]
	if !known {
		panic(fmt.Sprintf("inputs: no kind for a %T", e))
	}
	k := &c.kinds[kind]
	var flags uint64
	var now []byte
	tick, isTick := e.(scheduler.Tick)
	if !isTick {
		now = appendValue(nil, reflect.ValueOf(e))
	}
	if isTick && tick.Wall.IsZero() || !isTick && string(now) == string(k.last) {
		flags |= flagSame
	}
	notes := notesOf(actions)
	if len(actions) > 0 {
		flags |= flagActed
	}
	if len(notes) > 0 {
		flags |= flagNotes
	}
	b = binary.AppendUvarint(b, uint64(kind)<<flagBits|flags)
	b = binary.AppendVarint(b, int64(at-c.expected(k)))
	switch {
	case isTick && flags&flagSame != 0:
		b = appendValue(b, reflect.ValueOf(tick.Synced))
	case flags&flagSame != 0:
	case isTick:
		wall := tick.Wall.UnixNano()
		ahead := (wall - c.expectedWall(at)) << 1
		if tick.Synced {
			ahead |= 1
		}
		b = binary.AppendVarint(b, ahead)
		c.wall, c.wallAt = wall, at
	default:
		b = appendDifference(b, k.last, now)
		k.last = now
	}
	c.passed(k, at)
	if flags&flagActed != 0 {
		b = binary.LittleEndian.AppendUint32(b, digest(actions))
	}
	if flags&flagNotes != 0 {
		b = appendValue(b, reflect.ValueOf(notes))
	}
	return b
}

// appendDifference writes now as it differs from last.
func appendDifference(b, last, now []byte) []byte {
	most := min(len(last), len(now))
	front := 0
	for front < most && last[front] == now[front] {
		front++
	}
	back := 0
	for back < most-front && last[len(last)-1-back] == now[len(now)-1-back] {
		back++
	}
	b = binary.AppendUvarint(b, uint64(front))
	b = binary.AppendUvarint(b, uint64(back))
	b = binary.AppendUvarint(b, uint64(len(now)-front-back))
	return append(b, now[front:len(now)-back]...)
}

func (r *reader) difference(last []byte) []byte {
	front, back := r.uvarint(), r.uvarint()
	middle := r.take(r.length())
	if front > uint64(len(last)) || back > uint64(len(last))-front {
		r.fail(errShort)
	}
	if r.err != nil {
		return nil
	}
	now := append([]byte(nil), last[:front]...)
	now = append(now, middle...)
	return append(now, last[len(last)-int(back):]...)
}

// read takes the next step.
func (c *coder) read(r *reader) Step {
	head := r.uvarint()
	kind, flags := head>>flagBits, head&(1<<flagBits-1)
	if kind >= uint64(len(events)) {
		r.fail(fmt.Errorf("an event of kind %d", kind))
		return Step{}
	}
	k := &c.kinds[kind]
	s := Step{At: c.expected(k).Add(time.Duration(r.varint()))}
	if kind == kindTick {
		s.Event = c.readTick(r, s.At, flags&flagSame != 0)
	} else {
		s.Event = readEvent(r, k, events[kind], flags&flagSame != 0)
	}
	c.passed(k, s.At)
	if flags&flagActed != 0 {
		s.Acted = true
		if b := r.take(4); r.err == nil {
			s.Digest = binary.LittleEndian.Uint32(b)
		}
	}
	if flags&flagNotes != 0 {
		r.value(reflect.ValueOf(&s.Notes).Elem())
	}
	return s
}

func (c *coder) readTick(r *reader, at scheduler.Instant, none bool) scheduler.Event {
	if none {
		return scheduler.Tick{Synced: r.flag()}
	}
	ahead := r.varint()
	c.wall, c.wallAt = c.expectedWall(at)+ahead>>1, at
	return scheduler.Tick{Wall: time.Unix(0, c.wall).UTC(), Synced: ahead&1 == 1}
}

func readEvent(r *reader, k *kindState, t reflect.Type, same bool) scheduler.Event {
	if !same {
		k.last = r.difference(k.last)
	}
	v := reflect.New(t).Elem()
	whole := reader{b: k.last}
	whole.value(v)
	if whole.err == nil && len(whole.b) > 0 {
		whole.err = errEnds
	}
	if whole.err != nil {
		r.fail(fmt.Errorf("a %s: %w", t.Name(), whole.err))
	}
	return v.Interface().(scheduler.Event)
}

// readSteps takes a whole row of steps. On damage it returns those before it.
func (c *coder) readSteps(b []byte) ([]Step, error) {
	r := reader{b: b}
	var steps []Step
	for len(r.b) > 0 {
		s := c.read(&r)
		if r.err != nil {
			return steps, fmt.Errorf("read step %d: %w", len(steps), r.err)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func notesOf(actions []scheduler.Action) []scheduler.Note {
	var notes []scheduler.Note
	for _, a := range actions {
		if n, is := a.(scheduler.Note); is {
			notes = append(notes, n)
		}
	}
	return notes
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// digest is what two batches of actions have in common when they are equal.
func digest(actions []scheduler.Action) uint32 {
	var sum uint32
	var buf []byte
	for _, a := range actions {
		v := reflect.ValueOf(a)
		buf = append(buf[:0], v.Type().Name()...)
		sum = crc32.Update(sum, castagnoli, appendValue(buf, v))
	}
	return sum
}
