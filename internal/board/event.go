package board

import (
	"fmt"
	"time"
)

// Kind of an [Event].
type Kind int

// What a board can do to its Pi.
const (
	PowerCut Kind = iota + 1
	PowerOn
)

func (k Kind) String() string {
	switch k {
	case PowerCut:
		return "power cut"
	case PowerOn:
		return "power on"
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Reason is why a board cut or gave power, in the words of wakeup_status where
// there is one.
type Reason string

// Reasons. ReasonSleep and ReasonSupply only cut.
const (
	ReasonPowerOn  Reason = "poweron"
	ReasonWatchdog Reason = "watchdog"
	ReasonAlarm    Reason = "alarm"
	ReasonSwitch   Reason = "switch"
	ReasonExtin    Reason = "extin"
	ReasonSleep    Reason = "sleep"
	ReasonSupply   Reason = "supply"
)

// flag returns the bit of wakeup_status for a reason to give power.
func (r Reason) flag() byte {
	switch r {
	case ReasonPowerOn:
		return 1 << 0
	case ReasonWatchdog:
		return 1 << 1
	case ReasonAlarm:
		return 1 << 2
	case ReasonSwitch:
		return 1 << 3
	case ReasonExtin:
		return 1 << 4
	case ReasonSleep, ReasonSupply:
		return 0
	}
	return 0
}

// Event is a change of a Pi's power.
type Event struct {
	At     time.Duration // since the origin of the caller's clock
	Node   int           // 0 or 1; always 0 from a lone Board
	Kind   Kind
	Reason Reason
}

func (e Event) String() string {
	return fmt.Sprintf("%s node %d %s (%s)", e.At, e.Node, e.Kind, e.Reason)
}
