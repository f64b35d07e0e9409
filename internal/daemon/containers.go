package daemon

import (
	"slices"

	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// fromGroup translates what the containers' keeper says.
func (d *Daemon) fromGroup(r resources.Report) []scheduler.Event {
	switch r := r.(type) {
	case resources.State:
		d.known.usable = usable(r, d.known.usable)
		d.known.group = r
		return []scheduler.Event{containersState(r, d.known.usable)}
	case resources.Result:
		if r.Outcome == resources.Superseded {
			return nil
		}
		done := scheduler.ContainersDone{ID: r.ID, OK: r.Outcome == resources.Done}
		if !done.OK {
			done.Code, done.Why = string(r.Problem.Code), r.Problem.Text
		}
		return []scheduler.Event{done}
	case resources.Failed:
		return []scheduler.Event{scheduler.ContainersFailed{Code: string(r.Problem.Code), Why: r.Problem.Text}}
	case resources.Trouble:
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: string(r.Problem.Code),
			Text: d.opts.node().Name + " found that " + r.Problem.Text, Do: orElse(r.Problem.Do, "docker ps -a; futago status"),
		})
	}
	return nil
}

// containersState joins the keeper's state into what the machine asks. What is
// not known to be stopped counts as running. A container that is being started
// or stopped is not known to run, yet the engine answers: only an engine that
// does not makes the whole state unknown.
func containersState(s resources.State, usable bool) scheduler.ContainersState {
	e := scheduler.ContainersState{
		Known:     s.Engine == "" && !slices.ContainsFunc(s.Containers, unclear),
		Exclusive: s.Exclusive != resources.No,
		Any:       s.Exclusive != resources.No || s.Overlap != resources.No,
		Healthy:   s.Healthy,
		Usable:    usable,
		Why:       engineText(s.Engine),
	}
	for _, c := range s.Containers {
		if c.Code != "" && e.Why == "" {
			e.Why = c.Detail
		}
	}
	if e.Why == "" && !e.Usable {
		e.Why = "the containers are not made yet"
	}
	return e
}

// usable says whether the containers could be brought up from here. While one
// is being started or stopped the keeper cannot say; then the last word stands.
func usable(s resources.State, before bool) bool {
	if s.Engine != "" {
		return false
	}
	return s.Ready || before && slices.ContainsFunc(s.Containers, inMotion) && !slices.ContainsFunc(s.Containers, unclear)
}

func inMotion(c resources.ContainerState) bool {
	return c.Phase == resources.PhaseStarting || c.Phase == resources.PhaseStopping
}

func unclear(c resources.ContainerState) bool {
	return c.Running == resources.Unknown && !inMotion(c)
}

// engineText is the engine's trouble as the end of a sentence.
func engineText(c resources.Code) string {
	// Not exhaustive: State.Engine is one of these.
	//exhaustive:ignore
	switch c {
	case "":
		return ""
	case resources.EngineHung:
		return "the container engine takes connections and does not answer"
	case resources.EngineDown:
		return "the container engine is not reached"
	}
	return "the container engine is in trouble (" + string(c) + ")"
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
