package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/netresearch/go-cron"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustParse(t testing.TB, text string, loc *time.Location) *Calendar {
	t.Helper()
	c, err := Parse(text, loc)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

// TestNext walks through the days on which clocks are changed, and others.
func TestNext(t *testing.T) {
	const layout = "2006-01-02 15:04 -0700"
	for _, c := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"daily", "0 3 * * *", "Asia/Tokyo", "2026-11-23 02:59 +0900", []string{"2026-11-23 03:00 +0900", "2026-11-24 03:00 +0900"}},
		{"at the time itself it is over", "0 3 * * *", "Asia/Tokyo", "2026-11-23 03:00 +0900", []string{"2026-11-24 03:00 +0900"}},
		{"the zone counts, not the caller's", "0 3 * * *", "Asia/Tokyo", "2026-11-22 17:59 +0000", []string{"2026-11-23 03:00 +0900"}},
		{"a skipped time does not exist", "30 2 * * *", "Europe/Berlin", "2026-03-28 02:30 +0100", []string{"2026-03-30 02:30 +0200"}},
		{"around the skipped hour", "30 * * * *", "Europe/Berlin", "2026-03-29 01:00 +0100", []string{"2026-03-29 01:30 +0100", "2026-03-29 03:30 +0200"}},
		{"a doubled time is due once, the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24 12:00 +0200", []string{"2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"}},
		{"asked between the two, it is over", "30 2 * * *", "Europe/Berlin", "2026-10-25 02:10 +0100", []string{"2026-10-26 02:30 +0100"}},
		{"around the doubled hour", "0 * * * *", "Europe/Berlin", "2026-10-25 01:30 +0200", []string{"2026-10-25 02:00 +0200", "2026-10-25 03:00 +0100"}},
		{"half an hour doubled", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00 +1100", []string{"2026-04-05 01:45 +1100", "2026-04-06 01:45 +1030"}},
		{"midnight that does not exist", "0 0 * * *", "America/Sao_Paulo", "2018-11-03 12:00 -0300", []string{"2018-11-05 00:00 -0200"}},
		{"midnight shown twice the day before", "30 23 * * *", "America/Sao_Paulo", "2018-02-17 12:00 -0200", []string{"2018-02-17 23:30 -0200", "2018-02-18 23:30 -0300"}},
		{"a day that was left out", "0 12 * * *", "Pacific/Apia", "2011-12-29 13:00 -1000", []string{"2011-12-31 12:00 +1400"}},
		{"leap day", "0 3 29 2 *", "UTC", "2096-02-29 03:00 +0000", []string{"2104-02-29 03:00 +0000"}},
		{"date or weekday", "0 3 1 * mon", "UTC", "2026-11-28 00:00 +0000", []string{"2026-11-30 03:00 +0000", "2026-12-01 03:00 +0000", "2026-12-07 03:00 +0000"}},
		// Rows of a real crontab, tried with Debian's cron 3.0pl1-162 on Saturday the 28th of November 2026.
		{"every other date, and a weekday", "0 3 */2 * sat", "UTC", "2026-11-28 00:00 +0000", []string{"2026-12-05 03:00 +0000", "2026-12-19 03:00 +0000"}},
		{"the same without a star: or", "0 3 1-31/2 * sat", "UTC", "2026-11-28 00:00 +0000", []string{"2026-11-28 03:00 +0000", "2026-11-29 03:00 +0000", "2026-12-01 03:00 +0000"}},
		{"a date, and every fourth weekday", "0 3 28 * */4", "UTC", "2026-11-28 00:00 +0000", []string{"2027-01-28 03:00 +0000", "2027-02-28 03:00 +0000"}},
		{"that without a star: or", "0 3 28 * 0-7/4", "UTC", "2026-11-28 00:00 +0000", []string{"2026-11-28 03:00 +0000", "2026-11-29 03:00 +0000"}},
		{"a list that begins with a star: and", "0 3 *,1 * mon", "UTC", "2026-11-28 00:00 +0000", []string{"2026-11-30 03:00 +0000"}},
		{"a list that has one later: or", "0 3 1,* * mon", "UTC", "2026-11-28 00:00 +0000", []string{"2026-11-28 03:00 +0000"}},
		{"Sunday is 0 and 7", "0 3 * * 7", "UTC", "2026-11-23 00:00 +0000", []string{"2026-11-29 03:00 +0000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			calendar := mustParse(t, c.cron, zone(t, c.zone))
			at, err := time.Parse(layout, c.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				next, ok := calendar.Next(at)
				if got := next.Format(layout); !ok || got != want {
					t.Fatalf("after %s: %s, want %s", at.Format(layout), got, want)
				}
				at = next
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		"", "0 3 * *", "0 3 * * * *", "0 24 * * *", "60 3 * * *", "@daily", "TZ=UTC 0 3 * * *", "CRON_TZ=UTC 0 3 * * *",
		"0 3 30 2 *", "0 3 L * *", "0 3 * * fri#1", "H 3 * * *", ", 3 * * *", "0 3 0 * *", "*/0 3 * * *", "0 3 * * * 2026",
	} {
		if c, err := Parse(text, time.UTC); err == nil {
			t.Errorf("%q was taken as %s", text, c)
		}
	}
}

// TestAgreesWithTheLibrary compares with the library's own search where clocks
// are never changed, so that there is one answer only. A star with a step, joined
// to another restriction, is left out: it takes that for a restriction.
func TestAgreesWithTheLibrary(t *testing.T) {
	for _, text := range []string{
		"0 3 * * *", "*/7 * * * *", "5,35 1-4 * * *", "0 0 1 * *", "0 3 * * 1-5", "0 3 13 * 5", "15 14 1 */2 *", "0 22-2 * * *",
		"0 4 * jan,jul sun", "59 23 31 12 *", "0 3 */2 * *", "0 3 1-7 * 1-6/2", "0 0 29 2 *",
	} {
		ours := mustParse(t, text, time.UTC)
		theirs, err := cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom).Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 31, 22, 58, 1, 0, time.UTC)
		for range 200 {
			got, ok := ours.Next(at)
			want := theirs.Next(at)
			if !ok || !got.Equal(want) {
				t.Fatalf("%q after %s: %s, the library says %s", text, at, got, want)
			}
			at = got
			if text == "0 0 29 2 *" && at.Year() > 2080 {
				break // the library looks five years ahead only
			}
		}
	}
}

func FuzzNextIsLaterAndMatches(f *testing.F) {
	f.Add("30 2 * * *", int64(1_793_000_000))
	f.Add("0 0 1 1 *", int64(-1))
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		c, err := Parse(text, berlin)
		if err != nil {
			return
		}
		after := time.Unix(unix%4_000_000_000, 0)
		next, ok := c.Next(after)
		if !ok {
			return
		}
		again, _ := c.Next(next.Add(-time.Second))
		if !next.After(after) || next.Second() != 0 || !again.Equal(next) || next.Location() != berlin {
			t.Errorf("%q after %s: %s, and %s", text, after, next, again)
		}
	})
}

func TestEqualAndWritten(t *testing.T) {
	type record struct{ C *Calendar }
	c := mustParse(t, " 0  3 * * mon ", zone(t, "Asia/Tokyo"))
	data, err := json.Marshal(record{c})
	if err != nil || string(data) != `{"C":"0 3 * * mon Asia/Tokyo"}` {
		t.Errorf("%s, %v", data, err)
	}
	if !c.Equal(mustParse(t, "0 3 * * 1", zone(t, "Asia/Tokyo"))) || c.Equal(mustParse(t, "0 3 * * 1", time.UTC)) || c.Cron() != "0 3 * * mon" || c.Zone() != "Asia/Tokyo" {
		t.Error("equal calendars are told apart, or different ones are not")
	}
	var none *Calendar
	for _, never := range []*Calendar{none, {}} {
		if _, due := never.Next(time.Now()); due || never.Cron() != "" {
			t.Errorf("%v is due, or named", never)
		}
	}
	if none.String() != "" || none.Zone() != "" || !none.Equal(nil) || none.Equal(c) || c.Equal(none) {
		t.Error("no calendar is named, or equals one")
	}
}
