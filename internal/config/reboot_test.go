package config

import (
	"testing"
	"time"
)

func TestRebootIsReadAsWritten(t *testing.T) {
	const device = `device = "sleepi3"`
	c := mustParse(t, good(t, device, device+`
[reboot]
raspberrypi-1 = "0 3 * * *"
raspberrypi-2 = "0 4 * * mon-fri"
time_zone = "Asia/Tokyo"
min_uptime = "0s"
back_within = "90s"
failback_delay = "5m"`))
	r := c.Reboot
	if r.Calendars[0].String() != "0 3 * * * Asia/Tokyo" || r.Calendars[1].String() != "0 4 * * mon-fri Asia/Tokyo" {
		t.Errorf("calendars %s and %s", r.Calendars[0], r.Calendars[1])
	}
	if r.MinUptime != 0 || r.BackWithin != 90*time.Second || r.FailbackDelay != 5*time.Minute || c.Service.FailbackDelay != time.Minute {
		t.Errorf("%+v, service %s", r, c.Service.FailbackDelay)
	}
}

// The zone is the machine's where none is named, and the delay the service's.
func TestRebootDefaults(t *testing.T) {
	const device = `device = "sleepi3"`
	c := mustParse(t, good(t, `[service]`, "[service]\nfailback_delay = \"3m\"", device, device+"\n[reboot]\nraspberrypi-2 = \"0 4 * * *\""))
	r := c.Reboot
	if r.Calendars[0] != nil || r.Calendars[1].String() != "0 4 * * * Local" || r.FailbackDelay != 3*time.Minute || r.MinUptime != time.Hour {
		t.Errorf("%+v", r)
	}
	if c.Digest() == mustParse(t, good(t, `[service]`, "[service]\nfailback_delay = \"3m\"")).Digest() {
		t.Error("a calendar made no difference to the digest")
	}
}
