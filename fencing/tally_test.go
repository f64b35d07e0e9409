package fencing

import (
	"errors"
	"testing"
	"time"
)

var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return zero.Add(time.Duration(seconds * float64(time.Second)))
}

func look(seconds float64, out bool) reading {
	return reading{start: at(seconds), end: at(seconds + 0.01), out: out}
}

func lost(seconds float64) reading {
	return reading{start: at(seconds), end: at(seconds + 0.01), err: errors.New("bus")}
}

func TestLineStateIsCautious(t *testing.T) {
	var s lineState
	s.note(look(1, false))
	s.raising()
	if !s.lowUntil.Equal(at(1)) || !s.mayBeUp || s.upFor(at(1.5)) != 500*time.Millisecond {
		t.Errorf("after raising: %+v", s)
	}
	s.note(look(2, true))
	s.note(look(3, true))
	if !s.highSince.Equal(at(2.01)) {
		t.Errorf("high since %s, want the end of the first high reading", s.highSince)
	}
	s.note(lost(4))
	if !s.mayBeUp || s.upFor(at(5)) != 4*time.Second {
		t.Errorf("a failed reading changed what is known: %+v", s)
	}
	s.note(look(6, false))
	if s.mayBeUp || !s.highSince.IsZero() || !s.lowUntil.Equal(at(6)) || s.upFor(at(9)) != 0 {
		t.Errorf("after low: %+v", s)
	}
	if got := s.longest(at(9)); got != 5010*time.Millisecond {
		t.Errorf("longest %s, want 5.01 s: to the end of the low reading", got)
	}
}

func TestLineNeverReadLowMayHaveBeenUpForEver(t *testing.T) {
	s := lineState{mayBeUp: true}
	s.note(look(1, true))
	if s.upFor(at(2)) < time.Hour {
		t.Errorf("up for %s", s.upFor(at(2)))
	}
}

// Each row is a story of readings and what the hold does after the last one.
func TestJudge(t *testing.T) {
	every := func(from, to, step float64, out bool) (rs []reading) {
		for x := from; x <= to; x += step {
			rs = append(rs, look(x, out))
		}
		return rs
	}
	join := func(parts ...[]reading) (rs []reading) {
		for _, p := range parts {
			rs = append(rs, p...)
		}
		return rs
	}
	for name, tt := range map[string]struct {
		readings []reading
		want     move
	}{
		"low at the start":              {every(0, 0, 1, false), raiseIt},
		"first high":                    {join(every(0, 0, 1, false), every(0.25, 0.25, 1, true)), stay},
		"just under 12 s":               {join(every(0, 0, 1, false), every(0.25, 12.25, 0.25, true)), stay},
		"12 s":                          {join(every(0, 0, 1, false), every(0.25, 12.5, 0.25, true)), held},
		"low in the middle":             {join(every(0, 0, 1, false), every(0.25, 6, 0.25, true), every(6.25, 6.25, 1, false)), raiseIt},
		"silence of 0.9 s":              {join(every(0, 0, 1, false), every(0.25, 4, 0.25, true), []reading{lost(4.9)}), stay},
		"silence of 1.1 s at second 4":  {join(every(0, 0, 1, false), every(0.25, 4, 0.25, true), []reading{lost(5.1)}), breakOff},
		"asleep from 4 to 20":           {join(every(0, 0, 1, false), every(0.25, 4, 0.25, true), []reading{look(20, true)}), breakOff},
		"silence from 7.25":             {join(every(0, 0, 1, false), every(0.25, 7.25, 0.25, true), []reading{lost(8.3)}), stay},
		"silence late, then high":       {join(every(0, 0, 1, false), every(0.25, 9, 0.25, true), every(11, 20, 0.25, true)), stay},
		"12 s after a late silence":     {join(every(0, 0, 1, false), every(0.25, 9, 0.25, true), every(11, 23.25, 0.25, true)), held},
		"low after a late silence":      {join(every(0, 0, 1, false), every(0.25, 9, 0.25, true), every(11, 11, 1, false)), raiseIt},
		"low for 28 s":                  {every(0, 28, 0.25, false), tooLong},
		"nothing answers":               {[]reading{lost(0.5), lost(1.1)}, breakOff},
		"no time left after a low":      {join(every(0, 0, 1, false), every(0.25, 9, 0.25, true), every(9.25, 28, 0.25, false)), tooLong},
		"silence early in a second run": {join(every(0, 0, 1, false), every(0.25, 9, 0.25, true), every(9.25, 9.25, 1, false), every(9.5, 12, 0.25, true), []reading{lost(13.1)}), breakOff},
	} {
		t.Run(name, func(t *testing.T) {
			tally, s, got := newTally(1, zero), lineState{lowUntil: zero}, stay
			for i, r := range tt.readings {
				before := s
				s.note(r)
				got = tally.judge(r, tally.note(r), before, 12*time.Second)
				if i < len(tt.readings)-1 && got != stay && got != raiseIt {
					t.Fatalf("move %d already after reading %d at %s", got, i, r.start.Sub(zero))
				}
				if got == raiseIt {
					s.raising()
				}
			}
			if got != tt.want {
				t.Errorf("move %d, want %d", got, tt.want)
			}
		})
	}
}
