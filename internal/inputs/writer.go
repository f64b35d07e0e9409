package inputs

import (
	"context"
	"errors"
)

// Run writes to the files until ctx ends. It always returns nil: what cannot be
// written is told once, and lost.
func (r *Recorder) Run(ctx context.Context) error {
	w := writer{r: r, ring: ring{dir: r.opts.Ring}, keep: keep{dir: r.opts.Kept}}
	defer w.end()
	for {
		select {
		case <-ctx.Done():
			r.guarded(func() { r.handOn(r.since) })
			w.drain()
			return nil
		case <-r.wake:
			w.drain()
		}
	}
}

// writer owns the files.
type writer struct {
	r    *Recorder
	ring ring
	keep keep
	sick bool // the last attempt failed, and that was told
}

// drain writes what the queue holds.
func (w *writer) drain() {
	pieces := w.r.take()
	if len(pieces) == 0 {
		return
	}
	var errs []error
	for _, p := range pieces {
		errs = append(errs, w.ring.write(p), w.keep.write(p))
	}
	w.tell(errors.Join(errs...))
	w.r.written()
}

// tell says once that the record is ill, and once that it is well again.
func (w *writer) tell(err error) {
	switch {
	case err != nil && !w.sick:
		w.r.opts.Log.Warn("the inputs of decisions could not be recorded", "err", err)
	case err == nil && w.sick:
		w.r.opts.Log.Info("the inputs of decisions are recorded again")
	}
	w.sick = err != nil
}

func (w *writer) end() {
	if err := errors.Join(w.ring.close(), w.keep.end()); err != nil {
		w.r.opts.Log.Warn("the record of inputs could not be closed", "err", err)
	}
}
