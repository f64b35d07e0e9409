package fencing

import "time"

// Report is what a [Fencer] says: [Lines], [Progress], [End], [ArmDone],
// [BoardInfo] or [Health].
type Report interface{ report() }

// Lines is one look at both lines: on every change, at least every second, and
// on every look while EXTIN is up.
type Lines struct {
	At      time.Time // begin of the transfer
	Out, In bool
	Seconds int   // how long EXTIN has been up by the device; -1: not known; read only while In
	Err     error // then the rest says nothing
}

// Progress is the state of the hold, contest or pulse under way.
type Progress struct {
	ID        uint64
	At        time.Time
	LowUntil  time.Time     // see the package comment; zero: never read low
	HighSince time.Time     // zero while not read high without a break
	Stood     time.Duration // the longest the line can have been up by now
	Readings  int           // answered
	Highs     int           // of them with EXTOUT high
	In        bool          // EXTIN in the last answered reading
	InSeen    bool          // EXTIN in any reading
	GivingUp  bool          // the hold is being lowered before its point of no return
	Err       error         // of the last reading
}

// Result is how a hold, contest or pulse ended.
type Result string

const (
	// Held is a hold read back high without a break for its whole time.
	Held Result = "held"
	// Pulsed is a pulse read back high and then low.
	Pulsed Result = "pulsed"
	// Lowered was ended by Lower or GiveUp and read back low. Stood tells
	// whether the other node can have been cut.
	Lowered Result = "lowered"
	// BrokenEarly was broken off and read back low before the other node can
	// have been cut.
	BrokenEarly Result = "broken early"
	// Unknown is everything else: the other node may or may not have been cut.
	Unknown Result = "unknown"
	// Superseded went over, line up, into the next hold or contest.
	Superseded Result = "superseded"
	// Refused did not begin; the line was not touched.
	Refused Result = "refused"
)

// Reason says more about a [Result].
type Reason string

// Reasons of BrokenEarly, Unknown and Refused.
const (
	ReasonGap       Reason = "no reading for too long"
	ReasonNotHigh   Reason = "line not read back high long enough"
	ReasonNotLow    Reason = "line not read back low"
	ReasonSilent    Reason = "decision loop silent"
	ReasonNoGuard   Reason = "no living guard"
	ReasonBusy      Reason = "line already up"
	ReasonBadLength Reason = "length out of range"
	ReasonStopped   Reason = "fencer stopped"
)

// End is the one end of the hold, contest or pulse with that ID.
type End struct {
	ID       uint64
	At       time.Time
	Result   Result
	Reason   Reason        // empty for Held, Pulsed, Lowered and Superseded
	Stood    time.Duration // the longest the line can have been up at a stretch
	Readings int
	Highs    int
	InSeen   bool
	Err      error // of the last call that failed, if any
}

// ArmDone answers Arm and Disarm.
type ArmDone struct {
	ID    uint64
	Armed bool
	Err   error // then Armed says nothing
}

// BoardInfo answers Board.
type BoardInfo struct {
	ID       uint64
	Wake     []string
	Armed    bool
	Version  int
	Watchdog time.Duration // as it is now; 0 is off
	Err      error         // of everything that could not be read; the rest holds
}

// WatchdogState says whether the device's watchdog would end a dead node's hold.
type WatchdogState string

// States of the device's watchdog. All but WatchdogFed mean a degraded pair.
const (
	WatchdogUnknown WatchdogState = "unknown" // not read yet, or reading failed
	WatchdogOff     WatchdogState = "off"     // switched off in the device
	WatchdogUnfed   WatchdogState = "unfed"   // on, but this daemon does not feed it
	WatchdogFed     WatchdogState = "fed"
)

// Health is sent when it changes.
type Health struct {
	Guard     bool          // a guard answers; without it nothing is raised
	StuckHigh bool          // EXTOUT reads high though it was lowered
	HungSince time.Time     // begin of a transfer that does not come back; zero: none
	Watchdog  WatchdogState // see WatchdogState

	// SwitchedOn is how often the watchdog was found off and switched on.
	SwitchedOn int
}

func (Lines) report()     {}
func (Progress) report()  {}
func (End) report()       {}
func (ArmDone) report()   {}
func (BoardInfo) report() {}
func (Health) report()    {}
