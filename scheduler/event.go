package scheduler

import "time"

// Event is one thing that happened. Events carry facts; what follows from
// them is decided by the rules.
type Event interface{ event() }

type (
	// Tick lets time pass. It comes at least ten times a second. Wall is the
	// wall clock, used for the age of the wire test, marks with an end, the
	// calendar, and for display; nothing is decided on it that a step could make
	// unsafe. Synced is the kernel's word that it is synchronised (adjtimex(2),
	// no STA_UNSYNC): only then does the calendar fire.
	Tick struct {
		Wall   time.Time
		Synced bool
	}

	// Received is a letter that came authenticated under the pair's key. It
	// may be old, doubled or out of order; hearing.go sorts that out.
	Received struct{ Letter Letter }

	// Link is membership's word whether the peer answers its probes.
	Link struct{ Up bool }

	// Slept says that this node itself did not run for a while, so that its
	// silence about the peer proves nothing.
	Slept struct{ For time.Duration }

	// Uplink is the state of the VIP's interface: carrier, and an answer from
	// one of the references where any is configured (else Reference is true).
	Uplink struct{ Carrier, Reference bool }

	// Lines is one reading of the board's io_status. Out and In are EXTOUT and
	// EXTIN; Count is external_input_count in seconds, valid while In. OK is
	// false when the board did not answer; then the rest says nothing. At is when it
	// was read, which may be long ago if the loop was held up; zero is now.
	Lines struct {
		OK      bool
		Out, In bool
		Count   int
		At      Instant
	}

	// Board is what the board says about itself at start and on change.
	Board struct {
		OK       bool
		Why      string   // what is wrong when not OK
		Armed    bool     // eipde=1 and edge trigger, read back in this boot
		Woken    []string // wake-up reasons, as wakeup_status names them
		Watchdog bool     // the board's watchdog runs and is fed by this daemon
	}

	// HoldProgress tells how a hold goes on. LowUntil is the last instant at
	// which the line was read low, HighSince the first of the unbroken row of
	// high readings (zero before it).
	HoldProgress struct {
		ID                  uint64
		At                  Instant // of the last reading
		LowUntil, HighSince Instant
		Reads, Highs        int
	}

	// HoldEnded ends the hold or contest of that number. Held: high for the
	// whole time without a break. Lowered: read back low at At because the
	// machine said so, or because the readings had a gap while nothing can have
	// been cut, or never raised; then with Why. Anything else is Unknown.
	HoldEnded struct {
		ID     uint64
		Result HoldResult
		At     Instant
		Why    string
	}

	// Pulsed ends a pulse.
	Pulsed struct {
		ID  uint64
		OK  bool
		Why string
	}

	// Probed answers ProbePeer: who answers an ARP probe now.
	Probed struct {
		ID        uint64
		OK        bool // the probe itself could be sent
		Peer, VIP bool
	}

	// ContainersState is what runs now. Unknown says that the engine does not
	// answer: then exclusive containers must be taken to run.
	ContainersState struct {
		Known     bool
		Exclusive bool // an exclusive container runs
		Any       bool // any container of the service runs
		Healthy   bool // all run and are healthy
		Usable    bool // the engine answers and images and containers are in place
		Why       string
	}

	// ContainersDone ends the Containers action of that number.
	ContainersDone struct {
		ID        uint64
		OK        bool
		Code, Why string
	}

	// ContainersFailed says that restarting in place was tried in vain.
	ContainersFailed struct{ Code, Why string }

	// VIPState is whether the address is on an interface now.
	VIPState struct {
		Known bool
		Held  bool
	}

	// VIPDone ends the ClaimVIP or DropVIP action of that number.
	VIPDone struct {
		ID        uint64
		OK        bool
		Code, Why string // VIP_FOREIGN, NO_CARRIER, ...
		Peer      bool   // with VIP_FOREIGN: the hardware address that answered is the peer's
	}

	// VIPContested says that somebody claims the address that this node holds:
	// the peer, as far as its hardware address tells, or a stranger.
	VIPContested struct {
		MAC  string
		Peer bool
	}

	// Command is an operator's word, given on this node. Answered exactly once.
	Command struct {
		ID   uint64
		Verb Verb
		Node string        // the node meant; empty is this node or none
		For  time.Duration // maintenance --for; zero is no end
		Off  bool          // fence --off
		On   bool          // maintenance on
		Now  bool          // reboot --now: however short a time the node is up
		By   string        // who said it, for the history
	}

	// StopRequested is systemd's word. Restart: the daemon comes back at once
	// and everything keeps running. Off and Reboot: a person shuts the machine
	// down or reboots it.
	StopRequested struct{ Restart, Off, Reboot bool }

	// ShutdownAnnounced is logind's word that the machine goes down or reboots
	// in a moment, which of them is not known yet (PrepareForShutdown of
	// org.freedesktop.login1); it waits for LetGo, but no longer than 5 s. With
	// Off it was called off.
	ShutdownAnnounced struct{ Off bool }

	// Reconfigured is the configuration after its file was changed. Only what the
	// machine asks for anew each time is taken over; see reconfigure.
	Reconfigured struct{ Config Config }

	// PersistFailed says that the state could not be written and that nothing
	// of its batch was done. It is the very next event after that batch.
	PersistFailed struct{ Why string }
)

// HoldResult is how a hold ended.
type HoldResult int

// The ends of a hold.
const (
	HoldUnknown HoldResult = iota
	HoldHeld
	HoldLowered
)

// Verb names an operator's command.
type Verb string

// The operator's commands that need a decision.
const (
	VerbStandby     Verb = "standby"
	VerbUnstandby   Verb = "unstandby"
	VerbMove        Verb = "move"
	VerbMaintenance Verb = "maintenance"
	VerbFence       Verb = "fence"
	VerbFenceTest   Verb = "fence-test"
	VerbWake        Verb = "wake"
	VerbConfirmOff  Verb = "confirm-off"
	VerbReboot      Verb = "reboot"
	VerbClear       Verb = "clear"
)

func (Tick) event()              {}
func (Received) event()          {}
func (Link) event()              {}
func (Slept) event()             {}
func (Uplink) event()            {}
func (Lines) event()             {}
func (Board) event()             {}
func (HoldProgress) event()      {}
func (HoldEnded) event()         {}
func (Pulsed) event()            {}
func (Probed) event()            {}
func (ContainersState) event()   {}
func (ContainersDone) event()    {}
func (ContainersFailed) event()  {}
func (VIPState) event()          {}
func (VIPDone) event()           {}
func (VIPContested) event()      {}
func (Command) event()           {}
func (StopRequested) event()     {}
func (ShutdownAnnounced) event() {}
func (Reconfigured) event()      {}
func (PersistFailed) event()     {}
