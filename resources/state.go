package resources

import (
	"slices"
	"time"
)

// state puts together what the loop knows.
func (l *loop) state(now time.Time) State {
	s := State{
		Wanted: l.level, Applied: l.applied, Reached: l.applied && reached(l.level, l.views(now)),
		Exclusive: No, Overlap: No, Ready: true, Healthy: true,
	}
	if l.trouble != nil {
		s.Engine = l.trouble.Code
	}
	for _, u := range l.units {
		if u.spec.Overlap {
			s.Overlap = either(s.Overlap, u.run)
		} else {
			s.Exclusive = either(s.Exclusive, u.run)
		}
		if !u.leftover {
			s.Ready = s.Ready && (u.made() && u.run != Unknown || u.run == Yes)
			s.Healthy = s.Healthy && u.run == Yes && u.healthy
		}
		s.Containers = append(s.Containers, u.state(now))
	}
	return s
}

// either says whether one of two runs, as far as is known.
func either(a, b Truth) Truth {
	switch {
	case a == Yes || b == Yes:
		return Yes
	case a == Unknown || b == Unknown:
		return Unknown
	default:
		return No
	}
}

func sameState(a, b State) bool {
	containers := slices.Equal(a.Containers, b.Containers)
	return containers && a.Wanted == b.Wanted && a.Applied == b.Applied && a.Reached == b.Reached &&
		a.Exclusive == b.Exclusive && a.Overlap == b.Overlap && a.Ready == b.Ready && a.Healthy == b.Healthy && a.Engine == b.Engine
}
