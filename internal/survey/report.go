package survey

import (
	"fmt"
	"strings"
	"time"
)

// Assumption A2: an armed board cuts within 9 to 11 s.
const (
	cutLeast = 9 * time.Second
	cutMost  = 11 * time.Second
)

// Report is the page to paste: what was seen, line by line, and the settings
// that follow.
func (f *Findings) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "futago board measure: %s measured %s, %s\n", f.Own, f.Other, f.Began.Format("2006-01-02"))
	if f.OwnAtFirst != nil && f.OtherAtFirst != nil {
		fmt.Fprintf(&b, "firmware: %s %d, %s %d\n", f.Own, f.OwnAtFirst.Ver, f.Other, f.OtherAtFirst.Ver)
	}
	b.WriteByte('\n')
	for _, row := range f.rows() {
		fmt.Fprintf(&b, "%-34s %s\n", row[0], row[1])
	}
	if left := f.left(); left != "" {
		fmt.Fprintf(&b, "\nnot done: %s\n", left)
	}
	b.WriteString("\nSettings that follow, for [fence] in futago.toml:\n")
	for _, s := range f.Settings() {
		b.WriteString(s.String())
	}
	if warnings := f.Warnings(); len(warnings) > 0 {
		b.WriteString("\nTo know:\n")
		for _, w := range warnings {
			b.WriteString(hang("- ", w))
		}
	}
	return b.String()
}

// rows are the lines of the report, in the order of the steps.
func (f *Findings) rows() [][2]string {
	return [][2]string{
		{"I2C errors on " + f.Own, busWords(f.OwnBus)},
		{"I2C errors on " + f.Other, busWords(f.OtherBus)},
		{"both wires work", said(f.ThereSeen, "yes", "no")},
		{"EXTIN follows within", f.follows()},
		{"external_input_count is cleared", f.clears()},
		{"boot time", about(f.Boot)},
		{"EXTOUT after a reboot", said(f.OutAfterReboot, "STAYS UP", "low")},
		{"EXTOUT after a kernel panic", said(f.OutAfterPanic, "STAYS UP", "low")},
		{"EXTOUT after a cut by EXTIN", said(f.OutAfterCut, "STAYS UP", "low")},
		{"EXTOUT after a watchdog reset", said(f.OutAfterWatchdog, "STAYS UP", "low")},
		{"EXTIN cuts after", tenth(f.CutAfter)},
		{"wakes when the hold ends", said(f.WokeByItself, "yes, by itself", "no")},
		{"wakes by a pulse of 1 s", said(f.WokeByPulse, "yes", "NO")},
		{"wakes by a falling edge", said(f.WokeByFall, "yes", "no")},
		{"wakes by a rising edge", said(f.WokeByRise, "yes", "NO")},
		{"woken while EXTIN stands", f.standing()},
		{"wakeup_status", said(f.FlagsSticky, "keeps old reasons", "has only the newest reason")},
		{"eipde after a cut", said(f.ForcedKept, "kept", "LOST")},
		{"eipde after loss of the 12 V", said(f.ForcedKeptLoss, "kept", "lost")},
		{"watchdog time-out after a cut", said(f.WatchdogKept, "kept", "lost")},
		{"a kept time-out runs", said(f.WatchdogRuns, "FROM POWER ON", "from the first heartbeat")},
		{"EXTOUT reads", said(f.OutIsLevel, "the level on the wire", "what was written")},
	}
}

// said is an answer that may not be known.
func said(v *bool, yes, no string) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return yes
	}
	return no
}

func busWords(b *Bus) string {
	if b == nil {
		return "not known"
	}
	return fmt.Sprintf("%d of %d, slowest %s", b.Failed, b.Transfers, milli(b.Slowest))
}

func milli(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func (f *Findings) follows() string {
	if f.InFollows == nil {
		return "not known"
	}
	return fmt.Sprintf("%s (of it up to %s the survey's own)", milli(*f.InFollows), milli(f.Noise))
}

func (f *Findings) clears() string {
	switch {
	case f.CountClears == nil:
		return "not known"
	case *f.CountClears >= cutLimit:
		return fmt.Sprintf("NOT within %s after EXTIN fell", cutLimit)
	case *f.CountClears <= f.Noise+atOnce:
		return "at once when EXTIN falls"
	}
	return fmt.Sprintf("%.1f s after EXTIN fell", f.CountClears.Seconds())
}

// atOnce is what a person calls so.
const atOnce = 200 * time.Millisecond

func about(d *time.Duration) string {
	if d == nil {
		return "not known"
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

func tenth(d *time.Duration) string {
	if d == nil {
		return "not known"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func (f *Findings) standing() string {
	switch f.Standing {
	case AtOnce:
		return "it is CUT AT ONCE: the count runs on while it is off"
	case Later:
		return "it is cut again, the count begins with its power"
	case StayOn:
		return "it stays on"
	}
	return "not known"
}

// left names the steps without a result.
func (f *Findings) left() string {
	var left []string
	for _, s := range steps {
		switch f.Steps[s.id] {
		case Done:
		case Skipped:
			left = append(left, s.id+" (skipped)")
		default:
			left = append(left, s.id)
		}
	}
	return strings.Join(left, ", ")
}

const pageWidth = 78

// hang wraps a text below a mark.
func hang(mark, text string) string {
	var b strings.Builder
	line := mark
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > pageWidth && strings.TrimSpace(line) != strings.TrimSpace(mark) {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = strings.Repeat(" ", len(mark))
		}
		line += word + " "
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}
