package render

import (
	"fmt"
	"time"
)

// yearish is from where on a date without its year misleads.
const yearish = 300 * 24 * time.Hour

// stamp is a past or present time: to the second today, to the minute on other days.
func stamp(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case sameDay(t, now):
		return t.Format("15:04:05")
	case now.Sub(t).Abs() > yearish:
		return t.Format("2006-01-02")
	default:
		return t.Format("01-02 15:04")
	}
}

// appointment is a future time to the minute.
func appointment(t, now time.Time) string {
	if t = t.In(now.Location()); sameDay(t, now) {
		return t.Format("15:04")
	}
	return stamp(t, now)
}

// hour is a time less than a day away, for which the date says nothing.
func hour(t, now time.Time) string {
	if t.Sub(now).Abs() < 24*time.Hour {
		return t.In(now.Location()).Format("15:04")
	}
	return appointment(t, now)
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// span is a length of time in its two greatest units: "3d 4h", "9h 1m", "3m 48s", "12s".
func span(d time.Duration) string {
	d = max(0, d).Truncate(time.Second)
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	minutes, seconds := int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm %ds", minutes, seconds)
	default:
		return fmt.Sprintf("%ds", seconds)
	}
}

// ago is a length of time in its greatest unit, for where it is only a hint: "5h".
func ago(d time.Duration) string {
	d = max(0, d)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	case d >= time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d >= time.Minute:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	default:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
}

// spoken is ago for use in a sentence: "12 min".
func spoken(d time.Duration) string {
	d = max(0, d)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	case d >= time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d >= time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	default:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
}

// since is span up to now; "-" when the time is not known.
func since(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return span(now.Sub(t))
}
