package membership

import (
	"sync"
	"time"
)

// presence turns memberlist's verdicts into Alive and Lost. It holds back a
// loss that this node may have slept into being, and looks at it again when
// the window after the sleep is over.
type presence struct {
	tell func(Event) // must not block
	miss func()      // asks for a join at once; must not block

	mu      sync.Mutex
	late    lateness
	here    bool // memberlist's latest word
	pending bool // a loss is held back
}

// newPresence starts at boot time now.
func newPresence(window, now time.Duration, tell func(Event), miss func()) *presence {
	return &presence{tell: tell, miss: miss, late: lateness{window: window, last: now}}
}

// restart forgets the time since newPresence, in which nothing had to run.
func (p *presence) restart(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late.last = now
}

// seen takes memberlist's word that the peer is there.
func (p *presence) seen(a Alive) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.here, p.pending = true, false
	p.tell(a)
}

// gone takes memberlist's word that the peer is lost.
func (p *presence) gone(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.here = false
	p.miss()
	if p.late.doubtful(now) {
		p.pending = true
		return
	}
	p.tell(Lost{})
}

// beat is to be called every BeatInterval.
func (p *presence) beat(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slept := p.late.beat(now); slept > 0 {
		p.tell(Slept{For: slept})
	}
	if p.pending && !p.late.doubtful(now) {
		p.pending = false
		p.tell(Lost{})
	}
}

func (p *presence) isHere() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.here
}
