package survey

import (
	"fmt"
	"time"
)

// Setting is a key of the configuration that follows from what was seen.
type Setting struct {
	Key, Value string // Value as in the file, quotes included
	Why        string
}

func (s Setting) String() string {
	return fmt.Sprintf("%-18s = %-9s # %s\n", s.Key, s.Value, s.Why)
}

const (
	holdLeast  = 12 * time.Second
	holdMargin = 1500 * time.Millisecond // over the slowest cut; the configuration's least hold has 0.5 s over A2's 11 s
	slowInput  = 300 * time.Millisecond
)

// Settings are the keys that the findings say something about, also where the
// default is right.
func (f *Findings) Settings() []Setting {
	var list []Setting
	add := func(key string, d time.Duration, why string) {
		list = append(list, Setting{key, `"` + short(d) + `"`, why})
	}
	if f.CutAfter != nil {
		hold := max(holdLeast, (*f.CutAfter + holdMargin + time.Second - 1).Truncate(time.Second))
		add("hold", hold, fmt.Sprintf("the board cuts after %.1f s", f.CutAfter.Seconds()))
	}
	if f.InFollows != nil {
		if *f.InFollows > slowInput+f.Noise {
			add("pulse", 2*time.Second, fmt.Sprintf("EXTIN follows only after %s", milli(*f.InFollows)))
		} else {
			add("pulse", time.Second, "EXTIN follows fast enough")
		}
	}
	if f.Boot != nil {
		list = append(list, f.watchdogSettings()...)
		list = append(list, Setting{"start_wait", `"` + short(max(time.Minute, (2**f.Boot).Round(10*time.Second))) + `"`, fmt.Sprintf("a boot takes %.0f s", f.Boot.Seconds())})
	}
	return list
}

func (f *Findings) watchdogSettings() []Setting {
	timeout := min(max(time.Minute, f.watchdogLeast()), 255*time.Second)
	why := "long enough for a boot"
	if f.WatchdogKept != nil && !*f.WatchdogKept {
		why = "the board forgets it with the Pi's power"
	}
	list := []Setting{{"watchdog_timeout", `"` + short(timeout) + `"`, why}}
	switch {
	case f.WatchdogRuns == nil:
	case *f.WatchdogRuns:
		list = append(list, Setting{"hold_watchdog", `"none"`, "a Pi cut in a hold would be reset before it has booted"})
	default:
		list = append(list, Setting{"hold_watchdog", `"6s"`, "it waits for the first heartbeat of a boot"})
	}
	return list
}

func (f *Findings) watchdogLeast() time.Duration {
	return (2**f.Boot + 10*time.Second).Round(10 * time.Second)
}

// short writes whole minutes as such.
func short(d time.Duration) string {
	if d >= time.Minute && d%time.Minute == 0 {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// Warnings are what an operator has to know that no setting mends.
func (f *Findings) Warnings() []string {
	var list []string
	say := func(when bool, text string) {
		if when {
			list = append(list, text)
		}
	}
	is := func(v *bool) bool { return v != nil && *v }
	not := func(v *bool) bool { return v != nil && !*v }
	say(f.CutAfter != nil && (*f.CutAfter < cutLeast || *f.CutAfter > cutMost),
		"The board cuts outside of 9 to 11 s. futago's rules rest on that (assumption A2): do not trust it with this board.")
	say(f.OwnBus != nil && f.OwnBus.Failed > 0 || f.OtherBus != nil && f.OtherBus.Failed > 0,
		"The bus has errors. futago tries each transfer three times; look at the header and at the supply if more than 1 in 100 fails.")
	say(f.OwnBus != nil && f.OwnBus.Slowest > slowTransfer || f.OtherBus != nil && f.OtherBus.Slowest > slowTransfer,
		"A transfer took longer than the 250 ms that futago waits for one. A hold with such a gap is Unknown, not Confirmed.")
	say(is(f.OutAfterReboot) || is(f.OutAfterPanic) || is(f.OutAfterCut) || is(f.OutAfterWatchdog),
		"EXTOUT can stay up without its Pi, and keeps the other node off until somebody lowers it: futago-early.service has to be enabled on both nodes.")
	say(is(f.OutAfterPanic) && is(f.OutAfterWatchdog),
		"Not even the board's watchdog lowers EXTOUT of a dead kernel; only its next boot does.")
	say(is(f.WokeByItself), "A node that was fenced comes back by itself when the hold ends; fence --off cannot keep it off.")
	say(not(f.WokeByPulse) || not(f.WokeByItself) && not(f.WokeByPulse),
		"A pulse does not wake: a node that was fenced stays dark until somebody presses its switch.")
	say(is(f.WokeByFall) && !is(f.WokeByItself), "Any falling edge of EXTIN wakes a dark node, also when a stuck line is mended.")
	say(f.Standing == AtOnce, "A Pi that gets power while EXTIN stands is cut at once: unplug CN4 before you switch it on by hand.")
	say(not(f.ForcedKept), "A node boots unarmed after a fence and cannot be fenced until its daemon runs.")
	say(is(f.FlagsSticky), "wakeup_status keeps old reasons: an extin there need not be of this boot. futago compares by boot.")
	say(f.CountClears != nil && *f.CountClears > f.Noise+atOnce, "external_input_count outlives EXTIN. futago counts by its own clock and does not mind.")
	say(is(f.OutIsLevel), "EXTOUT reads the wire: a line held by something else reads as raised, which status calls EXTOUT_STUCK.")
	return list
}

// slowTransfer is the deadline of package fencing.
const slowTransfer = 250 * time.Millisecond
