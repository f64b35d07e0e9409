package translate

import (
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

// Member is what membership says of the peer and of this process; false: a
// letter or a trouble, which are the caller's.
func Member(e membership.Event) (scheduler.Event, bool) {
	switch e := e.(type) {
	case membership.Alive:
		return scheduler.Link{Up: true}, true
	case membership.Lost:
		return scheduler.Link{Up: false}, true
	case membership.Slept:
		return scheduler.Slept{For: e.For}, true
	}
	return nil, false
}
