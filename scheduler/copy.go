package scheduler

import "slices"

// CopyTo makes dst a machine of its own that is where m is now. It is for tools
// that follow more than one way from here, and reuses what dst had allocated.
// A [PersistFailed] must not be the first event that dst gets, because what
// undoes the last Step is not copied.
func (m *Machine) CopyTo(dst *Machine) {
	before, waits, spare := dst.writing.before, dst.notes.waits, dst.notes.spare
	*dst = *m
	dst.notes.waits, dst.notes.spare = append(waits[:0], m.notes.waits...), spare
	dst.writing.before, dst.writing.event = before, nil
	dst.line = m.line.clone()
	dst.out, dst.spare, dst.letters = nil, nil, nil
	// Appended to in place: the two must not write into one array.
	dst.hear.retired = slices.Clip(m.hear.retired)
}
