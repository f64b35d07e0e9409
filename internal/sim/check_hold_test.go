package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestHoldOutOfTurnIsCaught: a node whose line works holds it when it should not.
func TestHoldOutOfTurnIsCaught(t *testing.T) {
	holds := func() *script { return (&script{}).do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second}) }
	serves := func() *script {
		return armed().do(5*time.Second, scheduler.ClaimVIP{ID: 2}).do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
	}
	cases := []struct {
		name, rule string
		a          func() *script
		prepare    func(a, b *node, f *facts)
	}{
		{name: "line never tested", rule: "S6", a: holds, prepare: func(a, _ *node, _ *facts) {
			a.disk.Wire.Result = scheduler.WireUntested
		}},
		{name: "other node cannot be fenced", rule: "S6", a: holds, prepare: func(a, _ *node, _ *facts) {
			a.disk.PeerUnarmed = true
		}},
		{name: "server for a short silence", rule: "S3", a: serves, prepare: func(_, _ *node, f *facts) {
			f.word.take(10*time.Second, 1, 1)
		}},
		{name: "server against one that left", rule: "S3", a: serves, prepare: func(a, _ *node, _ *facts) {
			a.disk.PeerLeft, a.disk.PeerLeftIn = scheduler.Leave, "a-boot1"
		}},
		{name: "server that forgot that the other left", rule: "S3", a: serves, prepare: func(a, b *node, _ *facts) {
			a.w.after(18*time.Second, func() { a.w.check.node[b.id].grounds.noted = "a-boot1" })
		}},
		{name: "server a second time", rule: "S3", a: serves, prepare: func(a, b *node, f *facts) {
			f.grounds.holdHeld, f.grounds.holdEnd = true, time.Second
			a.w.check.node[b.id].cutAt = time.Second
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := plainWorld(plays(c.a), idleBrain)
			f := &w.check.node[0]
			f.grounds.metAt = 10 * time.Second // the ground to serve
			w.nodes[0].disk.Wire.Result = scheduler.WirePassed
			c.prepare(w.nodes[0], w.nodes[1], f)
			if got := broken(w, time.Minute); !slices.Equal(got, []string{c.rule}) {
				t.Fatalf("broken rules %v, want %s: %v", got, c.rule, w.check.found)
			}
		})
	}
}

// TestOldTestIsCaught: a line that was tested too long ago is no line to hold, unless
// this session tested it since; its disk may refuse to say so.
func TestOldTestIsCaught(t *testing.T) {
	for _, tested := range []bool{false, true} {
		w := plainWorld(plays(func() *script {
			s := &script{}
			if tested {
				s.do(19*time.Second, scheduler.Note{Code: scheduler.CodeWireTested})
			}
			return s.do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
		}), idleBrain)
		a := w.nodes[0]
		a.readOnly = true
		a.disk.Wire.Result = scheduler.WirePassed // at no time that counts
		f := &w.check.node[a.id]
		w.after(18*time.Second, func() { f.care.met, f.knew = true, []uint64{1} })
		want := []string{"S6"}
		if tested {
			want = nil
		}
		if got := broken(w, 35*time.Second); !slices.Equal(got, want) {
			t.Errorf("tested %t: broken rules %v, want %v: %v", tested, got, want, w.check.found)
		}
	}
}

// TestPlayedAgainIsNoNewWord: an old letter does not make a silent node heard.
func TestPlayedAgainIsNoNewWord(t *testing.T) {
	var k word
	k.take(1*time.Second, 7, 5)
	k.take(2*time.Second, 7, 5)
	k.take(3*time.Second, 7, 4)
	if k.at != time.Second {
		t.Fatalf("last word at %s, want 1 s", k.at)
	}
	if k.take(4*time.Second, 8, 1); k.at != 4*time.Second {
		t.Fatalf("last word at %s, want 4 s: the session is new", k.at)
	}
}

// TestLyingWireTestIsCaught: a test cannot pass on a line that is cut.
func TestLyingWireTestIsCaught(t *testing.T) {
	const at = 30 * time.Second
	w := plainWorld(func(b Birth) Brain {
		passed := scheduler.Wire{Result: scheduler.WirePassed, At: b.Wall.Add(at - time.Duration(b.Now) - time.Millisecond)}
		return (&script{}).do(at, scheduler.Persist{Disk: scheduler.Disk{Wire: passed}})
	}, idleBrain)
	wireFault(1)(w.nodes[0])
	if got := broken(w, time.Minute); !slices.Equal(got, []string{"S6"}) {
		t.Fatalf("broken rules %v, want S6", got)
	}
}

// TestDeadHolderIsCaught: nobody's watchdog ends the hold of a dead kernel.
func TestDeadHolderIsCaught(t *testing.T) {
	holds := func() *script { return (&script{}).do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second}) }
	w := plainWorld(plays(holds), idleBrain)
	w.prof.watchdog = true
	w.net.blocked = [2]bool{true, true} // and no address answers
	w.nodes[0].disk.Wire.Result = scheduler.WirePassed
	w.run(35 * time.Second)
	if !w.nodes[0].out() {
		t.Fatal("the line is not up")
	}
	w.nodes[0].bus.watchdog(watchdogLong)
	w.nodes[0].panics()
	if !w.nodes[0].out() {
		t.Fatal("this board lowers the line by itself")
	}
	if got := broken(w, time.Minute); !slices.Equal(got, []string{"S5"}) {
		t.Fatalf("broken rules %v, want S5", got)
	}
}

// TestEchoIsAsOldAsItsNodeKnows: an echo counts for 2.5 s of the clock of the node
// that gets it, which may be fast or slow.
func TestEchoIsAsOldAsItsNodeKnows(t *testing.T) {
	cases := []struct {
		drift float64
		after time.Duration
		want  bool
	}{
		{drift: 0, after: 2490 * time.Millisecond, want: true},
		{drift: 0.014, after: 2490 * time.Millisecond, want: false},
		{drift: -0.014, after: 2520 * time.Millisecond, want: true},
		{drift: -0.014, after: 2550 * time.Millisecond, want: false},
	}
	for _, c := range cases {
		w := plainWorld(idleBrain, idleBrain)
		w.prof.drift[0] = c.drift
		a, f := w.nodes[0], &w.check.node[0]
		w.now = time.Second
		w.check.sends(a, &scheduler.Letter{Seq: 1})
		w.now += c.after
		w.check.hears(a, &scheduler.Letter{Session: 7, Seq: 1, Echo: 1})
		if got := f.echoed != 0; got != c.want {
			t.Errorf("drift %v, echo after %s: counts %t, want %t", c.drift, c.after, got, c.want)
		}
	}
}
