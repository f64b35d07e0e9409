package calendar

import "time"

// search bounds the look for the next day: a 29th of February may be eight
// years away (1896 to 1904, 2096 to 2104).
const search = 8*366 + 2

const wildcard = 1 << 63

// Next is the first due time after the given one, to the minute; false if there
// is none. Two different answers never show the same time on the wall.
func (c *Calendar) Next(after time.Time) (time.Time, bool) {
	if c == nil || c.zone == nil {
		return time.Time{}, false
	}
	year, month, day := after.In(c.zone).Date()
	for n := range search {
		// Noon exists on every day on which anything does.
		noon := time.Date(year, month, day+n, 12, 0, 0, 0, c.zone)
		if !c.onDay(noon) {
			continue
		}
		if t, found := c.within(noon, after); found {
			return t, true
		}
	}
	return time.Time{}, false
}

// onDay says whether the calendar has that day at all.
func (c *Calendar) onDay(t time.Time) bool {
	f := &c.fields
	if !has(f.month, int(t.Month())) {
		return false
	}
	date, weekday := has(f.date, t.Day()), has(f.weekday, int(t.Weekday()))
	if f.date&wildcard != 0 || f.weekday&wildcard != 0 {
		return date && weekday
	}
	return date || weekday
}

// within finds the first due minute of that day after the given time.
func (c *Calendar) within(noon, after time.Time) (time.Time, bool) {
	for hour := range 24 {
		if !has(c.fields.hour, hour) {
			continue
		}
		for minute := range 60 {
			if !has(c.fields.minute, minute) {
				continue
			}
			if t, exists := first(noon, hour, minute); exists && t.After(after) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// first is the first instant at which the wall shows that time on that day;
// false if it never does.
func first(day time.Time, hour, minute int) (time.Time, bool) {
	t := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
	if t.Day() != day.Day() || t.Hour() != hour || t.Minute() != minute {
		return time.Time{}, false // the clock is set forward over it
	}
	began, _ := t.ZoneBounds()
	if began.IsZero() {
		return t, true
	}
	_, now := t.Zone()
	_, before := began.Add(-time.Second).Zone()
	if earlier := t.Add(-time.Duration(before-now) * time.Second); earlier.Before(began) && before > now {
		return earlier, true // and set back over it: shown before that already
	}
	return t, true
}

func has(bits uint64, n int) bool { return bits&(1<<n) != 0 }
