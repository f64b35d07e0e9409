package membership

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// troubleEvery is how long the same fault is not repeated.
const troubleEvery = time.Minute

// A reporter words troubles and keeps them from repeating too often.
type reporter struct {
	name     string // this node
	peerName string
	peer     netip.Addr
	now      func() time.Duration
	tell     func(Event) // must not block

	mu   sync.Mutex
	said map[saidKey]time.Duration
}

// saidKey counts all strangers as one, so that forged addresses can neither
// fill the table nor silence what is said about the peer.
type saidKey struct {
	code Code
	peer bool
}

func newReporter(c Config, now func() time.Duration, tell func(Event)) *reporter {
	return &reporter{
		name: c.Name, peerName: c.PeerName, peer: c.PeerAddress,
		now: now, tell: tell, said: make(map[saidKey]time.Duration),
	}
}

// local reports a fault of this node itself.
func (r *reporter) local(code Code, because string) {
	if r.due(saidKey{code, false}) {
		r.tell(Trouble{code, r.name + " " + because + "."})
	}
}

// remote reports a fault of whoever is at the address.
func (r *reporter) remote(code Code, at netip.Addr, what string) {
	if r.due(saidKey{code, at == r.peer}) {
		r.tell(Trouble{code, r.who(at) + " " + what + "."})
	}
}

func (r *reporter) who(at netip.Addr) string {
	if at == r.peer {
		return fmt.Sprintf("%s (%v)", r.peerName, at)
	}
	return fmt.Sprintf("An unknown node (%v)", at)
}

func (r *reporter) due(key saidKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if last, ok := r.said[key]; ok && now-last < troubleEvery {
		return false
	}
	r.said[key] = now
	return true
}

func (r *reporter) keyMismatch(at netip.Addr) {
	r.remote(KeyMismatch, at, "was refused because it used a key that "+r.name+" does not have")
}

func (r *reporter) notEncrypted(at netip.Addr) {
	r.remote(NotEncrypted, at, "was refused because it talked without encryption")
}

func (r *reporter) otherCluster(at netip.Addr, theirs, ours string) {
	what := fmt.Sprintf("was refused because it belongs to cluster %+q, not to %q", theirs, ours)
	if theirs == "" {
		what = fmt.Sprintf("was refused because it named no cluster, not %q", ours)
	}
	r.remote(OtherCluster, at, what)
}

func (r *reporter) nameConflict(at netip.Addr, name string, holder netip.AddrPort) {
	r.remote(NameConflict, at, fmt.Sprintf("was refused because it used the name %s, which is taken by the node at %v", name, holder))
}

func (r *reporter) unknownNode(at netip.Addr, name string) {
	r.remote(UnknownNode, at, fmt.Sprintf("was refused because it called itself %+q, not %s", name, r.peerName))
}

func (r *reporter) metadataUnreadable(at netip.Addr, err error) {
	r.remote(MetadataUnreadable, at, fmt.Sprintf("was refused because its metadata could not be read: %v", err))
}

func (r *reporter) peerMoved(at, configured netip.AddrPort) {
	if r.due(saidKey{PeerMoved, true}) {
		r.tell(Trouble{PeerMoved, fmt.Sprintf("%s was met at %v although the configuration says %v.", r.peerName, at, configured)})
	}
}

func (r *reporter) addressInUse(at netip.AddrPort) {
	r.local(AddressInUse, fmt.Sprintf("could not listen on %v because another process had it open", at))
}

func (r *reporter) addressMissing(at netip.AddrPort) {
	r.local(AddressMissing, fmt.Sprintf("could not listen on %v because no interface had that address", at))
}
