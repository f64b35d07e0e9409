package scheduler

import "time"

// Action is one duty of the caller. The actions of a Step are carried out in
// order; see the package documentation for what a leading Persist demands.
type Action interface{ action() }

type (
	// Persist writes the state to disk, synced, before anything else of the
	// batch is done. There is at most one, and it is the first.
	Persist struct{ Disk Disk }

	// Send gives a letter to membership, best effort. A lost letter is made
	// good by the next: letters repeat the whole state.
	Send struct{ Letter Letter }

	// Hold raises EXTOUT for the given time, reading it back; ends in HoldEnded.
	Hold struct {
		ID  uint64
		For time.Duration
	}

	// Contest raises EXTOUT until Lower; ends in HoldEnded. A hold under way
	// goes over into it without a break, and has no HoldEnded of its own.
	Contest struct{ ID uint64 }

	// Pulse raises EXTOUT for the given time, about 1 s; ends in Pulsed.
	Pulse struct {
		ID  uint64
		For time.Duration
	}

	// Lower drops EXTOUT at once, whatever it was raised for. With GiveUp it is
	// the saving throw of a hold: dropped only while the peer cannot have been
	// cut; a line not read back low by second 8.5 runs to its end.
	Lower struct{ GiveUp bool }

	// Arm makes this node's own board obey its EXTIN (eipde=1, edge trigger),
	// Disarm makes it deaf for a wire test gone wrong. Both end in Board.
	Arm    struct{}
	Disarm struct{}

	// ProbePeer asks by ARP whether the peer's address, and the VIP, answer.
	ProbePeer struct{ ID uint64 }

	// Containers brings the containers to a level; the latest wins, and each
	// ends in ContainersDone.
	Containers struct {
		ID    uint64
		Level Level
	}

	// ClaimVIP puts the address on the interface and announces it; ends in
	// VIPDone. Look says how hard to look for another holder first.
	ClaimVIP struct {
		ID   uint64
		Look Look
	}

	// DropVIP takes the address off; ends in VIPDone. It never waits for
	// anything, least of all for a container.
	DropVIP struct{ ID uint64 }

	// Announce sends the gratuitous ARPs again.
	Announce struct{}

	// SyncDisks flushes the file systems: the power may go within seconds.
	SyncDisks struct{}

	// Answer ends the Command of that number.
	Answer struct {
		ID   uint64
		OK   bool
		Text string
	}

	// Note is a line for the journal and the history. Warnings and worse carry
	// a command that can be run.
	Note struct {
		Level NoteLevel
		Code  string
		Text  string
		Do    string
	}

	// Reboot restarts this machine, or powers it off, in an orderly way.
	Reboot struct{ Off bool }

	// LetGo lets an announced shutdown go on: nothing is served here any more,
	// or nobody can take it.
	LetGo struct{}

	// ResetSelf restarts the kernel at once (sysrq): something exclusive runs
	// here that cannot be stopped, and no one else can help.
	ResetSelf struct{ Why string }

	// Exit ends the daemon: a leave or restart is complete.
	Exit struct{}
)

// Level is how far the containers are up.
type Level int

// The levels of the containers.
const (
	LevelNone     Level = iota // none runs
	LevelPrepared              // those that may overlap run and are healthy
	LevelRunning               // all run and are healthy
)

// Look is how hard to look for another holder of the VIP before claiming it.
type Look int

// The looks.
const (
	LookNone  Look = iota // the ground proves that nobody has it (resume)
	LookQuick             // one probe, on a handoff or an adoption
	LookFull              // several, at first start and after a fence
)

// NoteLevel is the weight of a Note.
type NoteLevel int

// The weights.
const (
	Info NoteLevel = iota
	Warning
	Critical
)

func (Persist) action()    {}
func (Send) action()       {}
func (Hold) action()       {}
func (Contest) action()    {}
func (Pulse) action()      {}
func (Lower) action()      {}
func (Arm) action()        {}
func (Disarm) action()     {}
func (ProbePeer) action()  {}
func (Containers) action() {}
func (ClaimVIP) action()   {}
func (DropVIP) action()    {}
func (Announce) action()   {}
func (SyncDisks) action()  {}
func (Answer) action()     {}
func (Note) action()       {}
func (Reboot) action()     {}
func (LetGo) action()      {}
func (ResetSelf) action()  {}
func (Exit) action()       {}
