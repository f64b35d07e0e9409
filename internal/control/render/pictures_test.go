package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.txt anew; commit only what you understand")

var jst = time.FixedZone("JST", 9*60*60)

// at is a time of day on the day of the pictures.
func at(clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-11-22 "+clock, jst)
	if err != nil {
		panic(err)
	}
	return t
}

const (
	one = "raspberrypi-1"
	two = "raspberrypi-2"
	day = 24 * time.Hour
)

// healthy is the first picture of the operator's page.
func healthy() control.Status {
	began := time.Date(2026, 11, 19, 10, 2, 0, 0, jst)
	return control.Status{
		Cluster: "apache", This: one, Level: control.LevelOK, Serving: one, Since: began, Owner: one, Term: 43,
		Nodes: []control.Node{
			{
				Name: one, State: control.StateOwner, Uplink: "ok", Fenceable: control.Yes, UpSince: began, WokenBy: "poweron",
				Version: "0.1.0", ConfigDigest: "5f0c9d1e2a", BootID: "b-1",
			},
			{
				Name: two, State: control.StateReady, Uplink: "ok", Fenceable: control.Yes, UpSince: at("05:02:11"), WokenBy: "poweron",
				Version: "0.1.0", ConfigDigest: "5f0c9d1e2a", BootID: "b-2", HeardAt: at("14:03:19"),
			},
		},
		Resources: []control.Resource{
			{Name: "httpd-test", On: one, State: "healthy", Since: began},
			{Name: "192.0.2.215/24", On: one, State: "up on eth0", Since: began},
		},
		Wires: []control.Wire{
			{From: one, To: two, Verified: at("09:00:00"), NextTest: at("09:00:00").Add(day)},
			{From: two, To: one, Verified: at("09:00:00"), NextTest: at("09:00:00").Add(day)},
		},
		Last: &control.Entry{Time: at("05:02:11"), Text: two + " came back after its planned reboot"},
		Next: &control.Upcoming{Time: at("03:00:00").Add(day), Text: "planned reboot of " + one},
	}
}

// taken is the pair after two took over from one, which is gone.
func taken(state string) control.Status {
	st := healthy()
	st.This, st.Serving, st.Owner, st.Term = two, two, two, 44
	st.Since = at("14:03:23")
	st.Nodes[0] = control.Node{Name: one, State: state, Fenceable: control.Yes, HeardAt: at("14:03:10")}
	st.Nodes[1].State = control.StateOwner
	for i := range st.Resources {
		st.Resources[i].On, st.Resources[i].Since = two, st.Since
	}
	return st
}

// picture is one golden file: a situation, and when it is looked at.
type picture struct {
	name string
	now  time.Time
	st   func() control.Status
	o    Options
}

var pictures = []picture{
	{"ok", at("14:03:20"), healthy, Options{}},
	{"degraded", at("03:01:12"), degraded, Options{}},
	{"fencing", at("14:03:18").Add(900 * time.Millisecond), fencing, Options{}},
	{"blocked", at("14:15:40"), blocked, Options{}},
	{"waiting", at("14:03:20"), waiting, Options{}},
	{"standby", at("14:03:20"), standby, Options{}},
	{"maintenance", at("14:03:20"), maintenance, Options{}},
	{"one_node_away", at("14:10:00"), away, Options{}},
	{"no_uplink", at("14:03:20"), noUplink, Options{}},
	{"wire_failed", at("14:03:20"), wireFailed, Options{}},
	{"wire_old_and_untested", at("14:03:20"), wireOld, Options{}},
	{"quarantined", at("14:10:00"), quarantined, Options{}},
	{"config_differs", at("14:03:20"), configDiffers, Options{}},
	{"stale", at("14:03:20"), stalled, Options{}},
	{"never_met", at("14:03:20"), neverMet, Options{}},
	{"long", at("03:01:12"), degraded, Options{Long: true}},
	{"long_names", at("14:03:20"), longNames, Options{}},
	{"narrow", at("14:15:40"), blocked, Options{Width: 60}},
}

func degraded() control.Status {
	st := taken(control.StateRebooting)
	st.Level, st.Since = control.LevelDegraded, at("03:00:00")
	st.Headline = []string{two + " serves", one + " is rebooting as planned"}
	st.Waits = []control.Wait{{
		Code: "PEER_REBOOT", For: one, Since: at("03:00:00"), Until: at("03:05:00"), Then: "it is woken",
		Command: "sudo futago wake " + one,
	}}
	st.Nodes[0].HeardAt, st.Nodes[1].UpSince = at("03:00:01"), at("03:00:00").Add(-18*time.Hour)
	st.Nodes[1].HeardAt = time.Time{}
	for i := range st.Resources {
		st.Resources[i].Since = st.Since
	}
	for i := range st.Wires {
		st.Wires[i].Verified, st.Wires[i].NextTest = at("09:00:00").Add(-day), at("09:00:00")
	}
	st.Last = &control.Entry{Time: at("03:00:01"), Text: one + " said that it reboots as planned"}
	st.Next.Time = at("03:00:00").Add(7 * day)
	return st
}

func fencing() control.Status {
	st := taken(control.StateNotHeard)
	st.Level, st.Serving = control.LevelFencing, ""
	st.Headline = []string{"NOBODY SERVES", two + " is cutting " + one}
	began := at("14:03:11").Add(500 * time.Millisecond)
	st.Waits = []control.Wait{{
		Code: "HOLD", For: "the hold", Since: began, LimitSeconds: 12, Note: "confirmed so far", Then: "take over",
		Command: "sudo futago fence release",
	}}
	st.Hold = &control.Hold{Target: one, Since: began, LimitSeconds: 12, Readings: 30, High: 30, NoReturnAfter: 8}
	st.Why = []control.Reason{{
		Time: at("14:03:10"), Text: one + " not heard for 1.0 s; own uplink ok, own lateness 3 ms",
	}}
	st.Prepared = "httpd-test healthy on " + two + "; only the VIP is missing"
	st.Nodes[1].State = control.StateReady
	st.Resources[1].On, st.Resources[1].State = "", "nowhere"
	return st
}

func blocked() control.Status {
	st := taken(control.StateNotHeard)
	st.Level, st.Code, st.Serving = control.LevelBlocked, "FENCE_WIRE_BROKEN", ""
	st.Headline = []string{two + " may not take over"}
	st.Waits = []control.Wait{{
		Code: "FENCE_WIRE_BROKEN", For: one + " or for you", Since: at("14:03:11"), Command: "sudo futago confirm off " + one,
	}}
	st.Why = []control.Reason{
		{Text: "The wire " + two + " -> " + one + " failed its test at 09:00: EXTOUT went high, " + one + " saw nothing."},
		{Text: one + " not heard since {since}. It may be serving.", Since: at("14:03:10")},
	}
	st.Do = &control.Remedy{
		Steps: []string{
			"Go and look. Is " + one + " without power? If not, unplug it.",
			"sudo futago confirm off " + one,
		},
		Never: "step 2 before step 1: two nodes would hold 192.0.2.215.",
		Then:  "mend the harness (CN5 -> CN4) and: sudo futago fence test",
	}
	st.Nodes[0].Fenceable, st.Nodes[0].FenceableWhy = control.No, "the wire to it failed its test"
	st.Nodes[1].State = control.StateWaiting
	st.Resources[0].On, st.Resources[0].State = "", "unknown"
	st.Resources[1].On, st.Resources[1].State = "", "unknown"
	st.Wires[1] = control.Wire{
		From: two, To: one, Verified: at("09:00:00").Add(-day), FailedAt: at("09:00:00"),
		Fault: "EXTOUT went high, " + one + " saw nothing",
	}
	return st
}

func waiting() control.Status {
	st := healthy()
	st.Level, st.Serving, st.Owner, st.Since, st.Term = control.LevelWaiting, "", "", time.Time{}, 0
	st.Headline = []string{"nobody serves yet", one + " looks for " + two}
	st.Waits = []control.Wait{{
		Code: "START_WAIT", For: two, Since: at("14:03:00"), Until: at("14:04:00"), Then: two + " is cut",
		Command: "sudo futago confirm off " + two,
	}}
	st.Nodes[0].State = control.StateWaiting
	st.Nodes[1] = control.Node{Name: two, State: control.StateNotHeard, Fenceable: control.Unknown, FenceableWhy: "never heard in this boot"}
	st.Resources[0].On, st.Resources[0].State, st.Resources[0].Since = "", "stopped", time.Time{}
	st.Resources[1].On, st.Resources[1].State, st.Resources[1].Since = "", "down", time.Time{}
	st.Last = nil
	return st
}

func standby() control.Status {
	st := healthy()
	st.Level = control.LevelDegraded
	st.Headline = []string{one + " serves", two + " is in standby"}
	st.Waits = []control.Wait{{Code: "STANDBY", For: "you", Since: at("12:00:00"), Then: two + " is ready again", Command: "sudo futago unstandby " + two}}
	st.Nodes[1].State = control.StateStandby
	return st
}

func maintenance() control.Status {
	st := healthy()
	st.Level = control.LevelDegraded
	st.Headline = []string{one + " serves", "maintenance, nothing is moved or cut"}
	st.Maintenance = &control.Maintenance{Since: at("14:00:00"), Until: at("16:00:00"), By: "root"}
	st.Waits = []control.Wait{{
		Code: "MAINTENANCE", For: "you", Since: at("14:00:00"), Until: at("16:00:00"), Then: "futago acts again",
		Command: "sudo futago maintenance off",
	}}
	return st
}

func away() control.Status {
	st := taken(control.StateNotHeard)
	st.Level = control.LevelDegraded
	st.Headline = []string{two + " serves", one + " was fenced at 14:03:23 and has not come back"}
	st.Waits = []control.Wait{{
		Code: "PEER_AWAY", For: one, Since: at("14:03:23"), Until: at("14:12:00"), Then: "it is woken again",
		Command: "sudo futago wake " + one,
	}}
	return st
}

func noUplink() control.Status {
	st := healthy()
	st.Level = control.LevelDegraded
	st.Headline = []string{one + " serves", two + " has no uplink"}
	st.Waits = []control.Wait{{Code: "UPLINK", For: "carrier on eth0 of " + two, Since: at("14:00:00"), Command: "plug the cable of " + two + " in"}}
	st.Nodes[1].State, st.Nodes[1].Uplink = control.StateWaiting, "no carrier"
	return st
}

func wireFailed() control.Status {
	st := healthy()
	st.Level, st.Code = control.LevelDegraded, "FENCE_WIRE_BROKEN"
	st.Headline = []string{one + " serves", one + " could not be cut"}
	st.Waits = []control.Wait{{Code: "FENCE_WIRE_BROKEN", For: "you", Since: at("09:00:00"), Command: "sudo futago fence test"}}
	st.Do = &control.Remedy{Steps: []string{"mend the harness (CN5 -> CN4) and: sudo futago fence test"}}
	st.Nodes[0].Fenceable, st.Nodes[0].FenceableWhy = control.No, "the wire "+two+" -> "+one+" failed its test"
	st.Wires[1].FailedAt, st.Wires[1].Fault = at("09:00:00"), "EXTOUT went high, "+one+" saw nothing"
	return st
}

func wireOld() control.Status {
	st := healthy()
	st.Level, st.Code = control.LevelDegraded, "FENCE_WIRE_OLD"
	st.Wires[0].Verified = at("09:00:00").Add(-3 * day)
	st.Wires[1].Verified = time.Time{}
	return st
}

func quarantined() control.Status {
	st := taken(control.StateQuarantined)
	st.Level, st.Code = control.LevelDegraded, "QUARANTINE"
	st.Headline = []string{two + " serves", one + " was fenced 3 times in 30 min"}
	st.Waits = []control.Wait{{Code: "QUARANTINE", For: "you", Since: at("14:03:23"), Then: one + " may have the service back", Command: "sudo futago clear"}}
	st.Do = &control.Remedy{Steps: []string{"Find out why " + one + " fails.", "sudo futago clear"}}
	return st
}

func configDiffers() control.Status {
	st := healthy()
	st.Level, st.Code = control.LevelDegraded, "CONFIG_DIFFERS"
	st.Nodes[1].ConfigDigest, st.Nodes[1].Version = "c0ffee00aa", "0.2.0"
	return st
}

func stalled() control.Status {
	st := healthy()
	st.AgeSeconds = 95
	return st
}

func neverMet() control.Status {
	return control.Status{Cluster: "apache", This: one, Level: control.LevelWaiting}
}

func longNames() control.Status {
	st := healthy()
	rename := strings.NewReplacer(one, "the-first-raspberry-pi-in-the-left-cabinet", two, "the-second-raspberry-pi-in-the-right-cabinet")
	st.This, st.Serving = rename.Replace(st.This), rename.Replace(st.Serving)
	for i := range st.Nodes {
		st.Nodes[i].Name, st.Nodes[i].WokenBy = rename.Replace(st.Nodes[i].Name), "restoration"
	}
	for i := range st.Resources {
		st.Resources[i].On = rename.Replace(st.Resources[i].On)
	}
	st.Resources[1].Name = "2001:db8:1234:5678:9abc:def0:1234:5678/64"
	for i, w := range st.Wires {
		st.Wires[i].From, st.Wires[i].To = rename.Replace(w.From), rename.Replace(w.To)
	}
	return st
}

func TestPictures(t *testing.T) {
	for _, c := range pictures {
		t.Run(c.name, func(t *testing.T) {
			if c.o.Width == 0 {
				c.o.Width = 80
			}
			got := Status(c.st(), c.now, c.o)
			golden(t, c.name, got)
			decent(t, got, c.o.Width)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// decent checks what holds for every drawing.
func decent(t *testing.T, text string, width int) {
	t.Helper()
	if !strings.HasSuffix(text, "\n") {
		t.Error("last line is not ended")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > width {
			t.Errorf("%d columns, at most %d: %q", len(line), width, line)
		}
		if line != strings.TrimRight(line, " ") || line != ascii(line) {
			t.Errorf("trailing blanks or no ASCII: %q", line)
		}
	}
}
