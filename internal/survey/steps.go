package survey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

const (
	busTransfers = 2000
	// cutLimit is when a line that did not cut is lowered: over it the board does
	// not do what the article's agent and futago rely on.
	cutLimit  = 15 * time.Second
	holdFor   = 12 * time.Second // as futago does
	pulseFor  = time.Second
	quietFor  = time.Second // between two uses of a line
	wireLimit = 3 * time.Second
	// keptMark is a watchdog time-out that nobody else sets, long enough to boot.
	keptMark = 240
	// bootSlack is how exactly the start of a kernel is known from its uptime.
	bootSlack = time.Second
)

// bus counts errors on both boards.
func (s *Survey) bus(ctx context.Context) error {
	for n, to := range map[*node]**Bus{s.own: &s.f.OwnBus, s.other: &s.f.OtherBus} {
		m, err := n.hand.do(ctx, doBus, busTransfers)
		if err != nil {
			return err
		}
		*to = m.Bus
	}
	return nil
}

// wires tries both lines for 3 s each; nobody is armed.
func (s *Survey) wires(ctx context.Context) error {
	noise, err := s.noise(ctx)
	if err != nil {
		return err
	}
	there, err := s.wire(ctx, s.own, s.other)
	if err != nil {
		return err
	}
	back, err := s.wire(ctx, s.other, s.own)
	if err != nil {
		return err
	}
	put(&s.f.ThereSeen, true)
	put(&s.f.BackSeen, true)
	s.f.Noise = noise
	put(&s.f.InFollows, max(there.follows, back.follows))
	put(&s.f.CountClears, max(there.clears, back.clears))
	return nil
}

// noise is what a time seen here may be late by.
func (s *Survey) noise(ctx context.Context) (time.Duration, error) {
	worst := time.Duration(0)
	for _, n := range []*node{s.own, s.other} {
		began := time.Now()
		if _, err := n.hand.do(ctx, doStill, 0); err != nil {
			return 0, err
		}
		worst = max(worst, time.Since(began)+n.hand.hello.Pace)
	}
	return worst, nil
}

type trip struct{ follows, clears time.Duration }

func (s *Survey) wire(ctx context.Context, from, to *node) (trip, error) {
	name := from.hand.hello.Name + " -> " + to.hand.hello.Name
	for _, n := range []*node{from, to} { // what was raised before may still be on its way
		if _, _, err := n.hand.until(ctx, time.Now().Add(n.hand.hello.Pace), wireLimit, inLow); err != nil {
			return trip{}, err
		}
	}
	if err := sleep(ctx, quietFor); err != nil {
		return trip{}, err
	}
	began := time.Now()
	if err := s.tell(ctx, from, doOut, 1); err != nil {
		return trip{}, err
	}
	rose, seen, err := to.hand.until(ctx, began, wireLimit, inHigh)
	if err != nil {
		return trip{}, err
	}
	echoes := func() error {
		if _, echo := from.hand.first(began, inHigh); echo {
			return fmt.Errorf("the wire %s: EXTIN of %s rose with its own EXTOUT: looped back or touching the other wire", name, from.hand.hello.Name)
		}
		return nil
	}
	if err := echoes(); err != nil {
		return trip{}, err
	}
	if !seen {
		return trip{}, fmt.Errorf("the wire %s: EXTOUT went high, EXTIN saw nothing: mend the harness (CN5 -> CN4)", name)
	}
	if err := sleep(ctx, wireLimit); err != nil { // so that there is a count to be cleared
		return trip{}, err
	}
	if err := echoes(); err != nil { // the other node may have looked first
		return trip{}, err
	}
	lowered := time.Now()
	if err := s.tell(ctx, from, doOut, 0); err != nil {
		return trip{}, err
	}
	fell, low, err := to.hand.until(ctx, lowered, wireLimit, inLow)
	if err == nil && !low {
		err = fmt.Errorf("the wire %s: EXTOUT went low, EXTIN stays high: stuck", name)
	}
	if err != nil {
		return trip{}, err
	}
	cleared, zero, err := to.hand.until(ctx, fell, cutLimit, func(l lines) bool { return l.Seconds == 0 })
	if !zero {
		cleared = fell.Add(cutLimit)
	}
	return trip{follows: rose.Sub(began), clears: cleared.Sub(fell)}, err
}

// raiseOther lets the other node raise its line and looks that it comes over.
func (s *Survey) raiseOther(ctx context.Context) error {
	began := time.Now()
	if err := s.tell(ctx, s.other, doOut, 1); err != nil {
		return err
	}
	_, high, err := s.own.hand.until(ctx, began, wireLimit, inHigh)
	if err == nil && !high {
		err = fmt.Errorf("the wire %s -> %s does not work any more", s.f.Other, s.f.Own)
	}
	return err
}

// reboot looks when the line of a node that reboots falls: before its kernel
// starts, or only when futago's early-boot unit lowers it.
func (s *Survey) reboot(ctx context.Context) error {
	if err := s.raiseOther(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := s.endKernel(ctx, doReboot, s.opts.BootLimit); err != nil {
		return err
	}
	if err := s.mustBack(ctx, s.opts.BootLimit); err != nil {
		return err
	}
	put(&s.f.Boot, time.Since(began))
	fell, low := s.own.hand.first(began, inLow)
	put(&s.f.OutAfterReboot, !low || fell.After(s.other.hand.booted().Add(-bootSlack)))
	return nil
}

// endKernel reboots, shuts down or kills the other node, whose answer may not
// come through any more.
func (s *Survey) endKernel(ctx context.Context, v verb, limit time.Duration) error {
	if err := s.tell(ctx, s.other, v, 0); err != nil && !errors.Is(err, errAway) && !errors.Is(err, errSilent) {
		return err
	}
	return s.gone(ctx, limit)
}

// gone waits for the end of the other node.
func (s *Survey) gone(ctx context.Context, limit time.Duration) error {
	_, gone, err := s.other.hand.untilGone(ctx, limit)
	if err == nil && !gone {
		err = fmt.Errorf("%s still answers after %s", s.f.Other, limit)
	}
	return err
}

func (s *Survey) mustBack(ctx context.Context, limit time.Duration) error {
	back, err := s.other.back(ctx, limit)
	if err == nil && !back {
		err = fmt.Errorf("%s did not come back within %s", s.f.Other, limit)
	}
	return err
}

// cut is what a fence does, with everything looked at.
func (s *Survey) cut(ctx context.Context) error {
	before, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(s.tell(ctx, s.other, doWatchdog, keptMark), s.raiseOther(ctx)); err != nil {
		return err
	}
	rose, died, err := s.untilCut(ctx)
	if err != nil {
		return err
	}
	put(&s.f.CutAfter, died.Sub(rose))
	if err := sleep(ctx, time.Until(maxTime(rose.Add(holdFor), died.Add(2*bootSlack)))); err != nil {
		return err
	}
	put(&s.f.OutAfterCut, s.own.hand.now().In)
	if err := s.tell(ctx, s.own, doOut, 0); err != nil {
		return err
	}
	by, err := s.wakeAfterCut(ctx)
	if err != nil {
		return err
	}
	after, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	put(&s.f.ForcedKept, after.Forced())
	put(&s.f.WatchdogKept, after.WatchdogTimeout == keptMark)
	s.flags(before, after, by)
	return nil
}

// untilCut arms the other node and holds the own line until it is cut. The line
// stays up.
func (s *Survey) untilCut(ctx context.Context) (rose, died time.Time, err error) {
	if err := s.tell(ctx, s.other, doArm, 0); err != nil {
		return rose, died, err
	}
	rose = time.Now()
	if err := s.tell(ctx, s.own, doOut, 1); err != nil {
		return rose, died, err
	}
	died, cut, err := s.other.hand.untilGone(ctx, cutLimit)
	if err == nil && !cut {
		err = fmt.Errorf("EXTIN of %s stood for %s and its board did not cut: a pair like this cannot be fenced", s.f.Other, cutLimit)
	}
	return rose, died, err
}

// wakeAfterCut sees whether the node comes by itself, then by a pulse, and asks
// for the switch if not.
func (s *Survey) wakeAfterCut(ctx context.Context) (sleepi3.Wake, error) {
	_ = s.say("%s was cut. Waiting up to %s whether it wakes by itself ...", s.f.Other, s.away().Round(time.Second))
	itself, err := s.other.back(ctx, s.away())
	if err != nil {
		return 0, err
	}
	put(&s.f.WokeByItself, itself)
	if itself {
		return sleepi3.WakeExtin, nil
	}
	pulsed, err := s.pulse(ctx)
	if err != nil {
		return 0, err
	}
	put(&s.f.WokeByPulse, pulsed)
	if pulsed {
		return sleepi3.WakeExtin, nil
	}
	return sleepi3.WakeSwitch, s.byHand(ctx)
}

// pulse is futago's wake; true if the node answers afterwards.
func (s *Survey) pulse(ctx context.Context) (bool, error) {
	if err := s.tell(ctx, s.own, doOut, 1); err != nil {
		return false, err
	}
	if err := sleep(ctx, pulseFor); err != nil {
		return false, err
	}
	if err := s.tell(ctx, s.own, doOut, 0); err != nil {
		return false, err
	}
	return s.other.back(ctx, s.away())
}

// byHand has a person switch the node on.
func (s *Survey) byHand(ctx context.Context) error {
	if _, err := s.ask(ctx, AskSwitch, s.named("OTHER did not wake. Press the switch on its board."), Yes); err != nil {
		return err
	}
	return s.mustBack(ctx, s.opts.BootLimit)
}

// flags compares the wake-up reasons: one that was there before and is not this
// time's tells whether the board forgets them.
func (s *Survey) flags(before, after sleepi3.Registers, by sleepi3.Wake) {
	old := before.Wakeup &^ by
	if old == 0 || after.Wakeup&by == 0 {
		return
	}
	put(&s.f.FlagsSticky, after.Wakeup&old == old)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
