package daemon

import (
	"errors"
	"fmt"
	"strings"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/scheduler"
)

// The codes of a configuration that was read again.
const (
	codeReloaded     = "CONFIG_RELOADED"
	codeRefused      = "CONFIG_REFUSED"
	codeNeedsRestart = "CONFIG_NEEDS_RESTART"
)

// reread is a configuration that was read again, or why it could not be.
type reread struct {
	config *config.Config
	err    error
}

// Reload takes over what the running daemon can of a configuration that was
// read again; a bad one (err) changes nothing. What became of it is in the
// history. It never blocks.
func (d *Daemon) Reload(c *config.Config, err error) {
	for {
		select {
		case d.rereads <- reread{c, err}:
			return
		default:
		}
		select {
		case <-d.rereads: // one waits to be looked at still: this file is the newer one
		default:
		}
	}
}

func (d *Daemon) reload(r reread) {
	self := d.opts.node().Name
	if r.err != nil {
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: codeRefused, Do: "sudo futago check",
			Text: self + " kept its configuration as it was, because " + refusal(r.err),
		})
		return
	}
	now, taken, restart := d.opts.Config.Reload(r.config)
	d.opts.Config, d.stale = now, restart
	d.step(scheduler.Reconfigured{Config: d.schedulerConfig()})
	text := self + " read its configuration again: nothing has changed"
	if len(taken) > 0 {
		text = self + " took over from its configuration: " + strings.Join(taken, ", ")
	}
	if len(taken) > 0 || len(restart) == 0 {
		d.journal.write(scheduler.Note{Level: scheduler.Info, Code: codeReloaded, Text: text})
	}
	if len(restart) > 0 {
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: codeNeedsRestart, Do: "sudo systemctl restart futago",
			Text: self + " goes on with the old " + strings.Join(restart, ", ") + ", because that is taken over at a start only",
		})
	}
}

// refusal is the first fault of a file, and how many more there are.
func refusal(err error) string {
	var faults config.Problems
	if !errors.As(err, &faults) {
		return firstLine(err)
	}
	text := ascii(faults[0].Error())
	if more := len(faults) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}
