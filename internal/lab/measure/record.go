package measure

import (
	"fmt"
	"net/netip"
	"time"
)

// Plan says what to ask and how often.
type Plan struct {
	URL      string        `json:"url"`      // asked by GET; its host is an IP address
	Interval time.Duration `json:"interval"` // from one request's start to the next; default 10 ms
	Timeout  time.Duration `json:"timeout"`  // of one request, connect to last byte; default 1 s

	ARPTarget   netip.Addr    `json:"arp_target"`   // asked for by ARP; the zero value: not asked
	ARPSender   netip.Addr    `json:"arp_sender"`   // who asks: an address of the subnet that nobody has
	ARPInterval time.Duration `json:"arp_interval"` // default 100 ms
	Interface   string        `json:"interface"`    // for ARP; default eth0
}

func (p Plan) withDefaults() (Plan, error) {
	setDefault(&p.Interval, 10*time.Millisecond)
	setDefault(&p.Timeout, time.Second)
	setDefault(&p.ARPInterval, 100*time.Millisecond)
	setDefault(&p.Interface, "eth0")
	if p.Interval < time.Millisecond || p.ARPInterval < time.Millisecond || p.Timeout < time.Millisecond {
		return p, fmt.Errorf("intervals %s and %s, time-out %s: at least 1ms each", p.Interval, p.ARPInterval, p.Timeout)
	}
	return p, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Request is one question over HTTP and what came of it.
type Request struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Server string    `json:"server,omitempty"` // first line of the page
	Err    string    `json:"err,omitempty"`    // empty: answered with 200
}

// OK tells whether the request was answered.
func (r Request) OK() bool { return r.Err == "" }

// Probe is one question by ARP and all who answered before the next one.
type Probe struct {
	At   time.Time `json:"at"`
	MACs []string  `json:"macs,omitempty"` // sorted, each once
}

// line is what the child writes: one of the two.
type line struct {
	Request *Request `json:"req,omitempty"`
	Probe   *Probe   `json:"arp,omitempty"`
}
