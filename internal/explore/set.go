package explore

// set holds the keys of the states that were reached, and with each the
// surprises that the ways to it had used up. Two states with one 64-bit key
// would be taken for one: with ten million states that happens once in 300,000
// searches.
type set struct {
	slots []slot
	used  int
}

type slot struct {
	key  uint64
	ways uint64 // one bit for each number of faults, mends and delays
}

// mostOfEach faults, mends and delays fit into the bits of a slot.
const mostOfEach = 3

// bit is where in a slot's ways these surprises stand.
func (s spent) bit() int { return int(s.faults)<<4 | int(s.mends)<<2 | int(s.delays) }

// cheaper are, for each bit, those with at most as many faults, mends and
// delays each: whoever came with them can do all that can be done with these.
var cheaper = func() (all [64]uint64) {
	for i := range all {
		for j := range all {
			if j&3 <= i&3 && j>>2&3 <= i>>2&3 && j>>4 <= i>>4 {
				all[i] |= 1 << j
			}
		}
	}
	return all
}()

// add tells whether the state is new, or was reached only with more surprises
// of some kind.
func (s *set) add(key uint64, by spent) bool {
	if s.used*4 >= len(s.slots)*3 {
		s.grow()
	}
	p := s.find(key)
	if p.key == 0 {
		p.key = filled(key)
		s.used++
	}
	i := by.bit()
	if p.ways&cheaper[i] != 0 {
		return false
	}
	p.ways |= 1 << i
	return true
}

// beaten tells whether the state was reached with fewer surprises since it was
// added.
func (s *set) beaten(key uint64, by spent) bool {
	i := by.bit()
	return s.find(key).ways&cheaper[i]&^(1<<i) != 0
}

// filled is the key as it stands in a slot, where zero means empty.
func filled(key uint64) uint64 {
	if key == 0 {
		return 1
	}
	return key
}

func (s *set) find(key uint64) *slot {
	key = filled(key)
	mask := uint64(len(s.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if p := &s.slots[i]; p.key == key || p.key == 0 {
			return p
		}
	}
}

func (s *set) grow() {
	old := s.slots
	s.slots = make([]slot, max(1024, 2*len(old)))
	for _, p := range old {
		if p.key != 0 {
			*s.find(p.key) = p
		}
	}
}
