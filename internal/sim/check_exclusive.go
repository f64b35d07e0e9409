package sim

// S1: never two nodes with the VIP on an interface, nor two running an exclusive
// resource, both powered. Assumes A1 to A5.

func (c *checks) lookExclusive() {
	a, b := c.w.nodes[0], c.w.nodes[1]
	switch {
	case a.up && b.up && a.vip && b.vip:
		c.violate("S1", "both nodes have the VIP")
	case a.exclusive() && b.exclusive():
		c.violate("S1", "both nodes run the exclusive container")
	}
}
