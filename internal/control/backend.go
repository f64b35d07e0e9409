package control

import (
	"context"
	"time"
)

// Backend is what stands behind the door: the daemon.
type Backend interface {
	// Status returns a snapshot and never blocks. Its Time carries a monotonic reading (time.Now) no older than a
	// second while the loop is well; the snapshot is shared and never changed afterwards.
	Status() Status
	// Do carries out a valid command and returns when it is done, refused or ctx ended. With c.Plan it changes
	// nothing and says what it would do. A refusal is an *Error with code CodeRefused and a command that helps.
	// Once begun, a command is not undone because the caller went away.
	Do(ctx context.Context, c Command) (Answer, error)
	// History returns the last n entries, oldest first; n is within 1 to HistoryMax.
	History(ctx context.Context, n int) ([]Entry, error)
	// Watch calls to with the present status first and then with what changes, until ctx ends (nil) or to fails
	// (its error). It returns only when to will not be called again. A Feed does this.
	Watch(ctx context.Context, to func(Event) error) error
	// Board reads all registers of the power board now, and changes none.
	Board(ctx context.Context) (Board, error)
	// Lines returns the changes of the board's lines with a number above after, oldest first, at most LinesMax. It
	// never blocks.
	Lines(after uint64) []Lines
	// Inputs returns what is recorded of the inputs of decisions around a time, in the form of package inputs; nothing
	// when that is no longer kept.
	Inputs(ctx context.Context, at time.Time) (Inputs, error)
}

// Inputs is a part of the record from which a decision can be decided again. The door does not look into it.
type Inputs struct {
	Record []byte `json:"record"` // a few MiB at most
}

// Board is the power board as read at one time.
type Board struct {
	Time      time.Time  `json:"time"`
	Node      string     `json:"node"`
	Registers []Register `json:"registers"` // by address
}

// Register is one register of the board.
type Register struct {
	Addr  int    `json:"addr"`
	Name  string `json:"name"`  // the vendor's
	Value string `json:"value"` // decimal, or hex for flags
	Words string `json:"words"` // what it means
}

// Lines is a change of the board's lines, as the daemon saw it.
type Lines struct {
	Seq     uint64    `json:"seq"` // counts up, also over restarts of the daemon
	Time    time.Time `json:"time"`
	Out     bool      `json:"out"`             // EXTOUT
	In      bool      `json:"in"`              // EXTIN
	Seconds int       `json:"seconds"`         // EXTIN has stood, by the board's count
	Fault   string    `json:"fault,omitempty"` // the board could not be read; the rest says nothing
}

// LinesMax is how many changes of the lines are kept.
const LinesMax = 64

// Command is an operator's order.
type Command struct {
	Verb  Verb              `json:"verb"`
	Node  string            `json:"node,omitempty"`  // node the verb is about; the daemon there need not be the one asked
	Args  map[string]string `json:"args,omitempty"`  // see the Arg constants
	Plan  bool              `json:"plan,omitempty"`  // only say what would happen
	Basis string            `json:"basis,omitempty"` // Answer.Basis of the plan the operator agreed to
	By    string            `json:"-"`               // who asks, in the kernel's words; the server fills it in
}

// Answer is what became of a command, or what would.
type Answer struct {
	Text  string `json:"text"`            // past tense, or present for a plan: "apache moves to raspberrypi-2."
	Ask   bool   `json:"ask,omitempty"`   // plan only: it cuts power or moves the service, so a person has to agree
	Basis string `json:"basis,omitempty"` // plan only: what it rests on (the term, say); lets Do refuse a plan overtaken by events
}

// EntryLevel is how much an entry matters.
type EntryLevel string

// The levels of entries.
const (
	EntryInfo     EntryLevel = "info"
	EntryNotice   EntryLevel = "notice"
	EntryWarning  EntryLevel = "warning"
	EntryCritical EntryLevel = "critical"
)

// Entry is a line of the history.
type Entry struct {
	Time  time.Time  `json:"time"`
	Node  string     `json:"node"` // node that wrote it
	Code  string     `json:"code"` // stable, unlike Text
	Level EntryLevel `json:"level"`
	Text  string     `json:"text"`         // one past-tense sentence with a named node
	Do    string     `json:"do,omitempty"` // a command that can be run; warnings and worse have one
}

// Event is one line of the stream. Exactly one of Status and Entry is set, or neither in a sign of life.
type Event struct {
	Status     *Status `json:"status,omitempty"`
	Entry      *Entry  `json:"entry,omitempty"`
	Missed     int     `json:"missed,omitempty"`      // entries dropped before this event because the reader was slow
	AgeSeconds float64 `json:"age_seconds,omitempty"` // of the present snapshot; in signs of life
}

// HistoryMax is the most entries one request may ask for.
const HistoryMax = 10_000
