package demo

import (
	"context"
	"time"
)

// scenario is one act of the demonstration.
type scenario struct {
	name  string
	title string // what is done, for the heading
	play  func(ctx context.Context, s *stage) (sentence string, err error)
	want  limits
	peer  string // Pacemaker at the same work, see docs/benchmarks.md
	dark  bool   // begins with nodes that have no power
	alone bool   // the container is exclusive: it never runs on both nodes
}

// limits say what a scenario must show. That no two nodes ever hold the VIP
// goes without saying.
type limits struct {
	longest time.Duration // without an answer at most; 0: no limit
	aim     time.Duration // what it should be; beyond it is said, and is no failure
	failed  int           // requests at most; anyNumber: no limit
	cut     []string      // the nodes whose power was cut by a board, in order, and woken by EXTIN

	watchdog bool // or restarted by their own board's watchdog
}

const anyNumber = -1

// Names of the lab's nodes.
const (
	one = "raspberrypi-1" // preferred
	two = "raspberrypi-2"
)

const (
	hold = 12 * time.Second // fence.hold by default

	// A takeover: noticing takes 1 s to 1.5 s. A machine that carries both
	// nodes, two engines and the client may add what lateMargin allows.
	takeoverAim   = hold + 1500*time.Millisecond
	takeoverLimit = takeoverAim + lateMargin
	lateMargin    = 2 * time.Second

	// A switch of the VIP: 50 ms with a container that runs on both.
	switchAim   = 50 * time.Millisecond
	switchLimit = time.Second

	// Nothing is switched: no request may fail, and this is what a busy machine
	// may make the client wait.
	busyLimit = 2 * time.Second
)

// scenarios are all of them, in the order of the article.
func scenarios() []scenario {
	return []scenario{
		{
			name: "first-start", title: "both nodes get power for the first time", play: firstStart, dark: true,
			want: limits{longest: bootDelay + 12*time.Second, aim: bootDelay + 5*time.Second, failed: anyNumber}, peer: "27.4 s (without boot)",
		},
		{
			name: "move", title: "the service is moved there and back", play: moveThereAndBack,
			want: limits{longest: switchLimit, aim: switchAim, failed: anyNumber}, peer: "2.7 s each way",
		},
		{
			name: "standby", title: "standby of the active node, and unstandby", play: standbyAndBack,
			want: limits{longest: switchLimit, aim: switchAim, failed: anyNumber}, peer: "2.9 s",
		},
		{
			name: "reboot", title: "planned reboot of the active node", play: plannedReboot,
			want: limits{longest: switchLimit, aim: switchAim, failed: anyNumber}, peer: "2.7 s, never moved back",
		},
		{
			name: "crash-active", title: "the active node's kernel dies", play: crashActive,
			want: limits{longest: takeoverLimit, aim: takeoverAim, failed: anyNumber, cut: []string{one}}, peer: "41.8 s",
		},
		{
			name: "crash-ready", title: "the ready node's kernel dies", play: crashReady,
			want: limits{longest: busyLimit, cut: []string{two}, watchdog: true}, peer: "not measured",
		},
		{
			name: "split", title: "the nodes cannot hear each other for 25 s, both healthy", play: split,
			want: limits{longest: busyLimit}, peer: "both cut for good, 2 of 3",
		},
		{
			name: "split-boot", title: "the other node boots while the link is cut", play: splitBoot,
			want: limits{longest: busyLimit}, peer: "58 s, shot the server",
		},
		{
			name: "harness", title: "the harness is unplugged, then the link fails, then the server dies", play: harness,
			want: limits{failed: anyNumber}, peer: "two VIPs to the end",
		},
		{
			name: "cable", title: "the network cable of the active node is pulled", play: cable,
			want: limits{longest: takeoverLimit, aim: takeoverAim, failed: anyNumber, cut: []string{one}}, peer: "96.1 s, shot the other",
		},
		{
			name: "engine-hung", title: "the active node's engine hangs, with a container that may run once", play: engineHung, alone: true,
			want: limits{longest: 10 * time.Second, aim: 7 * time.Second, failed: anyNumber}, peer: "124.5 s (standby)",
		},
		{
			name: "not-given-back", title: "the active node's daemon hangs and does not give the service back", play: notGivenBack, alone: true,
			want: limits{longest: takeoverLimit, aim: takeoverAim, failed: anyNumber, cut: []string{two}}, peer: "not measured",
		},
	}
}
