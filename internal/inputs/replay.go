package inputs

import "github.com/futago-ha/futago/scheduler"

// Restore makes a machine that stands where the recorded one stood when the
// block began. change, when given, changes what was on disk, and with it what
// the machine remembers of that.
func (b *Block) Restore(change func(*scheduler.Disk)) (*scheduler.Machine, error) {
	m, err := Restore(b.checkpoint)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(stored(m))
	}
	return m, nil
}

// Did says whether the actions are those that came of the recorded step.
func (s *Step) Did(actions []scheduler.Action) bool {
	return s.Acted == (len(actions) > 0) && (!s.Acted || s.Digest == digest(actions))
}

// Replay decides a block again and returns how many steps went as recorded
// before the first that did not: all of them, unless this futago decides
// otherwise than the one that recorded. It is pure.
func (b *Block) Replay() (same int, err error) {
	m, err := b.Restore(nil)
	if err != nil {
		return 0, err
	}
	for i := range b.Steps {
		s := &b.Steps[i]
		if !s.Did(m.Step(s.At, s.Event)) {
			return i, nil
		}
	}
	return len(b.Steps), nil
}
