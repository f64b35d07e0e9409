package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/explain"
	"github.com/futago-ha/futago/internal/inputs"
)

// which names one entry of a history: exactly one of its fields is set, or none
// for the last decision that matters.
type which struct {
	last int // 1 is the last
	code string
	near time.Time
}

var codeShape = regexp.MustCompile(`^[A-Z][A-Z_]+$`)

// clocks are the ways to write a time, with what they leave open.
var clocks = []struct {
	layout string
	day    bool // it names the day
	year   bool // and the year
}{
	{"15:04:05", false, false},
	{"15:04", false, false},
	{"01-02 15:04:05", true, false},
	{"01-02 15:04", true, false},
	{"2006-01-02 15:04:05", true, true},
	{"2006-01-02 15:04", true, true},
	{time.RFC3339, true, true},
}

// parseWhich reads what was typed; a time without its day is within the last 24
// hours before now, in now's zone.
func parseWhich(text string, now time.Time) (which, error) {
	if text == "" {
		return which{}, nil
	}
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > control.HistoryMax {
			return which{}, fmt.Errorf("explain: %d: allowed are 1 to %d", n, control.HistoryMax)
		}
		return which{last: n}, nil
	}
	if codeShape.MatchString(text) {
		return which{code: text}, nil
	}
	for _, c := range clocks {
		t, err := time.ParseInLocation(c.layout, text, now.Location())
		if err != nil {
			continue
		}
		return which{near: complete(t, c.day, c.year, now)}, nil
	}
	return which{}, fmt.Errorf("explain: %.40q is no number, no time such as 14:03:10 or 2026-11-23 14:03:10, and no code such as FENCED", text)
}

// complete fills in the day, or the year, so that the time is the last such one.
func complete(t time.Time, day, year bool, now time.Time) time.Time {
	switch {
	case year:
		return t
	case day:
		t = t.AddDate(now.Year()-t.Year(), 0, 0)
		if t.After(now) {
			t = t.AddDate(-1, 0, 0)
		}
		return t
	}
	t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
	if t.After(now) {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

// choose takes the decision that is meant, of a list that is oldest first.
func (w which) choose(list []explain.Decision) (explain.Decision, error) {
	if len(list) == 0 {
		return explain.Decision{}, hinted{err: errors.New("nothing has happened yet"), do: "futago status"}
	}
	if !w.near.IsZero() {
		return slices.MinFunc(list, func(a, b explain.Decision) int {
			return int(a.Time.Sub(w.near).Abs() - b.Time.Sub(w.near).Abs())
		}), nil
	}
	if w.last > 0 {
		if w.last > len(list) {
			return explain.Decision{}, hinted{err: fmt.Errorf("there are only %d entries", len(list)), do: "futago history"}
		}
		return list[len(list)-w.last], nil
	}
	for _, d := range slices.Backward(list) {
		if d.Code == w.code || w.code == "" && inputs.Notable(d.Code) {
			return d, nil
		}
	}
	what := "decision that matters"
	if w.code != "" {
		what = w.code
	}
	return explain.Decision{}, hinted{err: fmt.Errorf("there is no %s among the last %d entries", what, len(list)), do: "futago history"}
}
