package chaos

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// campaign draws the plan of a run.
type campaign func(d dice) plan

var campaigns = []struct {
	name, help string
	draw       campaign
}{
	{"split", "the nodes lose each other: the server goes on, no request fails", split},
	{"split-long", "the same for over a minute: the silent ready node is rebooted once", splitLong},
	{"storm", "power cycles, with broken links, wires and boards: no fence loop", storm},
	{"mixed", "everything, one to three faults at a time", mixed},
}

// Campaigns lists the names with a word of help each.
func Campaigns() (names, help []string) {
	for _, c := range campaigns {
		names, help = append(names, c.name), append(help, c.help)
	}
	return names, help
}

func campaignOf(name string) (campaign, error) {
	names, _ := Campaigns()
	for i, n := range names {
		if n == name {
			return campaigns[i].draw, nil
		}
	}
	return nil, fmt.Errorf("campaign %q is not known; there are %s", name, strings.Join(names, ", "))
}

// Both directions of a link need not fail at once.
const splitJitter = 400 * time.Millisecond

// split is one symmetric split: long enough for the ready node to try again
// after its first hold was contested, shorter than the minute after which a
// server cuts a silent node.
func split(d dice) plan { return oneSplit(d, d.between(3*time.Second, 25*time.Second), 0) }

// splitLong leaves time for the minute of silence, for a hold that is contested
// in the last second before it, for the board to cut and for the node to boot
// alone.
func splitLong(d dice) plan { return oneSplit(d, d.between(95*time.Second, 100*time.Second), 1) }

func oneSplit(d dice, stand time.Duration, reboots int) plan {
	p := plan{boards: [2]board.Options{d.board(), d.board()}, settings: settings{failback: "never", overlap: d.chance(0.5)}}
	to := []who{first, second}
	d.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
	faults := []fault{{kind: "deaf", who: to[0], at: d.between(0, 1500*time.Millisecond)}}
	faults = append(faults, fault{kind: "deaf", who: to[1], at: faults[0].at + d.between(0, splitJitter)})
	p.steps = []step{{faults: faults, stand: stand, want: demands{calm: true, reboots: reboots}}}
	return p
}

// storm is two rounds of power failures around something else that is broken.
func storm(d dice) plan {
	p := plan{boards: [2]board.Options{d.board(), d.board()}, settings: d.settings()}
	for range 2 {
		s := step{want: demands{decided: true}}
		at := time.Duration(0)
		if d.chance(0.7) {
			s.faults = append(s.faults, fault{kind: pick(d, "link cut", "link cut", "wire", "panic", "cable", "switch off"), who: pick(d, server, other), arg: int(board.WireCut)})
			at = d.spread(100*time.Millisecond, 15*time.Second)
		}
		for range 1 + d.IntN(4) {
			kind := pick(d, "blink", "blink", "blink both", "supply off", "kill", "panic", "reset")
			s.faults = append(s.faults, fault{kind: kind, who: pick(d, server, other), at: at, arg: int(d.spread(50*time.Millisecond, 20*time.Second).Milliseconds())})
			at += d.spread(100*time.Millisecond, 15*time.Second)
		}
		s.stand = at + d.between(time.Second, 10*time.Second)
		p.steps = append(p.steps, s)
	}
	return p
}

// mixed is three steps of anything.
func mixed(d dice) plan {
	p := plan{boards: [2]board.Options{d.hanging(d.board()), d.hanging(d.board())}, settings: d.settings()}
	names := mixedKinds()
	for range 3 {
		s := step{want: demands{decided: d.chance(0.3)}}
		at := time.Duration(0)
		for range 1 + d.IntN(3) {
			kind := pick(d, names...)
			s.faults = append(s.faults, fault{kind: kind, who: pick(d, server, other), at: at, arg: kinds[kind].draw(d)})
			at += d.spread(10*time.Millisecond, 12*time.Second)
		}
		wiresFirst(s.faults)
		s.stand = at + d.spread(500*time.Millisecond, 30*time.Second)
		p.steps = append(p.steps, s)
	}
	return p
}

// wiresFirst lets the faults of wires come before all others of a step, in
// place: their test needs a pair that is well, and an untested broken wire is
// outside of assumption A1.
func wiresFirst(faults []fault) {
	next := 0
	for i := range faults {
		if faults[i].kind == "wire" {
			a, b := &faults[next], &faults[i]
			a.kind, b.kind, a.who, b.who, a.arg, b.arg = b.kind, a.kind, b.who, a.who, b.arg, a.arg
			next++
		}
	}
}
