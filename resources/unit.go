package resources

import (
	"context"
	"time"
)

const (
	backoffMin = time.Second      // before the first slow try after a failure was reported
	backoffMax = 30 * time.Second // and the longest
)

// unit is all that the loop knows of one container. Only the loop's goroutine touches it.
type unit struct {
	spec     Spec
	leftover bool
	cluster  string

	seen    seen
	run     Truth
	healthy bool
	sick    bool
	verify  bool
	checked bool
	looked  bool // at least one look has ended, whatever came of it

	busy   verb
	cancel context.CancelFunc // of the job under way
	dirty  bool               // an event came while busy
	epoch  int                // grows with each job and death; a look from an earlier epoch is stale

	looking, probing    bool
	lookAt, probeAt     time.Time
	successes, failures int // of the probe, on end

	budget  budget
	trying  time.Time // since when it should run and does not come up
	backoff time.Duration
	restAt  time.Time // nothing is begun before
	stopBy  time.Time // zero, or when a job that must give way counts as a failed stop
	failed  *Problem  // the level cannot be reached or kept because of this
	problem *Problem  // what status shows

	phase Phase
	since time.Time
}

func newUnit(spec Spec, cluster string) *unit {
	return &unit{spec: spec, cluster: cluster, budget: budget{limit: spec.Restarts, window: spec.RestartWindow}}
}

// owned says whether the container seen is ours.
func (u *unit) owned() bool {
	return u.leftover || owned(u.seen, u.spec, u.cluster)
}

// made says whether the container exists as configured. An adopted one is taken as it is.
func (u *unit) made() bool {
	return u.seen.Exists && u.owned() && (u.seen.Cluster == "" || u.seen.Spec == u.spec.digest())
}

func (u *unit) wantUp(level Level) bool { return wantUp(level, u.spec.Overlap, u.leftover) }

func (u *unit) view(now time.Time) view {
	return view{
		overlap: u.spec.Overlap, leftover: u.leftover, run: u.run, healthy: u.healthy, sick: u.sick, verify: u.verify,
		made: u.made(), checked: u.checked, busy: u.busy,
		resting: now.Before(u.restAt) || u.busy != rest && u.failed != nil,
	}
}

// note takes in what the engine said.
func (u *unit) note(s seen) {
	u.seen, u.verify = s, false
	u.run = No
	if s.Running && u.owned() {
		u.run = Yes
	}
	if u.leftover {
		u.spec.Overlap = s.Overlap
	}
	if u.run == No {
		u.healthy, u.sick = false, false
	}
	if u.run == Yes && !u.made() && u.problem == nil {
		u.problem = &Problem{
			Code: ContainerOutdated, Do: "sudo futago move",
			Text: u.spec.Name + " was made from an older configuration and runs on until it next stops",
		}
	}
}

// doubt takes in that the engine did not say. Without a probe there is then nothing left that says it is healthy.
func (u *unit) doubt() {
	u.run = Unknown
	if !u.spec.Health.probed() {
		u.healthy = false
	}
}

// slow puts off the next try, longer each time.
func (u *unit) slow(now time.Time) {
	u.backoff = min(max(2*u.backoff, backoffMin), backoffMax)
	u.restAt = now.Add(u.backoff)
}

// clear forgets a failure because what was wanted came about.
func (u *unit) clear() {
	u.failed, u.problem, u.backoff, u.restAt = nil, nil, 0, time.Time{}
}

// word is the phase for operators.
func (u *unit) word() Phase {
	switch {
	case u.seen.Exists && !u.owned():
		return PhaseForeign
	case u.busy == lower && u.run != No:
		return PhaseStopping
	case u.busy == raise:
		return PhaseStarting
	case u.run == Unknown:
		return PhaseUnknown
	case u.run == Yes && u.healthy:
		return PhaseHealthy
	case u.run == Yes:
		return PhaseUnhealthy
	case u.seen.Exists:
		return PhaseStopped
	default:
		return PhaseMissing
	}
}

// state is the unit's part of the report.
func (u *unit) state(now time.Time) ContainerState {
	if word := u.word(); word != u.phase {
		u.phase, u.since = word, now
	}
	c := ContainerState{
		Name: u.spec.Name, Overlap: u.spec.Overlap, Phase: u.phase, Running: u.run, Healthy: u.healthy,
		Restarts: u.budget.count(now), Since: u.since,
	}
	if p := u.problem; p != nil {
		c.Code, c.Detail = p.Code, p.Text
	}
	return c
}

// due is when the loop must come back to this unit; zero is never.
func (u *unit) due(now time.Time, applied bool) time.Time {
	var at time.Time
	soonest := func(t time.Time, when bool) {
		if when && !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	soonest(u.restAt, applied && now.Before(u.restAt))
	soonest(u.lookAt, !u.looking && u.busy == rest)
	soonest(u.probeAt, u.probes())
	soonest(u.stopBy, true)
	return at
}

// probes says whether the probe is to be asked at all.
func (u *unit) probes() bool {
	return u.spec.Health.probed() && !u.probing && u.busy == rest && u.run != No && u.healthy
}
