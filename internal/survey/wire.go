package survey

import (
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

// protocol is the version of what a hand and its survey say to each other: one
// JSON value per line, in both directions.
const protocol = 1

// Times of the conversation.
const (
	// Pace is how often a hand looks at its board; every change is sent at once,
	// and a sign of life with every second look at least.
	Pace     = 10 * time.Millisecond
	tickEach = 2

	stillEvery = 500 * time.Millisecond // the survey's word to a hand
	silentFor  = 3 * time.Second        // after which a hand lowers its line by itself
	lineMax    = 64 << 10               // bytes of one line
)

// verb is what a hand can be told.
type verb string

const (
	doStill    verb = "still"    // nothing: the survey lives
	doRead     verb = "read"     // all registers
	doArm      verb = "arm"      // EXTIN may cut this Pi
	doDisarm   verb = "disarm"   // it may not
	doOut      verb = "out"      // EXTOUT: 1 high, 0 low
	doWatchdog verb = "watchdog" // time-out in s, and power on again after it
	doSleep    verb = "sleep"    // time-out in s
	doFeed     verb = "feed"     // one toggle of the heartbeat pin
	doBus      verb = "bus"      // so many transfers without a retry
	doReboot   verb = "reboot"
	doPowerOff verb = "poweroff"
	doPanic    verb = "panic" // kill the kernel
)

type request struct {
	ID  uint64 `json:"id"`
	Do  verb   `json:"do"`
	Arg int    `json:"arg,omitempty"`
}

// message is anything a hand says. An answer has the number of its request.
type message struct {
	Hello *Hello             `json:"hello,omitempty"`
	ID    uint64             `json:"id,omitempty"`
	Err   string             `json:"err,omitempty"`
	Regs  *sleepi3.Registers `json:"regs,omitempty"`
	Bus   *Bus               `json:"bus,omitempty"`
	Lines *lines             `json:"lines,omitempty"`
}

// Hello is the first word of a hand.
type Hello struct {
	Protocol int           `json:"protocol"`
	Name     string        `json:"name"`
	Boot     string        `json:"boot"`      // the kernel's boot id
	Uptime   time.Duration `json:"uptime_ns"` // of the kernel
	Pace     time.Duration `json:"pace_ns"`   // of its looks at the board
	InTheWay []string      `json:"in_the_way,omitempty"`
	AtBoot   []string      `json:"at_boot,omitempty"` // in the way of what is measured, when it boots
}

// lines is one look at the board; without change it is a sign of life.
type lines struct {
	Out     bool `json:"out,omitempty"`
	In      bool `json:"in,omitempty"`
	Seconds int  `json:"s,omitempty"` // external_input_count
}

// Bus counts transfers, none of which was tried again.
type Bus struct {
	Transfers int           `json:"transfers"`
	Failed    int           `json:"failed"`
	Slowest   time.Duration `json:"slowest_ns"`
}
