package membership

import (
	"log"
	"time"

	"github.com/hashicorp/memberlist"
)

// Measured with two members on 2 cores: the peer's death is noticed after 0.8 to
// 1.2 s, and 5 % packet loss or busy processors cause no false loss. Shorter
// intervals notice sooner, but then every freeze of this node longer than the
// suspicion time looks like a death.
const (
	probeInterval = 200 * time.Millisecond
	probeTimeout  = 100 * time.Millisecond
	suspicionMult = 3 // suspicion time: 3 probe intervals

	// A refutation has the suspicion time of 600 ms to arrive: six rounds of
	// gossip, and whatever probe or answer goes meanwhile carries it, too. At
	// 20 % loss memberlist's default of 4 transmissions lost some; 10 did not.
	// Shorter rounds only wake the process more often.
	retransmitMult = 10
	gossipInterval = 100 * time.Millisecond
	streamTimeout  = time.Second
	gossipPacket   = 1400 // bytes, fits into an Ethernet frame with IPv6

	// A name whose node was lost may come back from another address at once.
	reclaimAfter = time.Nanosecond
)

// settings is memberlist's configuration for this pair.
func (m *Member) settings(t *transport) (*memberlist.Config, error) {
	keyring, err := memberlist.NewKeyring(m.config.Keys, m.config.Keys[0])
	if err != nil {
		return nil, err
	}
	c := memberlist.DefaultLANConfig()
	c.Name = m.config.Name
	c.Label = m.config.Cluster
	c.Keyring = keyring
	c.Transport = t

	c.ProbeInterval = probeInterval
	c.ProbeTimeout = probeTimeout
	c.SuspicionMult = suspicionMult
	c.RetransmitMult = retransmitMult
	c.GossipInterval = gossipInterval
	c.TCPTimeout = streamTimeout
	c.UDPBufferSize = gossipPacket
	c.DisableTcpPings = false
	// With two members each failed probe would count against this node's own
	// health and stretch the next detection up to eightfold.
	c.AwarenessMaxMultiplier = 1
	c.DeadNodeReclaimTime = reclaimAfter
	c.EnableCompression = false // sizes must be known before sending

	d := &delegate{member: m}
	c.Delegate, c.Events, c.Conflict, c.Alive = d, d, d, d
	c.Logger = log.New(&logBridge{logger: m.logger, trouble: m.trouble, cluster: m.config.Cluster}, "", 0)
	return c, nil
}
