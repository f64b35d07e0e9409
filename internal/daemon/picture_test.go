package daemon

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.txt anew; commit only what you understand")

var jst = time.FixedZone("JST", 9*60*60)

func clock(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05.0", "2026-11-22 "+text, jst)
	if err != nil {
		panic(err)
	}
	return t
}

// situation is a view of the machine at a wall time, as the loop would draw it.
type situation struct {
	d    *Daemon
	wall time.Time
	v    scheduler.View
}

// at is the instant of a wall time.
func (s *situation) at(t time.Time) scheduler.Instant { return s.v.At.Add(-s.wall.Sub(t)) }

func (s *situation) status() control.Status { return s.d.status(s.v, s.wall) }

// well is the pair of the first picture, seen from the node self.
func well(t *testing.T, self int, now time.Time) *situation {
	t.Helper()
	d := newDaemon(t)
	d.opts.Self = self
	began := time.Date(2026, 11, 19, 10, 2, 0, 0, jst)
	node := scheduler.State{
		Known: true, Term: 43, Uplink: true, Fenceable: true, Started: began, Woken: "poweron", Software: "1.0.0", Digest: "d",
		Wire: scheduler.Wire{Result: scheduler.WirePassed, At: clock("09:00:00.0")},
	}
	owner, ready := node, node
	owner.Own, owner.Serving, owner.Healthy, owner.NotReady = 43, true, true, "SERVING"
	ready.Ready, ready.Started = true, clock("05:02:11.0")
	s := &situation{d: d, wall: now, v: scheduler.View{
		At: scheduler.Instant(100 * 24 * time.Hour), Self: one, Peer: two, State: owner, PeerState: ready,
		PeerHeard: true, PeerBoth: true, Watchdog: true, Wire: node.Wire, PeerWire: node.Wire,
	}}
	if self == 1 {
		s.v.Self, s.v.Peer, s.v.State, s.v.PeerState = two, one, ready, owner
	}
	s.v.PeerAt, s.v.OwnSince, s.v.NextTest = s.at(now), s.at(began), s.at(clock("09:00:00.0").Add(24*time.Hour))
	d.peerTerm, d.peerSince = s.v.PeerState.Own, s.at(began)
	d.late = 3 * time.Millisecond
	d.vips.joined.Held[0] = vip.Held{Held: self == 0, Interface: "eth0"}
	d.known.group.State = resources.State{Containers: []resources.ContainerState{{
		Name: "httpd-test", Phase: resources.PhaseHealthy, Running: resources.Yes, Since: began,
	}}}
	d.journal.last = &control.Entry{Time: clock("05:02:11.0"), Text: two + " came back after its planned reboot"}
	return s
}

// lost takes the peer away that was heard last at that time.
func (s *situation) lost(at time.Time) {
	s.v.PeerHeard, s.v.PeerBoth = false, false
	s.v.PeerAt = s.at(at)
	s.v.PeerLost = s.at(at.Add(time.Second))
}

func planned(t *testing.T) *situation {
	s := well(t, 1, clock("03:01:12.0"))
	s.lost(clock("03:00:01.0"))
	s.v.PeerState.Own, s.v.PeerState.Serving, s.v.PeerState.Leaving = 0, false, scheduler.Rebooting
	s.v.State.Own, s.v.State.Term, s.v.State.Serving, s.v.State.Healthy, s.v.State.Ready = 44, 44, true, true, false
	s.v.OwnSince = s.at(clock("03:00:00.0"))
	s.v.Wire.At, s.v.PeerWire.At = s.v.Wire.At.Add(-24*time.Hour), s.v.PeerWire.At.Add(-24*time.Hour)
	s.v.NextTest = s.at(clock("09:00:00.0"))
	s.d.vips.joined.Held[0] = vip.Held{Held: true, Interface: "eth0"}
	s.v.Waits = []scheduler.Wait{{
		Code: scheduler.CodePeerReboot, For: one, Since: s.at(clock("03:00:00.0")), Until: s.at(clock("03:05:00.0")),
		Why: "it reboots as planned", Then: "it is woken",
	}}
	return s
}

func cutting(t *testing.T) *situation {
	s := well(t, 1, clock("14:03:18.9"))
	s.lost(clock("14:03:09.0"))
	began := s.at(clock("14:03:11.5"))
	s.v.Hold = &scheduler.HoldView{
		Why: one + " was not heard for 1.0 s and the own uplink is good", Begun: began, HighSince: began, For: 12 * time.Second,
		Reads: 30, Highs: 30, NoReturnAt: began.Add(8 * time.Second), PreparedFor: true,
	}
	s.v.Waits = []scheduler.Wait{{Code: scheduler.CodeHold, For: "the hold against " + one, Since: began, Why: s.v.Hold.Why}}
	return s
}

func blocked(t *testing.T) *situation {
	s := well(t, 1, clock("14:15:40.0"))
	s.lost(clock("14:03:10.0"))
	s.v.Wire.Result = scheduler.WireFailed
	s.v.Waits = []scheduler.Wait{{
		Code: scheduler.CodeWireBroken, For: one + " or for you", Since: s.at(clock("14:03:11.0")),
		Why: "the line failed its last test", Do: "look at " + one,
	}}
	return s
}

// starting is a node alone, a minute after power came.
func starting(t *testing.T) *situation {
	s := well(t, 0, clock("14:03:20.0"))
	s.lost(time.Time{})
	s.v.PeerAt, s.v.PeerLost, s.v.PeerState, s.v.State.Own, s.v.State.Serving = 0, 0, scheduler.State{}, 0, false
	s.v.State.Ready = true
	s.d.vips.joined.Held[0] = vip.Held{}
	s.d.known.group.State.Containers[0].Phase, s.d.known.group.State.Containers[0].Running = resources.PhaseStopped, resources.No
	s.v.Waits = []scheduler.Wait{{
		Code: scheduler.CodeStartWait, For: two, Since: s.at(clock("14:03:00.0")), Until: s.at(clock("14:04:00.0")),
		Why: "it was not heard since " + one + " started", Then: two + " is cut, and " + one + " takes over",
	}}
	return s
}

func unfenceablePeer(t *testing.T) *situation {
	s := well(t, 0, clock("14:03:20.0"))
	s.v.PeerState.Fenceable, s.v.PeerState.Unarmed, s.v.PeerState.Ready = false, scheduler.CodeBoardSilent, false
	return s
}

// harness is a plug in the wrong socket, seen from the node that is not to mend it.
func harness(t *testing.T) *situation {
	s := well(t, 0, clock("14:03:20.0"))
	s.v.PeerWire.Result, s.v.PeerWire.Fault = scheduler.WireFailed, scheduler.FaultCrossed
	return s
}

// TestEachFaultOfAWireIsNamed: in the table of wires, in the headline, with what
// to do about it.
func TestEachFaultOfAWireIsNamed(t *testing.T) {
	for fault, want := range map[scheduler.WireFault][2]string{
		scheduler.FaultNone:    {"saw nothing", "CN5 of " + one + " -> CN4 of " + two},
		scheduler.FaultOpen:    {"it is cut, or a plug is out", "CN5 of " + one + " -> CN4 of " + two},
		scheduler.FaultCrossed: {"swapped, its plug at " + two + " is in CN5", "put the plug in CN5 of " + two + " into its CN4"},
		scheduler.FaultLooped:  {"looped, its far plug is in CN4 of " + one, "put the plug in CN4 of " + one + " into CN4 of " + two},
		scheduler.FaultShorted: {"shorted, it touches the other line", "part the two lines"},
		scheduler.FaultDead:    {"stuck, or short to ground", "unplug CN5 of " + one},
	} {
		s := well(t, 0, clock("14:03:20.0"))
		s.v.Wire.Result, s.v.Wire.Fault = scheduler.WireFailed, fault
		st := s.status()
		if !strings.Contains(st.Wires[0].Fault, want[0]) || st.Wires[1].Fault != "" {
			t.Errorf("%q: the table says %+v", fault, st.Wires)
		}
		if st.Code != scheduler.CodeWireBroken || st.Do == nil || !strings.Contains(st.Do.Steps[0], want[1]) {
			t.Errorf("%q: code %s, do %+v", fault, st.Code, st.Do)
		}
	}
	s := well(t, 0, clock("14:03:20.0"))
	s.v.Wire.Fault = scheduler.FaultLoose
	if st := s.status(); st.Level != control.LevelOK || !strings.Contains(st.Wires[0].Fault, "a plug is loose") {
		t.Errorf("loose: %s, %+v", st.Level, st.Wires[0])
	}
	s = well(t, 0, clock("14:03:20.0"))
	s.v.Waits = []scheduler.Wait{{Code: scheduler.CodeExtinStuck, For: "EXTIN to fall", Do: "unplug the harness CN5 -> CN4 on " + one}}
	if st := s.status(); !strings.Contains(st.Wires[1].Fault, "stuck high") || st.Wires[0].Fault != "" {
		t.Errorf("stuck: %+v", st.Wires)
	}
}

func standby(t *testing.T) *situation {
	s := well(t, 0, clock("14:03:20.0"))
	s.v.PeerState.Standby, s.v.PeerState.Ready, s.v.PeerState.NotReady = true, false, scheduler.CodeStandby
	return s
}

// TestEveryWeaknessSaysWhy: whatever makes a pair degraded, its status has a code
// that docs/blocked.md explains, words, and a command to begin with.
func TestEveryWeaknessSaysWhy(t *testing.T) {
	guide, err := os.ReadFile("../../docs/blocked.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, weaken := range map[string]func(s *situation){
		"not heard":             func(s *situation) { s.v.PeerHeard = false },
		"left":                  func(s *situation) { s.v.PeerHeard, s.v.PeerLeft = false, scheduler.Leave },
		"fenced":                func(s *situation) { s.v.PeerHeard, s.v.Fenced = false, true },
		"rebooting":             func(s *situation) { s.v.PeerHeard, s.v.PeerState.Leaving = false, scheduler.Rebooting },
		"standby":               func(s *situation) { s.v.State.Standby = true },
		"peer on standby":       func(s *situation) { s.v.PeerState.Standby = true },
		"maintenance":           func(s *situation) { s.v.State.Maint = true },
		"unarmed":               func(s *situation) { s.v.State.Fenceable = false },
		"silent":                func(s *situation) { s.v.State.Fenceable, s.v.State.Unarmed = false, scheduler.CodeBoardSilent },
		"peer unarmed":          func(s *situation) { s.v.PeerState.Fenceable = false },
		"board":                 func(s *situation) { s.v.Lines.Read, s.v.Board.Why = true, "no acknowledge" },
		"configurations":        func(s *situation) { s.v.PeerState.Digest = "e" },
		"wire failed":           func(s *situation) { s.v.Wire.Result = scheduler.WireFailed },
		"wire untested":         func(s *situation) { s.v.Wire.Result = scheduler.WireUntested },
		"peer's wire failed":    func(s *situation) { s.v.PeerWire.Result = scheduler.WireFailed },
		"peer's wire untested":  func(s *situation) { s.v.PeerWire.Result = scheduler.WireUntested },
		"needs a restart":       func(s *situation) { s.d.stale = []string{"fence.hold"} },
		"quarantined":           func(s *situation) { s.v.PeerState.Quarantine = true },
		"peer quarantined":      func(s *situation) { s.v.Quarantined = true },
		"not ready":             func(s *situation) { s.v.PeerState.Ready = false },
		"not ready, with cause": func(s *situation) { s.v.PeerState.Ready, s.v.PeerState.NotReady = false, scheduler.CodeResource },
		"watchdog off":          func(s *situation) { s.d.known.board.Health.Watchdog = fencing.WatchdogOff },
		"watchdog unfed":        func(s *situation) { s.d.known.board.Health.Watchdog = fencing.WatchdogUnfed },
		"peer unwatched":        func(s *situation) { s.v.PeerState.Unwatched = true },
		"monitor":               func(s *situation) { s.d.known.monitor = true },
	} {
		s := well(t, 0, clock("14:03:20.0"))
		weaken(s)
		st := s.status()
		if st.Level != control.LevelDegraded || len(st.Headline) != 2 || !strings.Contains(string(guide), "### "+st.Code+"\n") || st.Do == nil {
			t.Errorf("%s: %s %v [%s], do %+v", name, st.Level, st.Headline, st.Code, st.Do)
		}
		s.v.Waits = []scheduler.Wait{{Code: scheduler.CodeRebootDue, For: "the planned reboot of " + one}}
		if busy := s.status(); busy.Code != st.Code {
			t.Errorf("%s, while something is waited for: code %q, want %q", name, busy.Code, st.Code)
		}
	}
}

// TestPictures draws what an operator sees; ok, degraded, fencing and blocked
// are the pictures of the operator's page.
func TestPictures(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *situation{
		"ok":       func(t *testing.T) *situation { return well(t, 0, clock("14:03:20.0")) },
		"degraded": planned, "fencing": cutting, "blocked": blocked, "waiting": starting,
		"unfenceable": unfenceablePeer, "standby": standby, "harness": harness,
	} {
		t.Run(name, func(t *testing.T) {
			s := make(t)
			got := render.Status(s.status(), s.wall, render.Options{Width: 80})
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
		})
	}
}

// TestBlockedOnlyAfterAWhile: boards and engines are asked in the first seconds.
// TestSinceIsWhatWasSeen: since when a node serves is said where its beginning was seen. A daemon that found it serving does
// not take its own start for that, neither on the server nor on the other node.
func TestSinceIsWhatWasSeen(t *testing.T) {
	s := well(t, 1, clock("09:00:00.0"))
	s.d.peerTerm, s.d.peerSince = 0, 0
	show := func() time.Time { return s.d.status(s.v, s.wall).Since }
	if since := show(); !since.IsZero() {
		t.Errorf("found serving, and shown as serving since %s", since)
	}
	s.v.PeerState.Own, s.v.PeerState.Serving = 0, false
	show()
	s.v.PeerState.Own, s.v.PeerState.Serving = 45, true
	if since := show(); !since.Equal(s.wall) {
		t.Errorf("it began now, and is shown as serving since %s", since)
	}
	s = well(t, 0, clock("09:00:00.0"))
	if show().IsZero() {
		t.Error("the server does not say since when it serves")
	}
	if s.v.Ground = scheduler.GroundAdopted; !show().IsZero() {
		t.Error("a server that was restarted says that it serves since then")
	}
}

func TestBlockedOnlyAfterAWhile(t *testing.T) {
	s := blocked(t)
	s.v.Waits[0].Since = s.v.At.Add(-blockedAfter + time.Millisecond)
	if st := s.status(); st.Level != control.LevelWaiting {
		t.Errorf("after less than %s the level is %s", blockedAfter, st.Level)
	}
}

// TestEveryCodeHasWords: no code reaches an operator as the only text.
func TestEveryCodeHasWords(t *testing.T) {
	for _, code := range []string{
		scheduler.CodeWireBroken, scheduler.CodeWireUntested, scheduler.CodeWireExpired, scheduler.CodePeerUnfenceable,
		scheduler.CodeBoardSilent, scheduler.CodeFencedWait,
	} {
		s := blocked(t)
		s.v.Waits[0].Code = code
		st := s.status()
		if len(st.Why) != 2 || st.Why[0].Text == "" || st.Do == nil || len(st.Do.Steps) != 2 || st.Do.Never == "" {
			t.Errorf("%s: why %+v, do %+v", code, st.Why, st.Do)
		}
	}
	w := scheduler.Wait{Code: "EXTIN_HIGH", For: "the end of EXTIN_HIGH"}
	if got := waitFor(w); got == w.For {
		t.Errorf("a code stands alone: %q", got)
	}
}
