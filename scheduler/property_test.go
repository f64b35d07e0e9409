package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/scheduler/calendar"
)

// ride drives one machine through the events of a dice and checks after each
// Step what must hold of any machine at any time.
type ride struct {
	d       *dice
	m       *scheduler.Machine
	now     scheduler.Instant
	open    map[uint64]scheduler.Instant // commands given and not answered
	done    map[uint64]bool
	exited  bool
	durable scheduler.Disk
	said    uint64 // highest release in a letter
	foreign uint64 // a term of the peer's that this node released
	faults  []string
}

func newRide(bytes []byte) *ride {
	n := newNode(newWorld(), 0)
	n.cfg.Exclusive, n.cfg.Overlap = len(bytes)%2 == 0, len(bytes)%3 != 0
	n.cfg.Preferred = len(bytes)%5 != 0
	if len(bytes)%4 == 0 {
		n.cfg.Calendar, _ = calendar.Parse("*/2 * * * *", time.UTC)
	}
	boot := scheduler.Boot{ID: "pi1-boot1", Session: 17, Now: origin, Wall: wallOrigin}
	return &ride{
		d: &dice{bytes: bytes, mine: boot.Session}, m: scheduler.New(n.cfg, n.disk, boot), now: origin,
		open: map[uint64]scheduler.Instant{}, done: map[uint64]bool{},
	}
}

func (r *ride) faultf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf("%8.2f ", time.Duration(r.now-origin).Seconds())+fmt.Sprintf(format, args...))
}

// run throws until the dice has no bytes left or the daemon ended.
func (r *ride) run() {
	for r.d.left() && !r.exited && len(r.faults) == 0 {
		r.now = r.now.Add(r.d.pause())
		r.step(r.d.event(r.now))
	}
}

// rest lets time pass with nothing else happening.
func (r *ride) rest(d time.Duration) {
	for end := r.now.Add(d); r.now < end && !r.exited && len(r.faults) == 0; {
		r.now = r.now.Add(250 * time.Millisecond)
		r.step(scheduler.Tick{})
	}
}

func (r *ride) step(e scheduler.Event) {
	if c, is := e.(scheduler.Command); is {
		r.open[c.ID] = r.now
	}
	actions := r.m.Step(r.now, e)
	if r.writeFails(actions) {
		r.step(scheduler.PersistFailed{Why: "no space left on device"})
		return
	}
	r.d.watch(actions)
	for i, a := range actions {
		r.check(i, a)
		if r.exited {
			return
		}
	}
}

// writeFails says that the dice lets this batch's Persist fail: then nothing of
// the batch happens, and the machine hears of that next.
func (r *ride) writeFails(actions []scheduler.Action) bool {
	if len(actions) == 0 {
		return false
	}
	_, is := actions[0].(scheduler.Persist)
	return is && r.d.n(16) == 15
}

func (r *ride) check(i int, a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Persist:
		if i != 0 {
			r.faultf("Persist is action %d of its batch", i)
		}
		r.persisted(a.Disk)
	case scheduler.Send:
		r.sent(a.Letter)
	case scheduler.Answer:
		if _, waiting := r.open[a.ID]; !waiting {
			r.faultf("command %d is answered, and was answered before: %t, ", a.ID, r.done[a.ID])
		}
		delete(r.open, a.ID)
		r.done[a.ID] = true
	case scheduler.Exit:
		r.exited = true
	}
}

// persisted checks what must not go backwards on disk.
func (r *ride) persisted(d scheduler.Disk) {
	switch was := r.durable; {
	case d.Term < was.Term:
		r.faultf("term %d on disk after %d", d.Term, was.Term)
	case d.Released < r.said:
		r.faultf("released %d on disk after %d was said", d.Released, r.said)
	case d.Returned%2 == 1:
		r.faultf("the first node gave back term %d, which cannot be the other's", d.Returned)
	}
	if d.Released != 0 && d.Released%2 == 0 {
		r.foreign = d.Released
	}
	r.durable = d
}

// sent checks that no word goes out which the disk does not bear.
func (r *ride) sent(l scheduler.Letter) {
	s := l.State
	r.said = max(r.said, s.Released)
	switch {
	case s.Own != 0 && s.Own%2 == 0:
		r.faultf("the first node says that it owns term %d", s.Own)
	case s.Own != 0 && s.Released >= s.Own:
		r.faultf("says that it owns term %d and released %d", s.Own, s.Released)
	case s.Released > r.durable.Released:
		r.faultf("says that it released %d; on disk is %d", s.Released, r.durable.Released)
	case s.Own != 0 && (r.durable.Term < s.Own || r.durable.TermBoot != "pi1-boot1"):
		r.faultf("says that it owns term %d; on disk is %d of boot %q", s.Own, r.durable.Term, r.durable.TermBoot)
	case s.Returned > r.durable.Returned:
		r.faultf("says that it gave %d back; on disk is %d", s.Returned, r.durable.Returned)
	}
}

const (
	rides     = 1500
	rideBytes = 3000
)

func randomBytes(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	bytes := make([]byte, rideBytes-int(seed%7))
	for i := range bytes {
		bytes[i] = byte(random.Uint32())
	}
	return bytes
}

// TestAnyEvents: whatever happens in whatever order, words are on disk before
// they are said, terms keep their parity, and each command is answered once.
func TestAnyEvents(t *testing.T) {
	for seed := range uint64(rides) {
		r := newRide(randomBytes(seed))
		r.run()
		r.rest(answerWithin)
		r.unanswered()
		if len(r.faults) > 0 {
			t.Fatalf("seed %d: %s", seed, r.faults[0])
		}
	}
}

// answerWithin is how long a command may take when nothing else happens.
const answerWithin = 5 * time.Minute

func (r *ride) unanswered() {
	if r.exited || len(r.faults) > 0 {
		return
	}
	for id, since := range r.open {
		r.faultf("command %d of %.2f has no answer", id, time.Duration(since-origin).Seconds())
	}
}

// TestReleasesOnlyItsOwn: a release of the other node's term helps nobody.
func TestReleasesOnlyItsOwn(t *testing.T) {
	for seed := range uint64(rides) {
		r := newRide(randomBytes(seed))
		r.run()
		if r.foreign != 0 {
			wrong(t, fmt.Sprintf("seed %d: the first node released term %d: release() takes the highest term known, not the own", seed, r.foreign))
		}
	}
}

// TestSameEventsSameActions: a run can be replayed, so nothing but the events
// decides; in particular no order of a map.
func TestSameEventsSameActions(t *testing.T) {
	for seed := range uint64(100) {
		a, b := newRide(randomBytes(seed)), newRide(randomBytes(seed))
		for a.d.left() && !a.exited {
			pause := a.d.pause()
			b.d.pause()
			a.now, b.now = a.now.Add(pause), b.now.Add(pause)
			one, two := a.m.Step(a.now, a.d.event(a.now)), b.m.Step(b.now, b.d.event(b.now))
			if !reflect.DeepEqual(one, two) {
				t.Fatalf("seed %d: the same events led to\n%v\nand to\n%v", seed, one, two)
			}
			a.d.watch(one)
			b.d.watch(two)
			a.exited = slices.ContainsFunc(one, func(x scheduler.Action) bool { _, is := x.(scheduler.Exit); return is })
		}
	}
}

// TestStepLeavesItsInputAlone: events and the disk given to New belong to the
// caller; the machine changes neither.
func TestStepLeavesItsInputAlone(t *testing.T) {
	n := newNode(newWorld(), 0)
	disk := n.disk
	disk.PeerBoots = append(make([]string, 0, 16), "pi2-old")
	disk.Fences = append(make([]time.Time, 0, 16), wallOrigin)
	given := cloneDisk(disk)
	m := scheduler.New(n.cfg, disk, scheduler.Boot{ID: "pi1-boot1", Session: 17, Now: origin, Wall: wallOrigin})
	d, twin := &dice{bytes: randomBytes(4), mine: 17}, &dice{bytes: randomBytes(4), mine: 17}
	for now := origin; d.left(); {
		now = now.Add(d.pause())
		twin.pause()
		e, same := d.event(now), twin.event(now)
		actions := m.Step(now, e)
		d.watch(actions)
		twin.watch(actions)
		if !reflect.DeepEqual(e, same) {
			t.Fatalf("Step changed its event from %+v to %+v", same, e)
		}
	}
	if !reflect.DeepEqual(disk, given) {
		t.Errorf("the machine changed the disk it was given from %+v to %+v", given, disk)
	}
	if disk.PeerBoots[:2][1] != "" || !disk.Fences[:2][1].IsZero() {
		wrong(t, "New keeps the slices of the disk it is given, and appends into them")
	}
}

// wrong fails a test in the words of the rule that was broken.
func wrong(t *testing.T, what string) {
	t.Helper()
	t.Error(what)
}

// TestPersistIsACopy: what is being written must not change under the writer.
func TestPersistIsACopy(t *testing.T) {
	r := newRide(randomBytes(9))
	type written struct{ now, then scheduler.Disk }
	var all []written
	for r.d.left() {
		r.now = r.now.Add(r.d.pause())
		actions := r.m.Step(r.now, r.d.event(r.now))
		r.d.watch(actions)
		for _, a := range actions {
			if p, is := a.(scheduler.Persist); is {
				all = append(all, written{p.Disk, cloneDisk(p.Disk)})
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d writes", len(all))
	}
	for i, w := range all {
		if !reflect.DeepEqual(w.now, w.then) {
			t.Fatalf("write %d was %+v when it was ordered and is %+v now", i, w.then, w.now)
		}
	}
}

// TestViewIsACopy: status may keep and change what it got.
func TestViewIsACopy(t *testing.T) {
	n := newNode(newWorld(), 0)
	n.startDaemon()
	n.w.run(5*time.Second, nil)
	before := n.m.View()
	if len(before.Waits) == 0 || len(before.Board.Woken) == 0 {
		t.Fatalf("want a view with waits and a wake-up reason: %+v", before)
	}
	spoiled := n.m.View()
	for i := range spoiled.Waits {
		spoiled.Waits[i] = scheduler.Wait{}
	}
	if after := n.m.View(); !reflect.DeepEqual(after, before) {
		t.Errorf("%+v became %+v", before, after)
	}
	spoiled.Board.Woken[0] = "spoiled"
	if n.m.View().Board.Woken[0] == "spoiled" {
		wrong(t, "View.Board.Woken is the machine's own slice, and that of the event")
	}
}
