package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netresearch/go-cron"
)

// Calendar is a set of minutes. The zero value, and one without a zone, is
// never due.
type Calendar struct {
	cron   string
	fields fields
	zone   *time.Location
}

// fields are sets of numbers, bit n for n; bit 63 marks a field that begins with
// a star.
type fields struct{ minute, hour, date, month, weekday uint64 }

// parser takes the five fields of crontab(5), no seconds, no years, no @names.
// Where day of month and day of week are both restricted, either will do; what
// counts as restricted is not left to it, see starred.
var parser = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom)

// Parse reads five fields: minute, hour, day of month, month, day of week. What
// could never be due, such as the 30th of February, is an error.
func Parse(text string, zone *time.Location) (*Calendar, error) {
	if strings.ContainsAny(text, "=@") {
		return nil, errors.New("want five fields: minute, hour, day of month, month, day of week")
	}
	schedule, err := parser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse five fields of cron: %w", err)
	}
	s, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("parse five fields of cron: got a %T", schedule)
	}
	words := strings.Fields(text)
	set := fields{minute: s.Minute, hour: s.Hour, date: starred(s.Dom, words[2]), month: s.Month, weekday: starred(s.Dow, words[4])}
	c := &Calendar{cron: strings.Join(words, " "), fields: set, zone: zone}
	anyZone := Calendar{fields: set, zone: time.UTC}
	if _, ever := anyZone.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ever {
		return nil, errors.New("no such day comes within eight years")
	}
	return c, nil
}

// starred marks the set of a field that begins with a star, as Debian's cron does:
// by the first character alone. So "*/2" is no restriction where days of month and
// of week are joined, and both must match; "1,*" is one.
func starred(set uint64, field string) uint64 {
	set &^= wildcard
	if field[0] == '*' || field[0] == '?' { // the parser's other word for it
		set |= wildcard
	}
	return set
}

// String is the five fields and the zone's name.
func (c *Calendar) String() string {
	if c == nil {
		return ""
	}
	if c.zone == nil {
		return c.cron
	}
	return c.cron + " " + c.zone.String()
}

// Cron is the five fields, with single spaces.
func (c *Calendar) Cron() string {
	if c == nil {
		return ""
	}
	return c.cron
}

// Zone is the name of the time zone, "Local" for the machine's own.
func (c *Calendar) Zone() string {
	if c == nil {
		return ""
	}
	return c.zone.String()
}

// Equal says that both name the same minutes, in zones of the same name.
func (c *Calendar) Equal(other *Calendar) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c.fields == other.fields && c.zone.String() == other.zone.String()
}

// MarshalText writes the fields and the zone's name, for a record of what was
// configured.
func (c *Calendar) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
