package scheduler

import (
	"encoding/binary"
	"slices"
	"time"
)

// Names gives everything that is only a name (a boot id, a session, the number
// of an action or of a wire test, a stamp of the wall clock) a small number in
// the order in which it is met, so that keys do not depend on names. One Names
// is used for all that goes into one key.
type Names struct {
	boots      []string
	sessions   []uint64
	tests      []uint64
	actions    []uint64
	walls      []time.Time
	liveBoots  int
	liveSesson int
	node       uint64
}

// Reset forgets all names.
func (n *Names) Reset() {
	*n = Names{boots: n.boots[:0], sessions: n.sessions[:0], tests: n.tests[:0], actions: n.actions[:0], walls: n.walls[:0]}
}

// Live names a kernel boot id and a session that can still speak; zero values
// are left out. Those that are named before everything else are the only ones
// that matter in a list of old ones.
func (n *Names) Live(boot string, session uint64) {
	if boot != "" {
		index(&n.boots, boot)
	}
	if session != 0 {
		index(&n.sessions, session)
	}
	n.liveBoots, n.liveSesson = len(n.boots), len(n.sessions)
}

// Node says whose numbers of actions come now: they are counted by each node.
func (n *Names) Node(id int) { n.node = uint64(id) << 56 }

// Action is the small number for the number of an action of this node.
func (n *Names) Action(id uint64) byte {
	if id == 0 {
		return 0
	}
	return index(&n.actions, id|n.node)
}

// Boot is the small number for a boot id.
func (n *Names) Boot(id string) byte {
	if id == "" {
		return 0
	}
	return index(&n.boots, id)
}

// index is where v stands in the list, counted from 1; a new one is added.
func index[T comparable](list *[]T, v T) byte {
	i := slices.Index(*list, v)
	if i < 0 {
		i = len(*list)
		*list = append(*list, v)
	}
	return byte(i + 1)
}

// keyer writes a key.
type keyer struct {
	b   []byte
	now Instant
	n   *Names
}

// grain is the finest difference of two instants that a key shows.
const grain = 10 * time.Millisecond

func (k *keyer) bits(bs ...bool) {
	for len(bs) > 0 {
		var v byte
		n := min(len(bs), 8)
		for i, b := range bs[:n] {
			if b {
				v |= 1 << i
			}
		}
		k.b, bs = append(k.b, v), bs[n:]
	}
}

// small writes numbers that are small in any run, though they may be large.
func (k *keyer) small(vs ...uint64) {
	for _, v := range vs {
		k.b = binary.AppendUvarint(k.b, v)
	}
}

// word writes a text by its letters.
func (k *keyer) word(s string) {
	k.b = append(k.b, byte(len(s)))
	k.b = append(k.b, s...)
}

// text writes a boot id.
func (k *keyer) text(boot string) { k.b = append(k.b, k.n.Boot(boot)) }

// number writes a name of the given kind.
func (k *keyer) number(v uint64, of *[]uint64) {
	if v == 0 {
		k.b = append(k.b, 0)
		return
	}
	k.b = append(k.b, index(of, v))
}

// local writes the number of an action.
func (k *keyer) local(id uint64) { k.b = append(k.b, k.n.Action(id)) }

// live writes a boot id of a list, if it can still speak.
func (k *keyer) live(boot string) {
	if i := slices.Index(k.n.boots[:k.n.liveBoots], boot); i >= 0 {
		k.b = append(k.b, 0xF0|byte(i))
	}
}

func (k *keyer) liveSession(s uint64) {
	if i := slices.Index(k.n.sessions[:k.n.liveSesson], s); i >= 0 {
		k.b = append(k.b, 0xE0|byte(i))
	}
}

// wall writes a stamp of a wall clock as a name.
func (k *keyer) wall(t time.Time) {
	if t.IsZero() {
		k.b = append(k.b, 0)
		return
	}
	k.b = append(k.b, index(&k.n.walls, t))
}

// ahead writes how far a time of the calendar is from what the wall clock shows.
func (k *keyer) ahead(t, wall time.Time) {
	k.bits(t.IsZero())
	if !t.IsZero() {
		k.span(min(max(t.Sub(wall)+farOff, 0), 2*farOff))
	}
}

// age writes how long ago something was; what is older than most is all one.
// Never is told apart from long ago, though most rules do not.
func (k *keyer) age(t Instant, most time.Duration) {
	if t == 0 {
		k.b = append(k.b, 0)
		return
	}
	k.span(min(max(k.now.Since(t), 0), most) + grain)
}

// due writes how far ahead a deadline is; what is past is all one.
func (k *keyer) due(t Instant) { k.span(max(t.Since(k.now), 0)) }

// around writes a deadline that matters before and for a while after it.
func (k *keyer) around(t Instant) {
	k.bits(t == 0)
	if t != 0 {
		k.due(t)
		k.age(min(t, k.now), silentPeer)
	}
}

func (k *keyer) span(d time.Duration) { k.b = binary.AppendUvarint(k.b, uint64(d/grain)) }
