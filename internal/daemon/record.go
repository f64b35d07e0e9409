package daemon

import (
	"context"
	"path/filepath"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/inputs"
)

// The inputs of decisions are recorded beside the socket, on a tmpfs, and those
// of the decisions that matter with the state, too.
const (
	ringName = "inputs"
	keptName = "decisions"

	syncLimit = 500 * time.Millisecond // for the newest inputs to get into their file
)

func (o *Options) ringDir() string {
	socket := o.Socket
	if socket == "" {
		socket = control.DefaultSocket
	}
	return filepath.Join(filepath.Dir(socket), ringName)
}

func (o *Options) keptDir() string { return filepath.Join(o.StateDir, keptName) }

func (d *Daemon) recorderOptions() inputs.Options {
	o := &d.opts
	return inputs.Options{
		Ring: o.ringDir(), Kept: o.keptDir(), Node: o.node().Name, Peer: o.peer().Name, Boot: d.boot.ID, Software: o.Version,
		Log: o.Log.With("part", "inputs"),
	}
}

// Inputs returns the recorded inputs around a time.
func (b backend) Inputs(ctx context.Context, at time.Time) (control.Inputs, error) {
	ctx, cancel := context.WithTimeout(ctx, syncLimit)
	defer cancel()
	if err := b.d.recorder.Sync(ctx); err != nil {
		b.d.opts.Log.Warn("the newest inputs are not in what is answered", "err", err)
	}
	record, err := inputs.Find(b.d.opts.ringDir(), b.d.opts.keptDir(), at)
	return control.Inputs{Record: record}, err
}
