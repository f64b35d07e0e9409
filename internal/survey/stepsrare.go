package survey

import (
	"context"
	"fmt"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

// edge wakes a node that was shut down, first by the falling edge alone, then by
// the rising one. It is not armed, so the line may stand.
func (s *Survey) edge(ctx context.Context) error {
	before, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, s.own, doOut, 1); err != nil {
		return err
	}
	if err := s.shutDown(ctx); err != nil {
		return err
	}
	fell, err := s.comesAt(ctx, 0)
	if err != nil {
		return err
	}
	put(&s.f.WokeByFall, fell)
	if fell {
		if err := s.shutDown(ctx); err != nil {
			return err
		}
	}
	rose, err := s.comesAt(ctx, 1)
	if err != nil {
		return err
	}
	put(&s.f.WokeByRise, rose)
	if rose || fell {
		if err := s.lowerAndWait(ctx, rose); err != nil {
			return err
		}
		after, err := s.other.hand.read(ctx)
		s.flags(before, after, sleepi3.WakeExtin)
		return err
	}
	if err := s.tell(ctx, s.own, doOut, 0); err != nil {
		return err
	}
	return s.byHand(ctx)
}

// lowerAndWait ends the rising edge's try; a node that only falling edges wake
// comes by that.
func (s *Survey) lowerAndWait(ctx context.Context, here bool) error {
	if err := s.tell(ctx, s.own, doOut, 0); err != nil || here {
		return err
	}
	return s.mustBack(ctx, s.opts.BootLimit)
}

// comesAt brings the own line to a level and sees whether the other node comes.
func (s *Survey) comesAt(ctx context.Context, level int) (bool, error) {
	if err := s.tell(ctx, s.own, doOut, level); err != nil {
		return false, err
	}
	_ = s.say("EXTIN of %s is %s now. Waiting up to %s whether it wakes ...", s.f.Other, []string{"low", "high"}[level], s.away().Round(time.Second))
	return s.other.back(ctx, s.away())
}

// shutDown ends the other node in order and has a person see that its board took
// the power.
func (s *Survey) shutDown(ctx context.Context) error {
	if err := s.tell(ctx, s.other, doSleep, 10); err != nil {
		return err
	}
	if err := s.endKernel(ctx, doPowerOff, s.opts.BootLimit); err != nil {
		return err
	}
	_, err := s.ask(ctx, AskDark, s.named("Wait until all lights of OTHER are off, which takes about 30 s.\nAre they off?"), Yes)
	return err
}

// dead kills the other node's kernel while its line is up and leaves the rest to
// its board's watchdog.
func (s *Survey) dead(ctx context.Context) error {
	before, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	timeout := s.watchdog()
	for _, order := range []request{{Do: doWatchdog, Arg: int(timeout / time.Second)}, {Do: doFeed}} {
		if err := s.tell(ctx, s.other, order.Do, order.Arg); err != nil {
			return err
		}
	}
	if err := s.raiseOther(ctx); err != nil {
		return err
	}
	died := time.Now()
	if err := s.endKernel(ctx, doPanic, 10*time.Second); err != nil {
		return err
	}
	_ = s.say("The kernel of %s is dead. Its board resets it after %s ...", s.f.Other, timeout)
	if err := s.mustBack(ctx, timeout+s.away()); err != nil {
		return err
	}
	after, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	s.judgeDead(died, died.Add(timeout))
	s.flags(before, after, sleepi3.WakeWatchdog)
	if time.Duration(after.WatchdogTimeout)*time.Second != timeout {
		put(&s.f.WatchdogKept, false)
		return nil
	}
	put(&s.f.WatchdogKept, true)
	return s.unfed(ctx, timeout)
}

// judgeDead tells from the instant at which the line fell what it outlived.
func (s *Survey) judgeDead(died, reset time.Time) {
	booted := s.other.hand.booted()
	fell, low := s.own.hand.first(died, inLow)
	if booted.Before(reset.Add(-2 * bootSlack)) {
		// The kernel restarted itself, so this says nothing of the watchdog.
		put(&s.f.OutAfterPanic, !low || fell.After(booted.Add(-bootSlack)))
		return
	}
	panicked := !low || fell.After(reset.Add(-2*bootSlack))
	put(&s.f.OutAfterPanic, panicked)
	if panicked {
		middle := reset.Add(booted.Sub(reset) / 2)
		put(&s.f.OutAfterWatchdog, !low || fell.After(middle))
	}
}

// unfed waits whether a time-out that the board kept ends a Pi that nobody feeds
// since it got power.
func (s *Survey) unfed(ctx context.Context, timeout time.Duration) error {
	end := s.other.hand.booted().Add(timeout + 15*time.Second)
	_ = s.say("Its watchdog kept %s. Waiting whether that ends it unfed ...", timeout)
	_, gone, err := s.other.hand.untilGone(ctx, time.Until(end))
	if err != nil {
		return err
	}
	put(&s.f.WatchdogRuns, gone)
	if !gone {
		return nil
	}
	return s.mustBack(ctx, s.opts.BootLimit)
}

// watchdog is a time-out within which the Pi boots, for else its board would
// reset it for ever.
func (s *Survey) watchdog() time.Duration {
	if s.f.Boot == nil {
		return 180 * time.Second
	}
	return min(max(2**s.f.Boot+10*time.Second, 30*time.Second), 240*time.Second).Truncate(time.Second)
}

// standing wakes a node whose EXTIN still stands since the cut.
func (s *Survey) standing(ctx context.Context) error {
	_, died, err := s.untilCut(ctx)
	if err != nil {
		return err
	}
	if err := sleep(ctx, time.Until(died.Add(cutLimit))); err != nil {
		return err
	}
	light, err := s.ask(ctx, AskLight, s.named("EXTIN of OTHER still stands. Press the switch on its board and watch its\n"+
		"power light for 20 s. Did it go out again within 3 s, later, or not at all?"), AtOnce, Later, StayOn)
	if err != nil {
		return err
	}
	s.f.Standing = light
	if err := s.tell(ctx, s.own, doOut, 0); err != nil {
		return err
	}
	if light == StayOn {
		return s.mustBack(ctx, s.opts.BootLimit)
	}
	back, err := s.pulse(ctx)
	if err != nil || back {
		return err
	}
	return s.byHand(ctx)
}

// supply takes the board's own power away.
func (s *Survey) supply(ctx context.Context) error {
	if err := s.tell(ctx, s.other, doArm, 0); err != nil {
		return err
	}
	if _, err := s.ask(ctx, AskSupply, s.named("Pull the 12 V of OTHER out of its board, wait 10 s, plug it in again."), Yes); err != nil {
		return err
	}
	if err := s.gone(ctx, 2*signLimit); err != nil {
		return err
	}
	if err := s.mustBack(ctx, s.opts.BootLimit); err != nil {
		return err
	}
	after, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	put(&s.f.ForcedKeptLoss, after.Forced())
	return nil
}

// level joins both outputs and looks whether one reads what the other drives.
func (s *Survey) level(ctx context.Context) error {
	text := "Take the plug of the harness out of CN4 (EXTIN) of OTHER and put it into\nCN5 (EXTOUT) of OTHER, whose own plug you take out for that. Leave the\nother end in CN5 of OWN."
	if _, err := s.ask(ctx, AskCross, s.named(text), Yes); err != nil {
		return err
	}
	if err := s.tell(ctx, s.other, doOut, 1); err != nil {
		return err
	}
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	put(&s.f.OutIsLevel, s.own.hand.now().Out)
	if err := s.tell(ctx, s.other, doOut, 0); err != nil {
		return err
	}
	if _, err := s.ask(ctx, AskUncross, s.named("Put both plugs of OTHER back: the harness of OWN into CN4, its own into CN5."), Yes); err != nil {
		return err
	}
	if _, err := s.wire(ctx, s.own, s.other); err != nil {
		return fmt.Errorf("after the plugs were put back: %w", err)
	}
	_, err := s.wire(ctx, s.other, s.own)
	return err
}
