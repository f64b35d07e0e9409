package daemon

import (
	"context"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/scheduler"
)

// codeAlarm is of a node whose clock cannot wake it.
const codeAlarm = "RTC_ALARM"

// alarmShare is how often within its time the alarm is moved on: it stays ahead
// by two thirds at least.
const alarmShare = 3

// alarmRetry is when an alarm that could not be set is tried again: a clock may
// appear later than this daemon, and power may fail before the next turn.
const alarmRetry = 10 * time.Second

// alarmLoop keeps the alarm of the board's clock ahead, so that a node that lost
// its power comes back by it even when nobody is left to wake it. Apart from the
// decision loop, because the clock is on the bus of the board.
func (d *Daemon) alarmLoop(ctx context.Context) error {
	ahead := d.opts.Config.Fence.RTCAlarm
	if ahead == 0 {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	var told error
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-d.turned:
		}
		err := d.setAlarm(d.wanted(ahead))
		timer.Reset(ahead / alarmShare)
		if err != nil {
			timer.Reset(min(ahead/alarmShare, alarmRetry))
		}
		if (err == nil) == (told == nil) {
			continue
		}
		told = err
		select {
		case d.alarm <- err:
		case <-ctx.Done():
			return nil
		}
	}
}

// wanted is the alarm to set: none while the other node cuts this one to stay
// off, which it says as long as both can hear each other.
func (d *Daemon) wanted(ahead time.Duration) time.Duration {
	if d.turnOff.Load() {
		return 0
	}
	return ahead
}

// heedTurnOff notes whether this node is being switched off on purpose.
func (d *Daemon) heedTurnOff(v scheduler.View) {
	off := v.PeerHeard && v.PeerState.TurnOff
	if d.turnOff.Swap(off) == off {
		return
	}
	select {
	case d.turned <- struct{}{}:
	default:
	}
}

// setAlarm moves the alarm, 0 clears it: over the bus where that can carry it
// (the lab's does), else by the kernel's clock.
func (d *Daemon) setAlarm(ahead time.Duration) error {
	if set, ok := d.bus.alarm(); ok {
		return set(ahead)
	}
	clock, err := d.clock()
	switch {
	case err != nil:
		return err
	case ahead == 0:
		return clock.Clear()
	}
	return clock.Set(ahead)
}

func (d *Daemon) clock() (fencing.RTC, error) {
	if dir := d.opts.Config.Fence.RTC; dir != "" {
		return fencing.NewRTC(dir), nil
	}
	return fencing.FindRTC(fencing.RTCClass)
}

// fromAlarm says when the clock cannot be set, and when it can again.
func (d *Daemon) fromAlarm(err error) {
	self := d.opts.node().Name
	if err == nil {
		d.journal.write(scheduler.Note{Level: scheduler.Info, Code: codeAlarm, Text: self + " set the alarm of its clock again"})
		return
	}
	d.journal.write(scheduler.Note{
		Level: scheduler.Warning, Code: codeAlarm, Do: "ls -l /sys/class/rtc; cat /sys/class/rtc/rtc*/name on " + self,
		Text: self + " could not set the alarm of its clock, so it would stay dark if both nodes lost their power, because " + firstLine(err),
	})
}

// sleepWell clears the alarm before a wanted power-off, and only then.
func (d *Daemon) sleepWell() {
	if d.exited && d.how.Off && d.opts.Config.Fence.RTCAlarm != 0 {
		d.logError("clear the alarm of the clock", d.setAlarm(0))
	}
}
