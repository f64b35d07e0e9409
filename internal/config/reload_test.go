package config

import (
	"slices"
	"testing"
	"time"
)

// TestReload: what a running daemon can take over is taken, all the rest keeps
// its value and is named.
func TestReload(t *testing.T) {
	const device = `device = "sleepi3"`
	old := mustParse(t, good(t))
	for name, c := range map[string]struct {
		changes        []string
		taken, restart []string
	}{
		"nothing":             {nil, nil, nil},
		"comments":            {[]string{device, device + " # the board"}, nil, nil},
		"a default, in words": {[]string{device, device + "\nhold = \"12000ms\""}, nil, nil},
		"the calendar": {
			[]string{device, device + "\n[reboot]\nraspberrypi-2 = \"0 4 * * *\"\nmin_uptime = \"2h\""},
			[]string{"reboot.min_uptime", "reboot.raspberrypi-2"},
			nil,
		},
		"failback": {
			[]string{"[service]", "[service]\nfailback_delay = \"5m\"", `failback  = "auto"`, `failback  = "never"`},
			[]string{"reboot.failback_delay", "service.failback", "service.failback_delay"},
			nil,
		},
		"waits": {
			[]string{device, device + "\nextin_wait = \"never\"\nstart_wait = \"2m\""},
			[]string{"fence.extin_wait", "fence.start_wait"},
			nil,
		},
		"what parts were built from": {
			[]string{`"192.0.2.215/24"`, `"192.0.2.216/24"`, "overlap = true", "overlap = false", device, device + "\nhold = \"13s\"\nstart_wait = \"2m\""},
			[]string{"fence.start_wait"},
			[]string{"fence.hold", "service.container[1].overlap", "service.vip.address"},
		},
		"a second container": {
			[]string{"[service.vip]", "[[service.container]]\nname = \"cache\"\nimage = \"cache\"\n[service.vip]"},
			nil, nil, // judged below
		},
	} {
		t.Run(name, func(t *testing.T) {
			next := mustParse(t, good(t, c.changes...))
			now, taken, restart := old.Reload(next)
			if name == "a second container" {
				if len(taken) != 0 || !slices.Contains(restart, "service.container[2].name") || len(now.Service.Containers) != 1 {
					t.Errorf("taken %v, restart %v, containers %v", taken, restart, now.Service.Containers)
				}
				return
			}
			if !slices.Equal(taken, c.taken) || !slices.Equal(restart, c.restart) {
				t.Errorf("taken %v, want %v; restart %v, want %v", taken, c.taken, restart, c.restart)
			}
			if same := now.Digest() == next.Digest(); same != (len(restart) == 0) {
				t.Errorf("the digest is the file's: %t, with %v waiting for a restart", same, restart)
			}
			if _, again, _ := now.Reload(next); len(again) != 0 {
				t.Errorf("taken twice: %v", again)
			}
		})
	}
	if now, _, _ := old.Reload(mustParse(t, good(t, device, device+"\nstart_wait = \"2m\""))); now.Fence.StartWait != 2*time.Minute || old.Fence.StartWait != time.Minute {
		t.Error("the value did not follow its key, or the old configuration was changed")
	}
}

// TestReloadOfOtherNodes: while the nodes keep their places until a restart, so do
// their calendars.
func TestReloadOfOtherNodes(t *testing.T) {
	const (
		device = `device = "sleepi3"`
		plans  = device + "\n[reboot]\nraspberrypi-1 = \"0 3 * * *\"\nraspberrypi-2 = \"0 4 * * *\""
	)
	old := mustParse(t, good(t, device, plans))
	next := mustParse(t, good(t, device, plans+"\nmin_uptime = \"2h\"",
		`name = "raspberrypi-2"`, `name = "raspberrypi-3"`, `name = "raspberrypi-1"`, `name = "raspberrypi-2"`, `name = "raspberrypi-3"`, `name = "raspberrypi-1"`))
	now, taken, restart := old.Reload(next)
	if got := now.Reboot.Calendars[0].Cron(); got != "0 3 * * *" || now.Reboot.MinUptime != old.Reboot.MinUptime {
		t.Errorf("the first node reboots at %q", got)
	}
	if len(taken) != 0 || !slices.Contains(restart, "node[1].name") || !slices.Contains(restart, "reboot.min_uptime") {
		t.Errorf("taken %v, restart %v", taken, restart)
	}
}

// TestLiveKeysExist: a key that was renamed would never be taken over again.
func TestLiveKeysExist(t *testing.T) {
	c := mustParse(t, good(t))
	for _, l := range live {
		found := false
		for key := range c.written {
			found = found || isLive(key) && (key == l || len(key) > len(l) && key[:len(l)] == l)
		}
		if !found {
			t.Errorf("there is no key %s", l)
		}
	}
}
