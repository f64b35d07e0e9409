package board

import (
	"math"
	"math/rand/v2"
	"time"
)

// never is an instant that does not come.
const never = time.Duration(math.MaxInt64)

// Board is one slee-Pi 3. All times are since the origin of the caller's clock
// and must not go back; a call with an earlier time acts at the latest one seen.
// It is not safe for concurrent use.
type Board struct {
	opts Options
	rng  *rand.Rand
	now  time.Duration
	reg  [registers]byte

	supply, power bool

	in, inBefore bool          // EXTIN, and what io_status showed before it changed
	inChanged    time.Duration // when EXTIN changed last
	countFrom    time.Duration // what the threshold counts from while EXTIN stands
	lastCount    int           // external_input_count when EXTIN fell
	didCut       bool          // the assertion that stands has cut the power
	sensed       bool          // level on the output line

	cutAt    time.Duration // when the Pi lost its power
	onAt     time.Duration // when power returns after a restart
	onReason Reason
	sleepAt  time.Duration // when a Pi that was shut down is switched off
	alarmAt  time.Duration
	fedAt    time.Duration // last heartbeat, or power on
	beaten   bool          // a heartbeat came since power on
	hang     *Fault        // set for the next transfer

	events []Event
}

// New returns a board without supply. It panics if opts are not valid, because
// they are written in tests and in the lab, not read from outside.
func New(opts Options) *Board {
	if err := opts.Validate(); err != nil {
		panic("board: " + err.Error())
	}
	b := &Board{opts: opts, rng: rand.New(rand.NewPCG(opts.Seed, opts.Seed))}
	b.forget()
	return b
}

// forget is what the controller does when its own supply goes.
func (b *Board) forget() {
	b.reg = [registers]byte{regADC: 1, regVersion: firmware}
	b.onAt, b.sleepAt, b.alarmAt = never, never, never
}

// SetOptions changes the board's behaviour from now on; the random sequence
// goes on where it was.
func (b *Board) SetOptions(opts Options) error {
	if err := opts.Validate(); err != nil {
		return err
	}
	b.opts = opts
	return nil
}

// Powered tells whether the Pi has power, Out whether the EXTOUT latch is set.
func (b *Board) Powered() bool { return b.power }

// Out tells whether the EXTOUT latch is set.
func (b *Board) Out() bool { return b.supply && b.reg[regIO]&bitOut != 0 }

// In tells whether EXTIN stands, as the line is and not as io_status shows it.
func (b *Board) In() bool { return b.in }

// Armed tells whether EXTIN can cut the power (eipde).
func (b *Board) Armed() bool { return b.reg[regInput]&bitArmed != 0 }

// Advance lets time pass and returns what the board did to its Pi since the
// last call, oldest first.
func (b *Board) Advance(now time.Duration) []Event {
	b.advance(now)
	return b.take()
}

func (b *Board) take() []Event {
	events := b.events
	b.events = nil
	return events
}

func (b *Board) advance(now time.Duration) {
	for next := b.Next(); next <= now; next = b.Next() {
		b.step(next)
	}
	b.now = max(b.now, now)
}

// Next is when the board will do something by itself, if nothing happens
// before; math.MaxInt64 if it will not.
func (b *Board) Next() time.Duration {
	if !b.supply {
		return never
	}
	next := min(b.dueExtin(), b.dueWatchdog(), b.sleepAt, b.onAt, b.alarmAt, b.dueLevel())
	return max(next, b.now)
}

// step does what is due at t, which is Next's answer: one thing at a time.
func (b *Board) step(t time.Duration) {
	b.now = t
	switch {
	case b.dueExtin() <= t:
		b.didCut = true
		b.cut(ReasonExtin)
	case b.dueWatchdog() <= t:
		b.cut(ReasonWatchdog)
		if b.reg[regWatchCtl]&bitRestart != 0 {
			b.onAt, b.onReason = t+b.opts.repower(), ReasonWatchdog
		}
	case b.sleepAt <= t:
		b.cut(ReasonSleep)
	case b.onAt <= t:
		b.on(b.onReason)
	case b.alarmAt <= t:
		b.alarmAt = never
		b.on(ReasonAlarm)
	case b.dueLevel() <= t:
		b.on(ReasonExtin)
	}
}

func (b *Board) dueExtin() time.Duration {
	if !b.power || !b.in || !b.Armed() {
		return never
	}
	return b.countFrom + b.opts.threshold()
}

func (b *Board) dueWatchdog() time.Duration {
	timeout := b.reg[regWatchdog]
	if !b.power || timeout == 0 || b.opts.WatchdogWaits && !b.beaten {
		return never
	}
	return b.fedAt + time.Duration(timeout)*time.Second
}

// dueLevel is when a standing EXTIN wakes a dark board with the level trigger.
func (b *Board) dueLevel() time.Duration {
	if b.power || !b.in || b.reg[regInput]&bitLevel == 0 {
		return never
	}
	return b.cutAt + b.opts.repower()
}

func (b *Board) cut(why Reason) {
	if !b.power {
		return
	}
	b.power = false
	b.cutAt = b.now
	b.sleepAt, b.onAt = never, never
	if !b.opts.OutSurvivesCut {
		b.store(regIO, 0)
	}
	if b.opts.ArmedLost {
		b.reg[regInput] &^= bitArmed
	}
	if b.opts.WatchdogLost {
		b.reg[regWatchdog] = 0
	}
	b.events = append(b.events, Event{At: b.now, Kind: PowerCut, Reason: why})
}

func (b *Board) on(why Reason) {
	b.onAt = never
	if b.power || !b.supply {
		return
	}
	b.power = true
	b.fedAt, b.beaten = b.now, false
	if !b.opts.CountsWhileOff {
		b.countFrom = b.now
	}
	if !b.opts.StickyFlags {
		b.reg[regWakeup] = 0
	}
	b.reg[regWakeup] |= why.flag()
	b.events = append(b.events, Event{At: b.now, Kind: PowerOn, Reason: why})
}
