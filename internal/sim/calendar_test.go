package sim

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// calendarWorld is a pair without faults in which the nodes reboot every ten
// minutes, five after each other: a day, with the nights left out.
func calendarWorld(t *testing.T) *world {
	t.Helper()
	w := plainWorld(Shipped, Shipped)
	w.planning = planning{}
	for i, text := range []string{"*/10 * * * *", "5-59/10 * * * *"} {
		n := w.nodes[i]
		n.cfg.Calendar, n.cfg.MinUptime = mustParse(text), time.Minute
		n.cfg.Failback, n.cfg.FailbackDelay = true, 30*time.Second
		n.cfg.StartWait, n.cfg.BackWithin, n.cfg.StopTimeout = 60*time.Second, 5*time.Minute, 30*time.Second
	}
	if !w.await(3*time.Minute, 20*time.Second, w.ready) {
		t.Fatalf("not ready; waits %v, violations %v", w.waits(), w.check.found)
	}
	w.run(2 * time.Minute) // a while after the one and before the other
	return w
}

// kept is what a node keeps on disk, but for what counts up by nature: the
// terms, the boots and the times.
func kept(t *testing.T, n *node) string {
	t.Helper()
	d := n.disk
	d.Boot, d.TermBoot, d.Judged, d.PeerBoot, d.RebootBoot, d.PeerLeftIn = "", "", "", "", "", ""
	d.Term, d.Released, d.RebootFired = 0, 0, time.Time{}
	d.Reboot.At, d.PeerReboot.At, d.Wire.At, d.PeerWire.At = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	for i := range d.PeerBoots {
		d.PeerBoots[i] = "boot"
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestThousandPlannedReboots: after each, both nodes are as they were: one has
// the address and runs the containers, no line is up, nothing is waited for,
// no mark is left; and the disk keeps no more than after the tenth.
func TestThousandPlannedReboots(t *testing.T) {
	w := calendarWorld(t)
	var tenth [2]string
	const pairs = 500
	for i := range pairs {
		boots := [2]int{w.nodes[0].boots, w.nodes[1].boots}
		w.run(w.now + 10*time.Minute)
		for j, n := range w.nodes {
			if n.boots != boots[j]+1 {
				t.Fatalf("round %d: %s booted %d times, want once; its last: %+v", i, nodeName(j), n.boots-boots[j], n.disk.Reboot)
			}
			if want := j == w.prof.prefer; n.vip != want || n.engine.excl != want || n.engine.ovl != want || n.extin() || n.disk.Standby || n.disk.Maint {
				t.Fatalf("round %d: %s: vip %t, exclusive %t, overlapping %t, extin %t, standby %t, maintenance %t", i, nodeName(j), n.vip, n.engine.excl, n.engine.ovl, n.extin(), n.disk.Standby, n.disk.Maint)
			}
			if n.disk.Reboot.Result != scheduler.RebootDone || n.disk.PeerReboot.Result != scheduler.RebootDone {
				t.Fatalf("round %d: %s: %+v, the other %+v", i, nodeName(j), n.disk.Reboot, n.disk.PeerReboot)
			}
			switch now := kept(t, n); {
			case i == 10:
				tenth[j] = now
			case i > 10 && now != tenth[j]:
				t.Fatalf("round %d: the disk of %s holds\n%s\nafter the tenth it held\n%s", i, nodeName(j), now, tenth[j])
			}
		}
		if waits := w.waits(); len(waits) > 0 || len(w.check.found) > 0 {
			t.Fatalf("round %d: waits %v, violations %v", i, waits, w.check.found)
		}
	}
	if w.nodes[0].boots != pairs+1 {
		t.Errorf("%d boots in all", w.nodes[0].boots)
	}
}

// TestPlannedChecksCatch proves the checks: a node that goes into the other
// one's reboot, a time that fires twice, and one on an unsynchronised clock.
func TestPlannedChecksCatch(t *testing.T) {
	due := func(at time.Time) scheduler.Persist {
		return scheduler.Persist{Disk: scheduler.Disk{Reboot: scheduler.Outcome{At: at, Result: scheduler.RebootDue}}}
	}
	at := wallOrigin.Add(time.Minute)
	started := scheduler.Persist{Disk: scheduler.Disk{RebootFired: at, Reboot: scheduler.Outcome{At: at, Result: scheduler.RebootStarted}}}
	for name, c := range map[string]struct {
		a, b *script
		then func(w *world)
		want string
	}{
		"into each other": {
			a:    (&script{}).do(29*time.Second, started).do(30*time.Second, scheduler.Reboot{}),
			b:    (&script{}).do(29*time.Second, started).do(30*time.Second, scheduler.Reboot{}),
			want: "R2",
		},
		"twice": {
			a:    (&script{}).do(30*time.Second, due(at)).do(31*time.Second, scheduler.Persist{}).do(32*time.Second, due(at)),
			b:    &script{},
			want: "R1",
		},
		"unsynchronised": {
			a:    (&script{}).do(30*time.Second, due(at)),
			b:    &script{},
			then: func(w *world) { w.nodes[0].wallClock.unsynced = true },
			want: "R1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := plainWorld(plays(func() *script { return c.a }), plays(func() *script { return c.b }))
			if c.then != nil {
				c.then(w)
			}
			rules := broken(w, time.Minute)
			if len(rules) != 1 || rules[0] != c.want {
				t.Errorf("found %v, want %s", rules, c.want)
			}
		})
	}
}
