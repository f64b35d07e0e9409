package scheduler_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// dice makes events out of bytes: of a fuzzer, or of a random source. When the
// bytes are used up every throw is zero.
type dice struct {
	bytes []byte
	ids   []uint64 // numbers that the machine gave out and waits for
	cmd   uint64
	seq   uint64
	mine  uint64           // the machine's session
	said  scheduler.Letter // the machine's last
}

func (d *dice) left() bool { return len(d.bytes) > 0 }

func (d *dice) n(most int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	b := d.bytes[0]
	d.bytes = d.bytes[1:]
	return int(b) % most
}

func (d *dice) yes() bool { return d.n(2) == 1 }

// pause is the time before the next event: mostly short, now and then long.
func (d *dice) pause() time.Duration {
	switch d.n(8) {
	case 0:
		return 0
	case 6:
		return time.Duration(d.n(256)) * 50 * time.Millisecond
	case 7:
		if d.n(8) == 7 {
			return time.Duration(d.n(256)) * 10 * time.Second
		}
	}
	return time.Duration(d.n(256)) * 4 * time.Millisecond
}

// id is a number that the machine gave out, or a stranger's.
func (d *dice) id() uint64 {
	if i := d.n(len(d.ids) + 1); i < len(d.ids) {
		return d.ids[len(d.ids)-1-i]
	}
	return uint64(d.n(256))
}

func (d *dice) event(now scheduler.Instant) scheduler.Event {
	switch d.n(24) {
	case 0, 1, 2:
		return scheduler.Tick{Wall: wallOrigin.Add(time.Duration(now - origin)), Synced: true}
	case 3, 4, 5, 6:
		return scheduler.Received{Letter: d.letter()}
	case 7:
		return scheduler.Link{Up: d.yes()}
	case 8:
		return scheduler.Slept{For: time.Duration(d.n(20)) * time.Second}
	case 9:
		return scheduler.Uplink{Carrier: d.yes(), Reference: d.yes()}
	case 10, 11:
		return scheduler.Lines{OK: d.n(8) != 0, Out: d.yes(), In: d.n(4) == 3, Count: d.n(60)}
	case 12:
		return scheduler.Board{OK: d.n(8) != 0, Armed: d.n(8) != 0, Woken: []string{[]string{"poweron", "extin"}[d.n(2)]}, Watchdog: d.yes()}
	case 13:
		return scheduler.HoldProgress{ID: d.id(), LowUntil: now, HighSince: now, Reads: d.n(50), Highs: d.n(50)}
	case 14:
		return scheduler.HoldEnded{ID: d.id(), Result: scheduler.HoldResult(d.n(3)), At: now, Why: "so"}
	case 15:
		return scheduler.Pulsed{ID: d.id(), OK: d.yes(), Why: "so"}
	case 16:
		return scheduler.Probed{ID: d.id(), OK: d.n(4) != 0, Peer: d.yes(), VIP: d.yes()}
	case 17:
		return scheduler.ContainersState{Known: d.n(4) != 0, Exclusive: d.yes(), Any: d.yes(), Healthy: d.yes(), Usable: d.n(4) != 0}
	case 18:
		return scheduler.ContainersDone{ID: d.id(), OK: d.n(4) != 0, Code: scheduler.CodeResource, Why: "so"}
	case 19:
		return d.vip()
	case 20:
		return d.command()
	case 21:
		return scheduler.Lines{OK: true}
	case 22:
		return scheduler.Uplink{Carrier: true, Reference: true}
	}
	return d.rare()
}

func (d *dice) vip() scheduler.Event {
	if d.n(8) == 0 {
		return scheduler.VIPState{Known: d.n(8) != 0, Held: d.yes()}
	}
	e := scheduler.VIPDone{ID: d.id(), Code: scheduler.CodeVIPForeign, Why: "so"}
	end := d.n(8)
	e.OK, e.Peer = end%4 != 0, end == 4
	return e
}

func (d *dice) rare() scheduler.Event {
	switch d.n(8) {
	case 0:
		return scheduler.ContainersFailed{Code: scheduler.CodeResource, Why: "so"}
	case 1:
		return scheduler.VIPContested{MAC: "02:00:5e:10:00:99", Peer: true}
	case 3:
		return scheduler.ShutdownAnnounced{Off: d.yes()}
	case 4:
		return scheduler.Reconfigured{Config: scheduler.Config{Failback: d.yes(), StartWait: time.Minute, ExtinWait: time.Minute, BackWithin: time.Minute}}
	case 2:
		return scheduler.StopRequested{Restart: d.yes(), Off: d.yes(), Reboot: d.yes()}
	}
	return scheduler.Tick{}
}

func (d *dice) command() scheduler.Event {
	verbs := []scheduler.Verb{
		scheduler.VerbStandby, scheduler.VerbUnstandby, scheduler.VerbMove, scheduler.VerbMaintenance, scheduler.VerbFence,
		scheduler.VerbFenceTest, scheduler.VerbWake, scheduler.VerbConfirmOff, scheduler.VerbReboot, scheduler.VerbClear, "nonsense",
	}
	d.cmd++
	return scheduler.Command{
		ID: d.cmd, Verb: verbs[d.n(len(verbs))], Node: []string{"", "pi1", "pi2", "pi3"}[d.n(4)],
		For: time.Duration(d.n(4)) * time.Minute, Off: d.yes(), On: d.yes(), By: "root",
	}
}

// letter is one of the peer's, of one of two sessions and boots: mostly bound,
// now and then old, deaf or unbound.
func (d *dice) letter() scheduler.Letter {
	life := d.n(16) / 14
	d.seq++
	l := scheduler.Letter{
		From: "pi2", Boot: fmt.Sprintf("pi2-boot%d", 1+life), Session: uint64(33 + life), To: d.mine, Seq: d.seq, State: d.state(),
	}
	if d.n(8) == 0 {
		l.To = 0
	}
	if d.n(8) == 0 {
		l.Seq = uint64(d.n(256))
	}
	switch d.n(8) {
	case 0:
	case 1:
		l.Echo = uint64(d.n(256))
	default:
		l.Echo = d.said.Seq
	}
	if d.n(16) == 1 {
		l.Request = &scheduler.Request{ID: d.seq, Verb: scheduler.VerbStandby, Node: "pi1", By: "root"}
	}
	if d.n(16) == 1 {
		l.Reply = &scheduler.Reply{ID: d.id(), OK: d.yes(), Text: "so"}
	}
	return l
}

// state is something the peer may say: terms keep its parity where they are its own.
func (d *dice) state() scheduler.State {
	s := scheduler.State{
		Known: d.n(8) != 0, Term: d.said.State.Term + uint64(d.n(8)/6), Serving: d.n(4) == 3, Healthy: d.yes(), Ready: d.yes(),
		Standby: d.n(8) == 1, Maint: d.n(16) == 1, Uplink: d.n(4) != 0, Fenceable: d.n(8) != 0, AckUnarm: d.n(8) == 1,
		Wire: scheduler.Wire{Result: scheduler.WireResult(d.n(3)), At: wallOrigin},
	}
	even := func() uint64 { return (s.Term - uint64(d.n(2))) &^ 1 }
	if s.Serving || d.n(4) == 3 {
		s.Own = even()
	}
	switch d.n(8) {
	case 0:
		s.Released, s.Own, s.Serving = d.said.State.Term&^1, 0, false
	case 1:
		s.Leading, s.StopFail = even(), even()
	case 2:
		s.Offer, s.Why = even(), "so"
	case 3:
		s.Ask = d.said.State.Own
	case 4:
		s.Returned, s.Refuse = d.said.State.Released, []string{"", "so"}[d.n(2)]
	case 5:
		s.Leaving = []scheduler.Departure{scheduler.Leave, scheduler.Rebooting, scheduler.PoweredOff, scheduler.Restarting}[d.n(4)]
		s.AckLeft = d.mine
	case 6:
		s.TestAsk, s.TestOK = d.id(), d.said.State.TestAsk
	case 7:
		s.TestSaw = d.said.State.TestAsk
	}
	return s
}

// watch remembers the numbers that the machine gave out.
func (d *dice) watch(actions []scheduler.Action) {
	for _, a := range actions {
		switch a := a.(type) {
		case scheduler.Send:
			d.said = a.Letter
		case scheduler.Hold:
			d.ids = append(d.ids, a.ID)
		case scheduler.Contest:
			d.ids = append(d.ids, a.ID)
		case scheduler.Pulse:
			d.ids = append(d.ids, a.ID)
		case scheduler.ProbePeer:
			d.ids = append(d.ids, a.ID)
		case scheduler.Containers:
			d.ids = append(d.ids, a.ID)
		case scheduler.ClaimVIP:
			d.ids = append(d.ids, a.ID)
		case scheduler.DropVIP:
			d.ids = append(d.ids, a.ID)
		}
	}
	if n := len(d.ids); n > 8 {
		d.ids = slices.Clone(d.ids[n-8:])
	}
}
