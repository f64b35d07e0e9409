package membership

import (
	"syscall"
	"testing"
	"time"
)

func TestKilledPeerIsLost(t *testing.T) {
	t.Parallel()
	one, two := loopbackPair()
	a, b := meetChildren(t, "", "", one, two)
	b.signal(t, syscall.SIGKILL)
	await(t, a.events, anyOf[Lost])
}

// A node that slept finds its peer silent, but the silence was its own. The
// other node rightly lost it meanwhile.
func TestSleeperDoesNotBlameItsPeer(t *testing.T) {
	t.Parallel()
	one, two := loopbackPair()
	a, b := meetChildren(t, "", "", one, two)
	b.signal(t, syscall.SIGSTOP)
	await(t, a.events, anyOf[Lost])
	b.signal(t, syscall.SIGCONT)
	slept := await(t, b.events, func(e Event) bool { return kindOf(e) != kindMessage })
	if s, ok := slept.(Slept); !ok || s.For < 500*time.Millisecond {
		t.Fatalf("after waking came %T%+v, want Slept", slept, slept)
	}
	await(t, a.events, anyOf[Alive])
	// Had the sleeper kept its verdict, it would come before this message.
	b.mustNotLose(t, a)
}

// The trap in full: a node falls asleep while it suspects its peer, and on
// waking its suspicion has run out before any refutation was read.
func TestSleepDuringASuspicionIsNoLoss(t *testing.T) {
	t.Parallel()
	for range 5 {
		one, two := loopbackPair()
		a, b := meetChildren(t, "", "", one, two)
		a.signal(t, syscall.SIGSTOP)
		// By now b suspects a, and has at least 100 ms left to lose it.
		suspected := time.NewTimer((suspicionMult+1)*probeInterval - probeTimeout)
		<-suspected.C
		b.signal(t, syscall.SIGSTOP)
		a.signal(t, syscall.SIGCONT)
		expired := time.NewTimer((suspicionMult + 1) * probeInterval)
		<-expired.C
		b.signal(t, syscall.SIGCONT)
		first := await(t, b.events, func(e Event) bool { return e != nil })
		if _, lost := first.(Lost); lost {
			continue // the machine was so slow that b lost a while awake
		}
		if s, ok := first.(Slept); !ok || s.For < 500*time.Millisecond {
			t.Fatalf("after waking came %T%+v, want Slept", first, first)
		}
		b.mustNotLose(t, a)
		return
	}
	t.Fatal("five times the loss came before the sleep")
}

// The same when the peer died during the sleep: the loss comes, but only
// after a second look.
func TestSleeperLosesAPeerThatReallyDied(t *testing.T) {
	t.Parallel()
	one, two := loopbackPair()
	a, b := meetChildren(t, "", "", one, two)
	b.signal(t, syscall.SIGSTOP)
	await(t, a.events, anyOf[Lost])
	a.signal(t, syscall.SIGKILL)
	b.signal(t, syscall.SIGCONT)
	await(t, b.events, anyOf[Slept])
	woke := time.Now()
	await(t, b.events, anyOf[Lost])
	if took := time.Since(woke); took < defaultDetection-50*time.Millisecond {
		t.Errorf("lost %v after waking, without a second look", took)
	}
}

// mustNotLose lets the other side speak for longer than a withheld loss may
// last and fails if a loss comes in between.
func (k *child) mustNotLose(t *testing.T, other *child) {
	t.Helper()
	end := time.Now().Add(3 * defaultDetection)
	for time.Now().Before(end) {
		other.say(t, "still here")
		e := await(t, k.events, func(e Event) bool { return e != nil })
		if _, lost := e.(Lost); lost {
			t.Fatal("the sleeper lost a living peer")
		}
	}
}
