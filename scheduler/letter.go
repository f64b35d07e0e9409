package scheduler

import "time"

// Letter is what one node says to the other. It repeats the sender's whole
// state, so any letter can be lost; it is sent on change and every second.
type Letter struct {
	From    string `json:"n"`           // name of the sender
	Boot    string `json:"b"`           // the sender's kernel boot id
	Session uint64 `json:"s"`           // the sender's daemon incarnation, random
	To      uint64 `json:"t,omitempty"` // the receiver's session as the sender knows it; 0 is a hello
	Seq     uint64 `json:"q"`           // counts up within Session
	Echo    uint64 `json:"e,omitempty"` // highest Seq of To that the sender has heard
	State   State  `json:"x"`

	Request *Request `json:"r,omitempty"` // an operator's command for the receiver
	Reply   *Reply   `json:"y,omitempty"`
}

// State is what a node says of itself.
type State struct {
	Known    bool   `json:"k,omitempty"`  // it has looked what runs on it; before that it must be taken to serve
	Term     uint64 `json:"T,omitempty"`  // highest term known
	Own      uint64 `json:"O,omitempty"`  // the term under which it may serve now; 0 is none
	Serving  bool   `json:"S,omitempty"`  // has the VIP or runs an exclusive container
	Healthy  bool   `json:"H,omitempty"`  // has the VIP and all containers are healthy
	Released uint64 `json:"R,omitempty"`  // highest own term given away; on disk
	Returned uint64 `json:"B,omitempty"`  // highest term of the receiver whose release it will never use; on disk
	Leading  uint64 `json:"L,omitempty"`  // own term that it is releasing now
	StopFail uint64 `json:"F,omitempty"`  // own term whose exclusive containers did not stop: fence me
	Holding  bool   `json:"h,omitempty"`  // its line is up to cut the receiver, and the verdict may be a new term
	TurnOff  bool   `json:"of,omitempty"` // and the receiver is to stay off: its own clock must not wake it
	Offer    uint64 `json:"o,omitempty"`  // own term that the receiver may ask for
	Why      string `json:"w,omitempty"`  // why it offers
	Ask      uint64 `json:"a,omitempty"`  // the receiver's term that it is prepared to take
	OnOffer  bool   `json:"ao,omitempty"` // it asks because that was offered: not to be given any more once the offer was taken back
	Refuse   string `json:"f,omitempty"`  // why it does not give what is asked, or does not take what is offered
	Ready    bool   `json:"r,omitempty"`  // passive and able to take over
	NotReady string `json:"nr,omitempty"` // code of what is in the way
	Standby  bool   `json:"sb,omitempty"`
	Maint    bool   `json:"m,omitempty"`

	MaintMark  uint64    `json:"mk,omitempty"` // number of the change that it knows of; see marks.go
	MaintUntil time.Time `json:"mu,omitzero"`  // UTC, whole seconds

	Quarantine bool `json:"Q,omitempty"` // it fenced the receiver so often that it does not give back
	Uplink     bool `json:"u,omitempty"`

	Lacks string `json:"ul,omitempty"` // what its uplink lacks: LacksCarrier or LacksReference; for display

	Fenceable bool   `json:"p,omitempty"`  // its board is armed
	Unarmed   string `json:"pw,omitempty"` // why not
	AckUnarm  bool   `json:"pa,omitempty"` // it has on disk that the receiver is unfenceable
	Unwatched bool   `json:"uw,omitempty"` // no watchdog would end its line if its kernel died

	Wire       Wire   `json:"W,omitzero"`   // its line to the receiver, as last tested
	TestAsk    uint64 `json:"ta,omitempty"` // number of the wire test it wants to do
	TestOK     uint64 `json:"tc,omitempty"` // number of the receiver's test it is ready for
	TestSaw    uint64 `json:"ts,omitempty"` // number of the receiver's test whose pulse it saw
	TestMissed uint64 `json:"tm,omitempty"` // number of the receiver's test whose pulse it did not see
	TestCross  uint64 `json:"tx,omitempty"` // number of the receiver's test in which its own EXTOUT read high instead

	Leaving Departure     `json:"l,omitempty"`  // it goes away and will not serve before meeting or fencing
	Within  time.Duration `json:"lw,omitempty"` // and is back within this
	AckLeft uint64        `json:"la,omitempty"` // it has on disk that this session of the receiver left
	Trusts  bool          `json:"lt,omitempty"` // its disk says that the receiver left: a daemon after this one would serve on that

	Software string    `json:"v,omitempty"`
	Digest   string    `json:"d,omitempty"`
	Started  time.Time `json:"up,omitzero"`
	Woken    string    `json:"wk,omitempty"`

	Next   time.Time `json:"pn,omitzero"` // its next planned reboot, UTC
	Reboot Outcome   `json:"pr,omitzero"` // and what became of the last
}

// Departure is how a node goes away.
type Departure string

// The departures.
const (
	Staying    Departure = ""
	Leave      Departure = "leave"   // stopped by an operator
	Rebooting  Departure = "reboot"  // planned reboot, back within a stated time
	PoweredOff Departure = "off"     // on purpose: not to be woken
	Restarting Departure = "restart" // the daemon only; what runs keeps running

	// GoingDown is never in a letter: a shutdown was announced, and which kind it
	// is comes with the system's stop.
	GoingDown Departure = "shutdown"
)

// Wire is the last test of a fence line.
type Wire struct {
	Result WireResult `json:"r,omitempty"`
	At     time.Time  `json:"a,omitzero"` // wall clock of the tester
	Fault  WireFault  `json:"f,omitempty"`
}

// WireResult is how a wire test ended.
type WireResult int

// The results of a wire test.
const (
	WireUntested WireResult = iota
	WirePassed
	WireFailed
)

// Request is an operator's command given on the sender for the receiver.
type Request struct {
	ID   uint64 `json:"i"`
	Verb Verb   `json:"v"`
	Node string `json:"n,omitempty"`
	Now  bool   `json:"w,omitempty"`
	By   string `json:"b,omitempty"`
}

// Reply answers a Request.
type Reply struct {
	ID   uint64 `json:"i"`
	OK   bool   `json:"k,omitempty"`
	Text string `json:"t,omitempty"`
}

// Disk is what a node must not forget. It is small, written only when it
// changes, and always before the deed that it allows.
type Disk struct {
	Boot     string `json:"boot"`      // kernel boot id under which it was last written
	Term     uint64 `json:"term"`      // highest term known
	TermBoot string `json:"term_boot"` // boot id in which an own Term was taken; empty once it was given up
	Released uint64 `json:"released"`  // highest own term given away
	Returned uint64 `json:"returned"`  // highest term of the peer whose release was given back
	Fenced   string `json:"fenced"`    // boot id in which this node was, or was about to be, fenced; empty once met
	Judged   string `json:"judged"`    // boot id whose wake-up reasons were looked at already (flags may be sticky)

	PeerBoot    string        `json:"peer_boot"`    // the peer's boot id, as last heard
	PeerBoots   []string      `json:"peer_boots"`   // older ones, newest last, at most 8
	PeerLeft    Departure     `json:"peer_left"`    // the peer promised not to serve
	PeerLeftIn  string        `json:"peer_left_in"` // this node's boot id when it did: void in any other
	PeerLeftAs  uint64        `json:"peer_left_as"` // its session that did: an earlier one says nothing of it any more
	PeerBackBy  time.Duration `json:"peer_back_by"` // uptime of this node by which it is back from its planned reboot; zero: none was promised
	PeerUnarmed bool          `json:"peer_unarmed"` // the peer's last word was that it cannot be fenced
	PeerOff     bool          `json:"peer_off"`     // switched off on purpose: no wake pulses

	Wire     Wire `json:"wire"`      // this node's line to the peer
	PeerWire Wire `json:"peer_wire"` // the peer's line to this node, as the peer says

	Hold   HoldNote    `json:"hold"`   // the last confirmed fence, until its receipt
	Fences []time.Time `json:"fences"` // confirmed fences of the last half hour, for the quarantine

	RebootFired time.Time `json:"reboot_fired"` // the last time of the calendar that came; none fires twice
	Reboot      Outcome   `json:"reboot"`       // what became of this node's last planned reboot
	RebootBoot  string    `json:"reboot_boot"`  // boot id in which it was started
	PeerReboot  Outcome   `json:"peer_reboot"`  // and of the peer's, as the peer says

	Standby    bool      `json:"standby"`
	Maint      bool      `json:"maintenance"`
	MaintUntil time.Time `json:"maintenance_until"` // zero: no end
	MaintMark  uint64    `json:"maintenance_mark"`  // number of the last change, on whichever node
}

// HoldNote is a confirmed fence that waits for its receipt.
type HoldNote struct {
	PeerBoot string    `json:"peer_boot"`
	At       time.Time `json:"at"`
}
