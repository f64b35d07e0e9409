package chaos

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// plan is everything that a seed fixes for one run.
type plan struct {
	boards   [2]board.Options
	settings settings
	steps    []step
}

// step is one or a few faults that stand together, and what must come of them.
type step struct {
	faults []fault
	stand  time.Duration // from the first fault until all is mended
	want   demands
}

// demands are beyond what every audit asks.
type demands struct {
	calm    bool // no request fails, and the server keeps its power
	reboots int  // how often the node that does not serve is cut; only with calm
	decided bool // with the faults standing: one server, or a stated and alerted wait
}

// fault is one act of breaking.
type fault struct {
	kind string // a key of kinds
	who  who
	at   time.Duration // since the step began
	arg  int           // what it means is the kind's
}

// who names a node by its role when the step begins, or by its place.
type who int

const (
	server who = iota
	other
	first
	second
)

func (w who) String() string { return [...]string{"server", "other", "first", "second"}[w] }

// node is the index of the node that is meant.
func (w who) node(serves int) int {
	switch w {
	case server:
		return serves
	case other:
		return 1 - serves
	case first:
		return 0
	case second:
		return 1
	}
	return 0
}

func (f fault) String() string {
	text := fmt.Sprintf("%s (%s) at %.1f s", f.kind, f.who, f.at.Seconds())
	if f.arg != 0 {
		text += fmt.Sprintf(", %d", f.arg)
	}
	return text
}

func (s step) String() string {
	var list []string
	for _, f := range s.faults {
		list = append(list, f.String())
	}
	return fmt.Sprintf("%s; for %.1f s", strings.Join(list, "; "), s.stand.Seconds())
}

// settings are what runs vary of the configuration.
type settings struct {
	failback string
	overlap  bool
}

// configuration is the article's, with waits short enough to try often. A
// fenced node waits half a minute for the other before it may cut it.
func (s settings) configuration() string {
	return fmt.Sprintf(`cluster  = "apache"
key_file = "/etc/futago/key"
[[node]]
name    = "raspberrypi-1"
address = "192.0.2.211"
[[node]]
name    = "raspberrypi-2"
address = "192.0.2.179"
[service]
preferred = "raspberrypi-1"
failback  = %q
failback_delay = "5s"
[[service.container]]
name    = "httpd-test"
image   = "busybox"
ports   = ["80:80"]
overlap = %t
restarts = 100
restart_window = "1s"
health.http = "http://127.0.0.1:80/"
health.timeout = "5s"
[service.vip]
address = "192.0.2.215/24"
[fence]
device     = "sleepi3"
start_wait = "5s"
extin_wait = "30s"
`, s.failback, s.overlap)
}
