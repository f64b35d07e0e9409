package fencing

import "context"

// inspection is a look that somebody else wants to have at the device.
type inspection struct {
	look func() error
	done chan error // room for one
}

// maxLooks bounds the looks that wait for their turn.
const maxLooks = 4

// Inspect calls look in the conversation, between two of its own calls, and
// returns its error: for people who want to see registers while a daemon has the
// device. look may only read, and has a call's deadline for all that it does
// (ErrDeadline; what it found must not be used then). Unlike the other methods
// it waits, until ctx ends.
func (f *Fencer) Inspect(ctx context.Context, look func() error) error {
	l := inspection{look: look, done: make(chan error, 1)}
	select {
	case f.looks <- l:
	default:
		return ErrBusy
	}
	select {
	case err := <-l.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
