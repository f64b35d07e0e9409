package scheduler

import (
	"time"

	"github.com/futago-ha/futago/scheduler/calendar"
)

// Instant is a point on this node's monotonic clock, suspended time included
// (CLOCK_BOOTTIME), counted from an origin that does not change while the
// machine lives. Zero means never, so the caller's clock starts above it.
type Instant time.Duration

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Since returns how long before i the instant past was; a past of zero (never)
// is infinitely long ago.
func (i Instant) Since(past Instant) time.Duration {
	if past == 0 {
		return forever
	}
	return time.Duration(i - past)
}

// forever is longer than any wait of the machine, and short enough not to
// overflow when added to an Instant.
const forever = 100 * 365 * 24 * time.Hour

// Config is what the machine knows about the pair before it starts. It is the
// same on both nodes but for Self, Peer and First.
type Config struct {
	Self, Peer string // node names
	First      bool   // this node is the first in the configuration and owns the odd terms
	Preferred  bool   // this node starts when neither ever served, and takes failback

	Failback      bool          // ownership returns to the preferred node by itself
	FailbackDelay time.Duration // how long the preferred node is well before it asks; 60 s

	Overlap   bool // a container may run on both nodes for a moment, so it is prepared ahead
	Exclusive bool // a container may run on one node only

	Hold  time.Duration // how long EXTOUT is held to cut the peer; 12 s, at least 11.5 s
	Pulse time.Duration // how long it is raised to wake the peer and to test the line; 1 s

	StartWait time.Duration // a node that starts alone waits this long for its peer; 60 s
	ExtinWait time.Duration // a fenced node that starts alone waits this long before one hold; 10 min, 0 = for ever

	StartTimeout time.Duration // the longest a start of the containers may take; 60 s
	StopTimeout  time.Duration // the longest a stop of the exclusive containers may take; 30 s
	BackWithin   time.Duration // a planned reboot is over by then; 5 min

	Calendar            *calendar.Calendar // when this node reboots; nil: only when told
	MinUptime           time.Duration      // it does not before it was up so long; 1 h
	RebootFailbackDelay time.Duration      // FailbackDelay after a planned reboot; 0: the same

	Started  time.Time // when the kernel booted, for display
	Software string    // version of this build, told to the peer
	Digest   string    // digest of the configuration's meaning, told to the peer
}

// The machine's own times. Each is a trade that design.md names; none is
// configurable, because a pair whose nodes differ in them is not a pair.
const (
	repeatEvery   = time.Second             // a node repeats its state this often
	repeatFast    = 50 * time.Millisecond   // and this often while an answer is awaited
	repeatQuiet   = 250 * time.Millisecond  // and this often while the peer is not heard, or may not hear
	aloneAfter    = 10 * time.Second        // unless nothing at all was heard from it for this long
	overdue       = 1500 * time.Millisecond // a letter of the peer was lost
	detection     = time.Second             // silence of this length is loss once membership agrees
	staleAfter    = 5 * time.Second         // silence of this length is loss whatever membership says
	echoWithin    = 2500 * time.Millisecond
	settleUplink  = 30 * time.Second // after an uplink came back, rejoining must fail this long
	pointOfReturn = 8 * time.Second  // before it a hold may be given up: no board has cut yet
	lowBy         = 8500 * time.Millisecond
	mayHaveCut    = 9 * time.Second // A2: an armed board cuts within 9 to 11 s
	quietFrom     = 11500 * time.Millisecond
	askBefore     = 500 * time.Millisecond // the end of a hold: the answers are there when it comes
	victimFrom    = 5 * time.Second        // EXTIN this long in spite of contest: the server gives up
	stuckFrom     = 45 * time.Second
	betweenHolds  = 3 * time.Second
	holdOverdue   = 45 * time.Second // a hold ends within 40 s, whatever happens to it
	retryFirst    = 4 * time.Second  // after a contest; doubles
	retryMost     = 30 * time.Second
	retryVerdict  = 15 * time.Second // after Refused or Unknown
	bootTime      = 90 * time.Second // a node is given this long to boot before it is judged again
	wakeMost      = 15 * time.Minute
	silentPeer    = 60 * time.Second // a server reboots a silent peer once, after this
	restartGrace  = 60 * time.Second // a peer that said "restarting" is given this long
	startArpMost  = 5 * time.Minute
	secondExtin   = 30 * time.Second // the node that is not preferred waits this much longer
	wireValid     = 25 * time.Hour
	wireDaily     = 24 * time.Hour
	wireRetry     = 10 * time.Minute
	testDisarm    = 3 * time.Second
	testLimit     = 10 * time.Second
	offerLimit    = 90 * time.Second
	retakeAfter   = 5 * time.Second // a failed take is tried again after this
	leaveLimit    = 100 * time.Second
	ackLimit      = 3 * time.Second
	requestLimit  = 10 * time.Second
	quarantineFor = 30 * time.Minute
	quarantineAt  = 3
)

// reconfigure takes over what may change while the machine runs: policies, waits
// and the calendar. Who is who, what may run twice, and how long the line is held
// stay as they were at the start.
func (m *Machine) reconfigure(c Config) {
	own := &m.cfg
	own.Failback, own.FailbackDelay, own.RebootFailbackDelay = c.Failback, c.FailbackDelay, c.RebootFailbackDelay
	own.StartWait, own.ExtinWait = c.StartWait, c.ExtinWait
	m.recalendar(c.Calendar)
	own.MinUptime, own.BackWithin = c.MinUptime, c.BackWithin
	own.Digest = c.Digest
}
