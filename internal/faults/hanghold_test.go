package faults

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab"
)

// TestHangDuringHold hangs the bus of the node that cuts a crashed server, in
// the middle of the hold. Nothing is confirmed and nothing taken over while the
// line cannot be read; it falls as soon as the bus answers (S5); and the pair
// serves again afterwards by itself.
func TestHangDuringHold(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.measured()
	server := p.settle()
	holder := 1 - server
	since := time.Now()
	if err := p.Panic(server); err != nil {
		t.Fatal(err)
	}
	p.await("EXTOUT rose", func() bool { return p.raised(holder) })
	raised := time.Now()
	p.await("the hold was at 3 s", func() bool { return time.Since(raised) >= 3*time.Second })
	p.Boards().FailNext(holder, board.Fault{Hang: board.Forever, Acts: board.ActsNever})
	p.say(p.awaitEntry(holder, since, "BOARD_SILENT"))
	if e := p.awaitEntry(holder, since, "FENCE_UNKNOWN", "HOLD_GIVEN_UP"); e.Code != "" {
		p.say(e)
	}
	p.draw(holder)
	if p.HoldsVIP(holder) {
		t.Error("the VIP was taken over after a hold that could not be read")
	}
	for _, e := range p.history(holder) {
		if e.Code == "FENCED" && e.Time.After(since) {
			t.Errorf("a hold that could not be read was confirmed: %s", e.Text)
		}
	}
	p.Boards().Unhang(holder)
	p.awaitLow(holder, time.Now())
	p.settle()
}
