package board

import (
	"errors"
	"time"
)

// Registers of the slee-Pi 3. Words are little-endian.
const (
	regVoltage1  = 0x00 // word, mV
	regVoltage2  = 0x02 // word, mV
	regRestore   = 0x04 // word, mV
	regADC       = 0x06
	regSwitchSec = 0x07
	regExtinSec  = 0x08
	regWatchdog  = 0x09 // s
	regSleep     = 0x0A // s
	regWatchCtl  = 0x0B
	regInput     = 0x0C
	regIO        = 0x0D
	regWakeup    = 0x0E
	regVersion   = 0x0F
	registers    = 0x10
)

// Bits.
const (
	bitRestart = 1 << 0 // watchdog_control.rste
	bitArmed   = 1 << 0 // input_control.eipde
	bitLevel   = 1 << 1 // input_control.eitrg
	bitOut     = 1 << 0 // io_status.eo
	bitIn      = 1 << 1 // io_status.ei
	maxCount   = 255
	supplyMV   = 12000
	firmware   = 3
)

// writable masks the bits that a write can change, by register.
var writable = [registers]byte{
	regRestore: 0xFF, regRestore + 1: 0xFF, regADC: 0xFF,
	regWatchdog: 0xFF, regSleep: 0xFF,
	regWatchCtl: 0x05, regInput: 0x07, regIO: bitOut,
}

// ErrNAK is a transfer that the board did not acknowledge.
var ErrNAK = errors.New("no acknowledge from the board")

// Transfer does one SMBus transfer at now: w is the register and the bytes to
// write, r what to read from there on. A transfer to another address, without
// a register, or to a board without supply is not acknowledged. It injects no
// faults by itself: ask [Board.Fault] first.
func (b *Board) Transfer(now time.Duration, addr uint16, w, r []byte) error {
	b.advance(now)
	if !b.supply || addr != b.opts.addr() || len(w) == 0 || int(w[0]) >= registers {
		return ErrNAK
	}
	for i, v := range w[1:] {
		b.store(int(w[0])+i, v)
	}
	for i := range r {
		r[i] = b.load(int(w[0]) + i)
	}
	return nil
}

func (b *Board) store(reg int, v byte) {
	if reg >= registers {
		return
	}
	mask := writable[reg]
	b.reg[reg] = b.reg[reg]&^mask | v&mask
}

func (b *Board) load(reg int) byte {
	switch {
	case reg >= registers:
		return 0xFF
	case reg == regExtinSec:
		return byte(b.count())
	case reg == regIO:
		return b.io()
	}
	return b.reg[reg]
}

// io is what io_status reads.
func (b *Board) io() byte {
	var v byte
	if b.opts.OutIsDriven && b.sensed || !b.opts.OutIsDriven && b.Out() {
		v |= bitOut
	}
	if b.inSeen() {
		v |= bitIn
	}
	return v
}

// inSeen is EXTIN as io_status shows it, InLag behind the line.
func (b *Board) inSeen() bool {
	if b.now-b.inChanged < b.opts.InLag {
		return b.inBefore
	}
	return b.in
}

// count is external_input_count in s.
func (b *Board) count() int {
	stood := b.now - b.inChanged
	if b.in {
		return min(int(stood/time.Second), maxCount)
	}
	if stood < b.opts.CountLag {
		return b.lastCount
	}
	return 0
}
