package daemon

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// whyNoTakeover tells in full why a node that could serve must not cut the
// other one; nil where the wait is for something else.
func (s scene) whyNoTakeover(w *scheduler.Wait) []control.Reason {
	v := s.v
	wire := "The wire " + v.Self + " -> " + v.Peer
	var first string
	switch w.Code {
	case scheduler.CodeWireBroken:
		first = wire + " failed its test at " + s.clock(v.Wire.At) + ": " + sawOfTest(v.Self, v.Peer, v.Wire.Fault) + "."
	case scheduler.CodeWireUntested:
		first = wire + " was never tested."
	case scheduler.CodeWireExpired:
		first = wire + " was last tested at " + s.clock(v.Wire.At) + ", more than 25 h before the loss."
	case scheduler.CodePeerUnfenceable:
		first = v.Peer + " said that its power board does not obey EXTIN."
	case scheduler.CodeBoardSilent:
		first = "The power board of " + v.Self + " does not answer."
	case scheduler.CodeFencedWait:
		first = v.Self + " was fenced and does not shoot its way back."
	default:
		return nil
	}
	silence := control.Reason{Text: v.Peer + " was not heard since " + v.Self + " started. It may be serving."}
	if v.PeerAt != 0 {
		silence = control.Reason{Text: v.Peer + " not heard since {since}. It may be serving.", Since: s.at(v.PeerAt)}
	}
	return []control.Reason{{Text: first}, silence}
}

// remedy is what a person should do about a pair that is blocked, or about a
// wait that has no end of its own.
func (s scene) remedy(st *control.Status) *control.Remedy {
	w := s.blocked()
	if w == nil || st.Level == control.LevelFencing {
		return nil
	}
	if st.Level != control.LevelBlocked || s.whyNoTakeover(w) == nil {
		return &control.Remedy{Steps: []string{w.Do}}
	}
	peer := s.v.Peer
	return &control.Remedy{
		Steps: []string{"Go and look. Is " + peer + " without power? If not, unplug it.", "sudo futago confirm off " + peer},
		Never: "step 2 before step 1: two nodes would hold " + vipNames(s.d.opts.Config) + ".",
		Then:  afterwards(w.Code),
	}
}

// afterwards is what brings the pair back to full strength.
func afterwards(code string) string {
	switch code {
	case scheduler.CodeWireBroken, scheduler.CodeWireUntested, scheduler.CodeWireExpired:
		return "mend the harness (CN5 -> CN4) and: sudo futago fence test"
	case scheduler.CodePeerUnfenceable, scheduler.CodeBoardSilent:
		return "check the power board: sudo i2cdetect -y 1"
	}
	return ""
}

func vipNames(c *config.Config) string {
	var names []string
	for _, prefix := range c.Service.VIP.Addresses {
		names = append(names, prefix.Addr().String())
	}
	return strings.Join(names, " and ")
}

// prepared tells what the survivor has started ahead, and what is missing.
func (s scene) prepared() string {
	var up []string
	missing := "only the VIP is missing"
	for _, c := range s.d.opts.Config.Service.Containers {
		if c.Overlap {
			up = append(up, c.Name)
		} else {
			missing = "what is exclusive and the VIP are missing"
		}
	}
	return strings.Join(up, ", ") + " healthy on " + s.v.Self + "; " + missing
}

// clock is a time of day, with its date when it is not of today.
func (s scene) clock(t time.Time) string {
	t = t.In(s.wall.Location())
	if t.Year() == s.wall.Year() && t.YearDay() == s.wall.YearDay() {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }
