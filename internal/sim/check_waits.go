package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// L4: every wait has a code, a since, an end or a command that ends it, and is
// over at its end; and nobody is without the service for long without a node
// saying what it waits for. Needs no assumption: it is about what is said.

const (
	overdueMost = 15 * time.Second // after its end a wait may still be said, while what follows it begins
	silentMost  = 20 * time.Second // a pair that comes up says nothing before it has looked around
)

// waits looks at what both nodes say that they wait for.
func (c *checks) waits() {
	said := 0
	for _, n := range c.w.nodes {
		if n.d == nil || !n.d.runs() {
			continue
		}
		if b, is := n.d.brain.(Waiter); is {
			list := b.Waits()
			said += len(list)
			for i := range list {
				c.wait(n, &list[i])
			}
		}
	}
	served := c.w.nodes[0].serving() || c.w.nodes[1].serving()
	since(&c.mute, c.w.now, said == 0 && !served && c.w.nodes[0].works() && c.w.nodes[1].works())
	if c.mute != 0 && c.w.now-c.mute > silentMost {
		c.violate("L4", "nobody serves for %s, and nobody says what it waits for", c.w.now-c.mute)
	}
}

func (c *checks) wait(n *node, w *scheduler.Wait) {
	most := overdueMost
	if w.Code == scheduler.CodeHold {
		most += holdMost // its tries, while the bus does not answer
	}
	switch late := n.clock().Since(w.Until); {
	case w.Code == "" || w.For == "" || w.Since == 0 || w.Since > n.clock():
		c.violate("L4", "%s waits without a code, a subject or a beginning: %+v", nodeName(n.id), *w)
	case w.Until == 0 && w.Do == "" && w.Code != scheduler.CodeBringUp:
		c.violate("L4", "%s waits for %s (%s) without an end or a command that ends it", nodeName(n.id), w.For, w.Code)
	case w.Until != 0 && w.Do == "" && late > most:
		c.violate("L4", "%s still waits for %s (%s), %s after the end of that", nodeName(n.id), w.For, w.Code, late)
	}
}
