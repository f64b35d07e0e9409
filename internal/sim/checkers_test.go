package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// script is a naive brain: it does at given times what it is told to, whatever
// happens. The checkers must catch it.
type script struct {
	at   []time.Duration // of the node's clock
	acts []scheduler.Action
	on   func(scheduler.Event) []scheduler.Action
}

func (s *script) Step(now scheduler.Instant, e scheduler.Event) []scheduler.Action {
	var out []scheduler.Action
	for len(s.at) > 0 && time.Duration(now) >= s.at[0] {
		out = append(out, s.acts[0])
		s.at, s.acts = s.at[1:], s.acts[1:]
	}
	if s.on != nil {
		out = append(out, s.on(e)...)
	}
	return out
}

func (s *script) do(at time.Duration, a scheduler.Action) *script {
	s.at, s.acts = append(s.at, at), append(s.acts, a)
	return s
}

// plainWorld is a world in which nothing is unknown and nothing breaks by itself.
func plainWorld(a, b func(Birth) Brain) *world {
	makers := [2]func(Birth) Brain{a, b}
	w := newWorld(Options{Seed: 7, Maker: func(birth Birth) Brain {
		if birth.Config.Self == nodeName(0) {
			return makers[0](birth)
		}
		return makers[1](birth)
	}})
	p := &w.prof
	p.drift, p.skew = [2]float64{}, [2]time.Duration{}
	p.boot = [2]time.Duration{10 * time.Second, 10 * time.Second}
	p.loss, p.dup, p.reorder, p.replay = 0, 0, 0, 0
	p.reference, p.vendorDisarms, p.startTogether = false, false, true
	for _, n := range w.nodes {
		n.cfg.Exclusive, n.cfg.Overlap = true, true
		n.cfg.StartWait = 10 * time.Second
	}
	w.powerUp()
	return w
}

func idleBrain(Birth) Brain { return &script{} }

func plays(s func() *script) func(Birth) Brain {
	return func(Birth) Brain { return s() }
}

// broken returns the rules that were broken until then.
func broken(w *world, until time.Duration) []string {
	w.run(until)
	var rules []string
	for _, v := range w.check.found {
		rules = append(rules, v.Rule)
	}
	return rules
}

func TestCheckersCatch(t *testing.T) {
	claim := func() *script {
		return armed().do(5*time.Second, scheduler.ClaimVIP{ID: 1, Look: scheduler.LookNone})
	}
	starts := func() *script {
		return armed().do(5*time.Second, scheduler.Containers{ID: 1, Level: scheduler.LevelRunning})
	}
	bound := func(w *world) { // as if both had met: the ground is there
		for i := range w.check.node {
			w.check.node[i].grounds.metAt = 10 * time.Second
		}
		w.check.server = 0 // and one of them served before
	}
	cases := []struct {
		name, rule string
		a, b       func(Birth) Brain
		prepare    func(*world)
		until      time.Duration
	}{
		{name: "two addresses", rule: "S1", a: plays(claim), b: plays(claim), prepare: bound, until: time.Minute},
		{name: "two exclusive containers", rule: "S1", a: plays(starts), b: plays(starts), prepare: bound, until: time.Minute},
		{name: "no ground", rule: "S2", a: plays(claim), b: idleBrain, until: time.Minute},
		{name: "no ground after a broken hold", rule: "S6", b: idleBrain, until: time.Minute, a: plays(func() *script {
			return (&script{}).do(5*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second}).
				do(9*time.Second, scheduler.Lower{}).do(10*time.Second, scheduler.ClaimVIP{ID: 2})
		})},
		{name: "hold without uplink", rule: "S4", b: idleBrain, until: time.Minute, prepare: func(w *world) { w.nodes[0].cable = false }, a: plays(func() *script {
			return (&script{}).do(8*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
		})},
		{name: "hold before start_wait", rule: "S3", b: idleBrain, until: time.Minute, prepare: func(w *world) { w.nodes[0].disk.Wire.Result = scheduler.WirePassed }, a: plays(func() *script {
			return armed().do(5*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
		})},
		{name: "wakes what was switched off", rule: "L3", b: idleBrain, until: time.Minute, prepare: func(w *world) { w.nodes[0].disk.PeerOff = true }, a: plays(func() *script {
			return armed().do(5*time.Second, scheduler.Pulse{ID: 1, For: time.Second})
		})},
		{name: "contest without end", rule: "S5", b: idleBrain, until: 2 * time.Minute, a: plays(func() *script {
			return (&script{}).do(5*time.Second, scheduler.Contest{ID: 1})
		})},
		{name: "release that is not on disk", rule: "S8", b: idleBrain, until: time.Minute, a: plays(func() *script {
			return (&script{}).do(5*time.Second, scheduler.Send{Letter: scheduler.Letter{State: scheduler.State{Released: 1}}})
		})},
		{name: "standby that is not on disk", rule: "S8", b: idleBrain, until: time.Minute, prepare: asks(scheduler.VerbStandby), a: plays(answers(1))},
		{name: "reboots without an order", rule: "O", b: idleBrain, until: time.Minute, a: plays(func() *script {
			return armed().do(5*time.Second, scheduler.Reboot{})
		})},
		{name: "standby without an order", rule: "O", b: idleBrain, until: time.Minute, a: plays(func() *script {
			return armed().do(5*time.Second, scheduler.Persist{Disk: scheduler.Disk{Standby: true}})
		})},
		{name: "answers what nobody asked for", rule: "A", b: idleBrain, until: time.Minute, a: plays(func() *script {
			return armed().do(5*time.Second, scheduler.Send{Letter: scheduler.Letter{To: 1, Reply: &scheduler.Reply{ID: 1}}})
		})},
		{name: "says that the other node did what it did not", rule: "A", b: idleBrain, until: time.Minute, prepare: asksFor(scheduler.VerbReboot, 1), a: plays(answers(1))},
		{name: "answered twice", rule: "A", b: idleBrain, until: time.Minute, prepare: asks(scheduler.VerbWake), a: plays(answers(2))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := plainWorld(c.a, c.b)
			if c.prepare != nil {
				c.prepare(w)
			}
			if got := broken(w, c.until); !slices.Equal(got, []string{c.rule}) {
				t.Fatalf("broken rules %v, want %s: %v", got, c.rule, w.check.found)
			}
		})
	}
}

// asks gives node a a command half a minute after power on.
func asks(v scheduler.Verb) func(*world) { return asksFor(v, 0) }

// asksFor is asks, about the node named.
func asksFor(v scheduler.Verb, target int) func(*world) {
	return func(w *world) {
		w.after(30*time.Second, func() { w.nodes[0].command(scheduler.Command{Verb: v, Node: nodeName(target)}) })
	}
}

func answers(times int) func() *script {
	return func() *script {
		return &script{on: func(e scheduler.Event) []scheduler.Action {
			c, is := e.(scheduler.Command)
			if !is {
				return nil
			}
			return slices.Repeat([]scheduler.Action{scheduler.Answer{ID: c.ID, OK: true}}, times)
		}}
	}
}

// armed makes a script whose board obeys EXTIN.
func armed() *script { return (&script{}).do(2*time.Second, scheduler.Arm{}) }

func TestUnfairCutIsCaught(t *testing.T) {
	server := func() *script {
		s := armed().do(5*time.Second, scheduler.ClaimVIP{ID: 1}).
			do(6*time.Second, scheduler.Send{Letter: scheduler.Letter{State: scheduler.State{Own: 1, Term: 1}}})
		s.on = func(e scheduler.Event) []scheduler.Action {
			if l, is := e.(scheduler.Lines); is && l.In && l.Count >= 5 {
				return []scheduler.Action{scheduler.DropVIP{ID: 2}}
			}
			return nil
		}
		return s
	}
	shooter := func() *script { return armed().do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second}) }
	w := plainWorld(plays(server), plays(shooter))
	w.nodes[1].disk.Wire.Result = scheduler.WirePassed
	w.nodes[0].disk.Term = 1
	w.check.node[0].grounds.metAt = 10 * time.Second
	if got := broken(w, 2*time.Minute); !slices.Equal(got, []string{"S3"}) {
		t.Fatalf("broken rules %v, want S3", got)
	}
}

func TestShootingBackIsCaught(t *testing.T) {
	shooter := func() *script { return armed().do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second}) }
	lives := 0
	victim := func(Birth) Brain {
		if lives++; lives == 1 {
			return armed()
		}
		return armed().do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
	}
	w := plainWorld(victim, plays(shooter))
	w.net.blocked = [2]bool{true, true} // no address answers
	for _, n := range w.nodes {
		n.disk.Wire.Result = scheduler.WirePassed
	}
	w.after(50*time.Second, func() { w.nodes[0].push() })
	w.check.node[0].fenced.saw = true // it knew, whatever the switch says
	if got := broken(w, 3*time.Minute); !slices.Equal(got, []string{"S7"}) {
		t.Fatalf("broken rules %v, want S7", got)
	}
}

func TestQuietPairBreaksNothing(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	if got := broken(w, 10*time.Minute); got != nil {
		t.Fatalf("broken rules %v by nodes that do nothing", got)
	}
	w.check.outsideOf("A2")
	w.check.violate("S1", "for the test")
	if got := w.check.found[0].Outside; got != "A2" {
		t.Fatalf("outside %q, want A2", got)
	}
}

func TestHarnessThatChangedIsOutside(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(30 * time.Second)
	n := w.nodes[0]
	wireFault(1)(n)
	if w.check.harnessChanged(0) {
		t.Fatal("a line that was never tested cannot differ from its test")
	}
	n.disk.Wire.Result = scheduler.WirePassed
	if !w.check.harnessChanged(0) {
		t.Fatal("the line is cut although its test passed")
	}
	w.check.look()
	n.disk.Wire = scheduler.Wire{}
	if !w.check.harnessChanged(0) {
		t.Fatal("what was done on the test that passed is forgotten with the disk")
	}
}

// TestNoStartWhileItGoesDown: what an operator starts in the middle of a shutdown is
// refused, and the next kernel starts it.
func TestNoStartWhileItGoesDown(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(30 * time.Second)
	a := w.nodes[0]
	a.dropDaemon()
	a.afterStop(departure{reboot: true})
	if a.startAgain(); a.d != nil {
		t.Fatal("it starts in a machine that goes down")
	}
	if w.run(90 * time.Second); a.d == nil || a.boots != 2 {
		t.Fatalf("after boot %d nobody started it", a.boots)
	}
}
