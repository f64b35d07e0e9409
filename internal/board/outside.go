package board

import "time"

// This file holds what the world does to a board; registers.go holds what its
// Pi does over the bus.

// Supply switches the 12 V. Without it the controller forgets everything; with
// it the Pi starts.
func (b *Board) Supply(now time.Duration, on bool) {
	b.advance(now)
	if on == b.supply {
		return
	}
	if !on {
		b.cut(ReasonSupply)
		b.supply = false
		b.forget()
		return
	}
	b.supply = true
	b.reg[regVoltage1], b.reg[regVoltage1+1] = supplyMV&0xFF, supplyMV>>8
	b.countFrom = b.now
	b.on(ReasonPowerOn)
}

// SetIn sets the level at EXTIN.
func (b *Board) SetIn(now time.Duration, high bool) {
	b.advance(now)
	if high == b.in {
		return
	}
	b.inBefore = b.inSeen()
	b.lastCount = b.count()
	cutByThis := b.didCut
	b.in, b.inChanged, b.didCut = high, b.now, false
	if high {
		b.countFrom = b.now
	}
	if b.edgeWakes(high, cutByThis) {
		b.on(ReasonExtin)
	}
}

// edgeWakes tells whether this edge of EXTIN wakes a dark board.
func (b *Board) edgeWakes(rise, cutByThis bool) bool {
	if !b.supply || b.power || b.reg[regInput]&bitLevel != 0 {
		return false
	}
	if rise {
		return !b.opts.NoRiseWake
	}
	return b.opts.FallWakes || b.opts.HoldEndWakes && cutByThis
}

// sense sets the level on the output line as the harness makes it.
func (b *Board) sense(high bool) { b.sensed = high && b.supply }

// Heartbeat is one toggle of the heartbeat pin.
func (b *Board) Heartbeat(now time.Duration) {
	b.advance(now)
	if b.power {
		b.fedAt, b.beaten = b.now, true
	}
}

// SetAlarm lets the RTC wake a dark board at the given time; 0 clears it. An
// alarm that comes while the Pi runs does nothing.
func (b *Board) SetAlarm(now, at time.Duration) {
	b.advance(now)
	b.alarmAt = at
	if at == 0 {
		b.alarmAt = never
	}
}

// Push presses the board's switch, which wakes a dark board.
func (b *Board) Push(now time.Duration) {
	b.advance(now)
	b.on(ReasonSwitch)
}

// Halt is a Pi that has shut down: sleep_timeout later its power goes (0: it
// stays).
func (b *Board) Halt(now time.Duration) {
	b.advance(now)
	if s := b.reg[regSleep]; b.power && s != 0 {
		b.sleepAt = b.now + time.Duration(s)*time.Second
	}
}

// Panic is a kernel that died; the power stays.
func (b *Board) Panic(now time.Duration) {
	b.advance(now)
	if !b.opts.OutSurvivesPanic {
		b.store(regIO, 0)
	}
}

// Reboot is a warm restart; the power stays and so does wakeup_status.
func (b *Board) Reboot(now time.Duration) {
	b.advance(now)
	b.sleepAt = never
	if !b.opts.OutSurvivesReboot {
		b.store(regIO, 0)
	}
}

// Fault is what goes wrong with a transfer.
type Fault struct {
	NAK  bool          // not acknowledged
	Hang time.Duration // how long it hangs; Forever until released; 0 not at all
	Acts HangEffect    // when a hanging one takes effect
}

// Fault draws what happens to the transfer that begins now.
func (b *Board) Fault() Fault {
	if b.hang != nil {
		f := *b.hang
		b.hang = nil
		return f
	}
	switch p := b.rng.Float64(); {
	case p < b.opts.NAKRate:
		return Fault{NAK: true}
	case p < b.opts.NAKRate+b.opts.HangRate:
		return Fault{Hang: b.opts.HangFor, Acts: b.opts.HangActs}
	}
	return Fault{}
}

// FailNext gives the next transfer this fault.
func (b *Board) FailNext(f Fault) { b.hang = &f }
