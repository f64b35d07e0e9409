package resources

import "time"

// Level is what should hold for the whole group.
type Level int

// The levels, in rising order.
const (
	// None: nothing of ours runs. The containers are made ahead but are stopped.
	None Level = iota
	// Prepared: the overlap containers run and are healthy; the exclusive ones exist and are stopped.
	Prepared
	// Running: all containers run and are healthy.
	Running
)

// String names the level.
func (l Level) String() string {
	switch l {
	case None:
		return "none"
	case Prepared:
		return "prepared"
	case Running:
		return "running"
	default:
		return "invalid"
	}
}

// Truth is what is known of a fact that only the engine can tell.
type Truth int8

// Unknown is the zero value: the engine has not said. It must be read as the dangerous one of Yes and No.
const (
	Unknown Truth = iota
	No
	Yes
)

// String names the truth.
func (t Truth) String() string { return [...]string{"unknown", "no", "yes"}[t] }

// Report is one of Result, State, Failed and Trouble.
type Report interface{ report() }

// Outcome is how an Apply ended.
type Outcome int

// The outcomes.
const (
	// Done: the level held at the moment of the report.
	Done Outcome = iota
	// Refused: the level could not be reached; Problem says why. The group goes on trying until the next Apply.
	Refused
	// Superseded: a later Apply came first. What it had begun is undone or used by the later one.
	Superseded
)

// String names the outcome.
func (o Outcome) String() string { return [...]string{"done", "failed", "superseded"}[o] }

// Result answers one Apply; there is exactly one per id while Run runs.
type Result struct {
	ID        uint64
	Level     Level
	Outcome   Outcome
	Container string  // which one failed, if one did
	Problem   Problem // set only when Refused
}

// Failed says that a level that had been reached can no longer be kept: restarting in place is exhausted, or the engine
// stays away. The group goes on trying, slower and slower; the reader decides whether to hand off.
type Failed struct {
	Container string
	Problem   Problem
}

// Trouble says that something an operator should know began. It is told once per beginning; State says how long it lasts.
type Trouble struct {
	Container string // empty: the engine as a whole
	Problem   Problem
}

// State is the whole truth about the group as of now; it is repeated whenever something in it changes.
type State struct {
	Wanted    Level
	Applied   bool // false until the first Apply: only observed so far
	Reached   bool // Wanted holds
	Exclusive Truth
	Overlap   Truth // whether any container of the kind runs (or, while Unknown, may run)
	Ready     bool  // every container exists as configured, with its image, or runs: a start needs no creation
	Healthy   bool  // every container runs and is healthy
	Engine    Code  // empty, EngineDown or EngineHung
	// Containers are those of the Specs in their order, then left-over ones of ours that no Spec names.
	Containers []ContainerState
}

// ContainerState is one container's part of State.
type ContainerState struct {
	Name     string
	Overlap  bool
	Phase    Phase
	Running  Truth
	Healthy  bool
	Restarts int       // within the current window
	Since    time.Time // when Phase began
	Code     Code      // what is wrong, empty if nothing
	Detail   string    // a sentence to Code
}

// Phase is a word for operators; decisions are made on Running and Healthy.
type Phase string

// The phases.
const (
	PhaseUnknown   Phase = "unknown"
	PhaseMissing   Phase = "missing"
	PhaseStopped   Phase = "stopped"
	PhaseStarting  Phase = "starting"
	PhaseHealthy   Phase = "healthy"
	PhaseUnhealthy Phase = "unhealthy"
	PhaseStopping  Phase = "stopping"
	PhaseForeign   Phase = "foreign"
)

func (Result) report()  {}
func (State) report()   {}
func (Failed) report()  {}
func (Trouble) report() {}
