package sim

import (
	"strings"
	"testing"
	"time"
)

// TestLostLettersAreMadeGood: a line that loses every fifth letter all day is no
// lost peer. At one letter a second, five in a row would be lost every hour or two.
func TestLostLettersAreMadeGood(t *testing.T) {
	w := newWorld(Options{Seed: 11, Mode: Bounded, Maker: Shipped})
	w.story = new(story)
	w.prof.loss, w.prof.dup, w.prof.reorder, w.prof.replay = 0.2, 0, 0, 0
	w.powerUp()
	w.run(5 * time.Minute)
	met := len(w.story.lines)
	w.run(12 * time.Hour)
	for _, line := range w.story.lines[met:] {
		if strings.Contains(line, "PEER_LOST") {
			t.Errorf("%s", line)
		}
	}
}
