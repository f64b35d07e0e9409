package translate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/scheduler"
)

func TestHoldEnds(t *testing.T) {
	at := time.Now()
	clock := func(t time.Time) scheduler.Instant { return scheduler.Instant(t.Sub(at) + 1) }
	for _, c := range []struct {
		result fencing.Result
		want   scheduler.HoldResult
		events int
		pulsed bool
	}{
		{fencing.Held, scheduler.HoldHeld, 2, false},
		{fencing.Lowered, scheduler.HoldLowered, 2, false},
		{fencing.BrokenEarly, scheduler.HoldLowered, 2, false},
		{fencing.Refused, scheduler.HoldLowered, 2, false},
		{fencing.Unknown, scheduler.HoldUnknown, 2, false},
		{fencing.Pulsed, 0, 1, true},
		{fencing.Superseded, 0, 0, false},
	} {
		events := End(&fencing.End{ID: 9, At: at, Result: c.result, Err: errors.New("the bus")}, clock)
		if len(events) != c.events {
			t.Errorf("%v became %d events, want %d", c.result, len(events), c.events)
			continue
		}
		for _, e := range events {
			switch e := e.(type) {
			case scheduler.HoldEnded:
				if e.ID != 9 || e.Result != c.want || e.At == 0 || !strings.Contains(e.Why, "the bus") {
					t.Errorf("%v became %+v", c.result, e)
				}
			case scheduler.Pulsed:
				if e.ID != 9 || e.OK != c.pulsed {
					t.Errorf("%v became %+v", c.result, e)
				}
			}
		}
	}
}
