package daemon

import (
	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// fromGroup translates what the containers' keeper says.
func (d *Daemon) fromGroup(r resources.Report) []scheduler.Event {
	switch r := r.(type) {
	case resources.State:
		return []scheduler.Event{d.known.group.Take(r)}
	case resources.Result:
		if done, news := translate.Done(r); news {
			return []scheduler.Event{done}
		}
	case resources.Failed:
		return []scheduler.Event{translate.Failed(r)}
	case resources.Trouble:
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: string(r.Problem.Code),
			Text: d.opts.node().Name + " found that " + r.Problem.Text, Do: orElse(r.Problem.Do, "docker ps -a; futago status"),
		})
	}
	return nil
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
