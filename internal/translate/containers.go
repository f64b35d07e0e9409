package translate

import (
	"slices"

	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// Containers is what was heard of the service's containers.
type Containers struct {
	State  resources.State // the last
	usable bool            // they could be brought up, when last said
}

// Take joins the keeper's state into what the machine asks. What is not known to
// be stopped counts as running. A container that is being started or stopped is
// not known to run, yet the engine answers: only an engine that does not makes
// the whole state unknown.
func (c *Containers) Take(s resources.State) scheduler.ContainersState {
	c.usable = usable(s, c.usable)
	c.State = s
	e := scheduler.ContainersState{
		Known:     s.Engine == "" && !slices.ContainsFunc(s.Containers, unclear),
		Exclusive: s.Exclusive != resources.No,
		Any:       s.Exclusive != resources.No || s.Overlap != resources.No,
		Healthy:   s.Healthy,
		Usable:    c.usable,
		Why:       engineText(s.Engine),
	}
	for i := range s.Containers {
		if one := &s.Containers[i]; one.Code != "" && e.Why == "" {
			e.Why = one.Detail
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

// Done is the end of an order; false: a later order came first, which is no news.
func Done(r resources.Result) (scheduler.ContainersDone, bool) {
	e := scheduler.ContainersDone{ID: r.ID, OK: r.Outcome == resources.Done}
	if !e.OK {
		e.Code, e.Why = string(r.Problem.Code), r.Problem.Text
	}
	return e, r.Outcome != resources.Superseded
}

// Failed is a level that was reached and cannot be kept.
func Failed(r resources.Failed) scheduler.ContainersFailed {
	return scheduler.ContainersFailed{Code: string(r.Problem.Code), Why: r.Problem.Text}
}
