package render

import (
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// Schedule draws the planned reboots of both nodes as seen at now, in now's zone.
func Schedule(st control.Status, now time.Time, width int) string {
	p := &page{width: max(width, WidthMin)}
	widths := []int{len("NODE") + gap, len("NEXT") + gap, len("WHEN") + gap}
	for _, s := range st.Schedule {
		widths[0] = max(widths[0], len(scheduleName(st, s))+gap)
		widths[1] = max(widths[1], len(nextTime(s, now))+gap)
		widths[2] = max(widths[2], len(s.Cron)+gap)
	}
	widths[0], widths[2] = min(widths[0], nameMax), min(widths[2], nameMax)
	p.row(widths, "NODE", "NEXT", "WHEN", "LAST")
	for _, s := range st.Schedule {
		p.row(widths, scheduleName(st, s), nextTime(s, now), orDash(s.Cron), lastOutcome(s.Last, now))
	}
	for _, s := range st.Schedule {
		if s.Note != "" {
			p.line("")
			p.hang("NOTE", headIndent, s.Note)
		}
	}
	p.line("")
	p.line("Times in " + now.Format("MST") + zoneOf(st.Schedule) + ".")
	return p.b.String()
}

// zoneOf says in which zone WHEN is read, where that is not the reader's.
func zoneOf(list []control.Planned) string {
	for _, s := range list {
		if s.Zone != "" && s.Zone != "Local" {
			return ", but WHEN in " + s.Zone
		}
	}
	return ""
}

func scheduleName(st control.Status, s control.Planned) string {
	return nameCell(st, control.Node{Name: s.Node})
}

func nextTime(s control.Planned, now time.Time) string {
	if s.Next.IsZero() {
		return "-"
	}
	return s.Next.In(now.Location()).Format("01-02 15:04")
}

func lastOutcome(o *control.Outcome, now time.Time) string {
	if o == nil {
		return "-"
	}
	text := o.Time.In(now.Location()).Format("01-02 15:04") + " " + o.Result
	if o.Why != "" {
		text += ", because " + o.Why
	}
	return text + bracket(o.Code)
}
