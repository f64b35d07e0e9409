package membership

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/memberlist"
)

// A delegate is what memberlist calls back, mostly under its own lock: nothing
// here may wait or call memberlist.
type delegate struct{ member *Member }

// NodeMeta is asked once, when memberlist starts; New has checked the size.
func (d *delegate) NodeMeta(int) []byte { return d.member.meta }

// NotifyMsg gets a datagram that was sealed with one of our keys.
func (d *delegate) NotifyMsg(b []byte) {
	e, err := decodeEnvelope(b)
	if err != nil || e.name != d.member.config.PeerName {
		d.member.logger.Debug("dropped a datagram", "sender", e.name, "error", err)
		return
	}
	d.member.box.put(Message{Payload: e.payload, From: e.address})
}

// NotifyAlive decides whether a node may be a member at all.
func (d *delegate) NotifyAlive(n *memberlist.Node) error {
	m := d.member
	if n.Name == m.config.Name {
		return nil // an old word about this node, or a conflict
	}
	at := addressOf(n)
	if n.Name != m.config.PeerName {
		m.trouble.unknownNode(at.Addr(), n.Name)
		return fmt.Errorf("%s is not the peer", n.Name)
	}
	cluster, _, err := decodeMeta(n.Meta)
	if err != nil {
		m.trouble.metadataUnreadable(at.Addr(), err)
		return err
	}
	if cluster != m.config.Cluster {
		m.trouble.otherCluster(at.Addr(), cluster, m.config.Cluster)
		return fmt.Errorf("%s is of cluster %q", n.Name, cluster)
	}
	return nil
}

// NotifyConflict reports a second node of the same name; memberlist keeps the
// one it knew.
func (d *delegate) NotifyConflict(existing, other *memberlist.Node) {
	d.member.trouble.nameConflict(addressOf(other).Addr(), existing.Name, addressOf(existing))
}

// NotifyJoin reports a node that came or came back.
func (d *delegate) NotifyJoin(n *memberlist.Node) { d.seen(n) }

// NotifyUpdate reports other metadata of a node that was never missed.
func (d *delegate) NotifyUpdate(n *memberlist.Node) { d.seen(n) }

// NotifyLeave reports a node that memberlist believes dead.
func (d *delegate) NotifyLeave(n *memberlist.Node) {
	if n.Name == d.member.config.PeerName {
		d.member.presence.gone(bootTime())
	}
}

func (d *delegate) seen(n *memberlist.Node) {
	m := d.member
	if n.Name != m.config.PeerName {
		return // this node itself
	}
	_, meta, err := decodeMeta(n.Meta)
	if err != nil {
		return // refused by NotifyAlive
	}
	at := addressOf(n)
	if at != m.peer {
		m.trouble.peerMoved(at, m.peer)
	}
	m.peerAt.Store(&at)
	m.presence.seen(Alive{Meta: meta, Address: at})
}

// GetBroadcasts, LocalState and MergeRemoteState are memberlist's ways to
// gossip state; the pair's state travels in messages only.
func (d *delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState: see GetBroadcasts.
func (d *delegate) LocalState(bool) []byte { return nil }

// MergeRemoteState: see GetBroadcasts.
func (d *delegate) MergeRemoteState([]byte, bool) {}

func addressOf(n *memberlist.Node) netip.AddrPort {
	ip, _ := netip.AddrFromSlice(n.Addr)
	return netip.AddrPortFrom(ip.Unmap(), n.Port)
}
