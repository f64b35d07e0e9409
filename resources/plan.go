package resources

// verb is what may be done with one container.
type verb int

const (
	rest   verb = iota // nothing
	look               // inspect it
	ensure             // make it, or make it anew, while it is down; check its image and restart policy
	raise              // ensure, start, wait until healthy; also takes over one that runs
	lower              // stop, kill, verify; a left-over one is removed then
)

// String names the verb as status shows it.
func (v verb) String() string { return [...]string{"rest", "look", "ensure", "raise", "lower"}[v] }

// view is what plan needs to know of one container.
type view struct {
	overlap  bool
	leftover bool  // ours, but no Spec names it
	run      Truth // whether it runs
	healthy  bool  // confirmed since it was last raised
	sick     bool  // runs but must be restarted
	verify   bool  // an Apply wants to be told anew that it does not run
	made     bool  // exists as configured
	checked  bool  // ensured lately
	busy     verb  // the job under way
	resting  bool  // failed: its next try is not due yet, or its job counts as failed while it goes on
}

// wantUp says whether a container should run at the level.
func wantUp(level Level, overlap, leftover bool) bool {
	return !leftover && (level == Running || level == Prepared && overlap)
}

func (v view) wantUp(level Level) bool { return wantUp(level, v.overlap, v.leftover) }

// mustStop: Unknown counts as running, for nobody may believe that it does not.
func (v view) mustStop(level Level) bool {
	if v.wantUp(level) {
		return v.sick && v.run == Yes
	}
	return v.run != No || v.verify || v.leftover
}

// plan says what to begin now, one verb per container. It is pure: same views, same plan.
//
// Stopping comes before starting, one container at a time in reverse order, exclusive ones first, because the other node
// waits for exactly those. Starting goes in order, each waiting until the ones before it are healthy. Making ahead happens
// only when nothing is being started, so that it never costs a takeover time. One that failed and rests is passed over.
func plan(level Level, views []view) []verb {
	steps := make([]verb, len(views))
	if planStops(level, views, steps) {
		return steps
	}
	if planStarts(level, views, steps) {
		return steps
	}
	for i, v := range views {
		if v.busy == rest && !v.resting && !v.checked && v.run == No && !v.wantUp(level) && !v.leftover {
			steps[i] = ensure
		}
	}
	return steps
}

// planStops reports whether stopping still goes on.
func planStops(level Level, views []view, steps []verb) bool {
	for _, overlap := range []bool{false, true} {
		for i := len(views) - 1; i >= 0; i-- {
			v := views[i]
			if v.overlap != overlap || !v.mustStop(level) {
				continue
			}
			if v.busy == rest && v.resting {
				continue
			}
			if v.busy == rest {
				steps[i] = lower
			}
			if !v.resting { // a stop that has failed already does not hold up the others, even while its call hangs
				return true
			}
		}
	}
	return false
}

// planStarts reports whether starting still goes on.
func planStarts(level Level, views []view, steps []verb) bool {
	for i, v := range views {
		switch {
		case !v.wantUp(level) || v.healthy && v.run != No:
			continue
		case v.busy == rest && !v.resting:
			steps[i] = raise
		}
		return true
	}
	return false
}

// reached says whether the level holds.
func reached(level Level, views []view) bool {
	for _, v := range views {
		switch {
		case v.wantUp(level):
			// One that is being stopped still runs and answers for a moment.
			if v.run != Yes || !v.healthy || v.busy == lower {
				return false
			}
		case v.run != No || v.verify:
			return false
		case level == Prepared && !v.made:
			return false
		}
	}
	return true
}
