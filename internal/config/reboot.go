package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/futago-ha/futago/scheduler/calendar"
)

// readReboot reads [reboot]. Beside its own keys it has one named like each node; its own have an underscore, which no
// host name has.
func readReboot(s *section, nodes [2]Node, failbackDelay time.Duration) Reboot {
	r := Reboot{MinUptime: time.Hour, BackWithin: 5 * time.Minute, FailbackDelay: failbackDelay}
	zone := time.Local
	optional(s, "time_zone", &zone, timeZone)
	for i, n := range nodes {
		if n.Name != "" {
			optional(s, n.Name, &r.Calendars[i], cronFields(zone))
		}
	}
	optional(s, "min_uptime", &r.MinUptime, duration(0, 30*24*time.Hour))
	optional(s, "back_within", &r.BackWithin, duration(30*time.Second, time.Hour))
	optional(s, "failback_delay", &r.FailbackDelay, duration(time.Second, 24*time.Hour))
	s.close()
	if r.Calendars[1] != nil && r.Calendars[1].Equal(r.Calendars[0]) {
		s.fail(nodes[1].Name, "has the same times as "+nodes[0].Name+", and one of two nodes that reboot at once is always skipped",
			"times of its own for each node")
	}
	return r
}

// timeZone is a zone of the machine's database; the machine's own is the default and has no name here.
var timeZone = text(`a name from /usr/share/zoneinfo (package tzdata), such as "Asia/Tokyo"`, func(s string) (*time.Location, error) {
	zone, err := time.LoadLocation(s)
	if err != nil || s == "" || zone == time.Local {
		return nil, fmt.Errorf("is %s, which this machine does not know", describe(s))
	}
	return zone, nil
})

// cronFields is the five fields of crontab(5), read in that zone.
func cronFields(zone *time.Location) kind[*calendar.Calendar] {
	const allowed = `five fields of cron: minute, hour, day of month, month, day of week, as in "0 3 * * *"`
	return text(allowed, func(s string) (*calendar.Calendar, error) {
		c, err := calendar.Parse(s, zone)
		if err != nil {
			return nil, errors.New("is " + describe(s) + " (" + asciiOnly(err.Error()) + ")")
		}
		return c, nil
	})
}
