package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// blockedAfter is how long a wait that needs a person may last before the pair
// is called blocked: boards are armed and engines asked in less.
const blockedAfter = 5 * time.Second

// codeConfigDiffers is of a pair whose configurations differ.
const codeConfigDiffers = "CONFIG_DIFFERS"

// codeWatchdog is of a node whose kernel could hang with EXTOUT high (S5).
const codeWatchdog = "WATCHDOG_NOT_FED"

// judge gives the one word an operator sees first, and what led to it.
func (s scene) judge(st *control.Status) {
	fault, code := s.weakness(st.Serving)
	switch {
	case s.v.Hold != nil:
		st.Level = control.LevelFencing
	case st.Serving == "" && s.blocked() != nil:
		st.Level, st.Code = control.LevelBlocked, s.blocked().Code
	case st.Serving == "":
		st.Level = control.LevelWaiting
	case fault != "" || len(st.Waits) > 0:
		st.Level = control.LevelDegraded
		// Whatever else is waited for, a weakness is never without its code.
		if !slices.ContainsFunc(st.Waits, func(w control.Wait) bool { return w.Code == code }) {
			st.Code = code
		}
	default:
		st.Level = control.LevelOK
		return
	}
	st.Headline = s.headline(st, fault)
	st.Why, st.Do = s.why(st), s.remedy(st)
	if st.Do == nil && st.Level == control.LevelDegraded && len(st.Waits) == 0 {
		st.Do = s.mend(code, st.Serving)
	}
}

// blocked is the first wait that only a person ends; nil if there is none.
func (s scene) blocked() *scheduler.Wait {
	for i := range s.v.Waits {
		w := &s.v.Waits[i]
		if w.Do != "" && w.Until == 0 && s.v.At.Since(w.Since) >= blockedAfter {
			return w
		}
	}
	return nil
}

// weakness is what the next fault would meet while a node serves: in words that
// continue the headline, with a code; empty if nothing is wrong.
func (s scene) weakness(serving string) (text, code string) {
	v := s.v
	switch {
	case !v.PeerHeard && (v.PeerState.Leaving == scheduler.Rebooting || v.PeerLeft == scheduler.Rebooting):
		return v.Peer + " is rebooting as planned", scheduler.CodePeerReboot
	case !v.PeerHeard && v.Fenced:
		return v.Peer + " was fenced and has not come back", scheduler.CodePeerAway
	case !v.PeerHeard && v.PeerLeft != scheduler.Staying:
		return v.Peer + " was stopped on purpose", scheduler.CodePeerLeft
	case !v.PeerHeard:
		return v.Peer + " is not heard", scheduler.CodePeerLost
	case v.State.Standby:
		return v.Self + " is on standby", scheduler.CodeStandby
	case v.PeerState.Standby:
		return v.Peer + " is on standby", scheduler.CodeStandby
	case v.State.Maint || v.PeerState.Maint:
		return "maintenance, nothing is moved or cut", scheduler.CodeMaintenance
	case !v.State.Fenceable:
		return v.Self + " could not be cut: " + unfenceable(v.State.Unarmed), orElse(v.State.Unarmed, scheduler.CodeNotArmed)
	case !v.PeerState.Fenceable:
		return v.Peer + " could not be cut: " + unfenceable(v.PeerState.Unarmed), scheduler.CodePeerUnfenceable
	case v.Lines.Read && v.Board.Why != "":
		return "the power board of " + v.Self + " does not answer", scheduler.CodeBoardSilent
	}
	return s.slightWeakness(serving)
}

func (s scene) slightWeakness(serving string) (text, code string) {
	v := s.v
	dog := s.d.known.board.Health.Watchdog
	other, st := v.Self, v.State
	if serving == v.Self {
		other, st = v.Peer, v.PeerState
	}
	switch {
	case v.PeerState.Digest != "" && v.PeerState.Digest != v.State.Digest:
		return "the nodes' configurations differ", codeConfigDiffers
	case len(s.d.stale) > 0:
		return v.Self + " goes on with the old " + strings.Join(s.d.stale, ", ") + " until it is restarted", codeNeedsRestart
	case v.Wire.Result != scheduler.WirePassed:
		return s.wireText(v.Self, v.Peer, v.Wire), wireCode(v.Wire)
	case v.PeerWire.Result != scheduler.WirePassed:
		return s.wireText(v.Peer, v.Self, v.PeerWire), wireCode(v.PeerWire)
	case v.Quarantined:
		return quarantined(v.Peer)
	case v.PeerState.Quarantine:
		return quarantined(v.Self)
	case !st.Ready:
		return other + " is not ready: " + notReady(st), orElse(st.NotReady, scheduler.CodeStarting)
	case dog == fencing.WatchdogOff && !s.d.watched():
		return "the watchdog of the power board of " + v.Self + " is off", codeWatchdog
	case dog == fencing.WatchdogUnfed && !s.d.watched():
		return "nothing feeds the watchdog of the power board of " + v.Self, codeWatchdog
	case v.PeerState.Unwatched:
		return "the watchdog of the power board of " + v.Peer + " is off or not fed", codeWatchdog
	}
	return s.monitorWeakness()
}

// quarantined is of a node that is back, ready, and fenced too often to be
// trusted: who only sees "ready" wonders why the service does not go back to it.
func quarantined(node string) (text, code string) {
	return node + " was fenced three times within half an hour: it gets no failback, and is not rebooted when silent", scheduler.CodeQuarantine
}

func wireCode(w scheduler.Wire) string {
	if w.Result == scheduler.WireFailed {
		return scheduler.CodeWireBroken
	}
	return scheduler.CodeWireUntested
}

func (s scene) wireText(from, to string, w scheduler.Wire) string {
	if w.Result == scheduler.WireFailed {
		text := "the wire " + from + " -> " + to + " failed its test"
		if w.Fault != scheduler.FaultNone {
			text += ": " + w.Fault.Text(from, to)
		}
		return text
	}
	return "the wire " + from + " -> " + to + " was never tested"
}

// unfenceable says why a node cannot be cut.
func unfenceable(code string) string {
	switch code {
	case scheduler.CodeBoardSilent:
		return "its power board does not answer"
	case scheduler.CodeNotArmed:
		return "its power board does not obey EXTIN"
	case "":
		return "its power board was not asked yet"
	}
	return "its power board says " + code
}

// notReady says in words why a node could not take over.
func notReady(st scheduler.State) string {
	code := st.NotReady
	if code == scheduler.CodeNoUplink && st.Lacks != "" {
		return "it has no uplink (no " + st.Lacks + ")"
	}
	words := map[string]string{
		scheduler.CodeStarting:    "it is starting",
		scheduler.CodeLeaving:     "it is going away",
		scheduler.CodeMaintenance: "it is in maintenance",
		scheduler.CodeStandby:     "it is on standby",
		scheduler.CodeExtinStuck:  "its EXTIN is stuck high",
		scheduler.CodeVictim:      "its EXTIN is high",
		scheduler.CodeStateDisk:   "it cannot write its state",
		scheduler.CodeNoUplink:    "it has no uplink",
		scheduler.CodeResource:    "its containers cannot be started",
		scheduler.CodeNotArmed:    "its power board does not obey EXTIN",
	}
	if text := words[code]; text != "" {
		return text
	}
	return "its containers failed (" + code + ")"
}

// headline says what goes on when it is not simply "serves since".
func (s scene) headline(st *control.Status, fault string) []string {
	v := s.v
	switch {
	case v.Hold != nil && st.Serving == "":
		return []string{"NOBODY SERVES", v.Self + " is cutting " + v.Peer}
	case v.Hold != nil:
		return []string{st.Serving + " serves", v.Self + " is cutting " + v.Peer}
	case st.Level == control.LevelBlocked && v.State.Own == 0:
		return []string{v.Self + " may not take over"}
	case st.Level == control.LevelBlocked:
		return []string{v.Self + " cannot serve"}
	case st.Serving == "" && v.State.Own != 0:
		return []string{"nobody serves yet", v.Self + " is starting the service"}
	case st.Serving == "" && v.PeerHeard && v.PeerState.Own != 0:
		return []string{"nobody serves yet", v.Peer + " is starting the service"}
	case st.Serving == "":
		return []string{"nobody serves"}
	case fault == "":
		return []string{st.Serving + " serves", "the pair is busy"}
	}
	return []string{st.Serving + " serves", fault}
}

// why gives the reasons behind the level. What the headline says already is not
// said again.
func (s scene) why(st *control.Status) []control.Reason {
	if st.Level == control.LevelBlocked {
		if reasons := s.whyNoTakeover(s.blocked()); reasons != nil {
			return reasons
		}
	}
	var list []control.Reason
	for _, w := range s.v.Waits {
		if text := s.named(w); text != "" && w.Code != scheduler.CodePeerReboot {
			list = append(list, control.Reason{Time: s.at(w.Since), Text: text})
		}
	}
	if h := s.v.Hold; h != nil && s.v.PeerLost != 0 && s.v.PeerAt != 0 {
		silence := time.Duration(s.v.PeerLost - s.v.PeerAt)
		list = []control.Reason{{
			Time: s.at(s.v.PeerLost),
			Text: fmt.Sprintf("%s not heard for %s s; own uplink %s, own lateness %d ms", s.v.Peer, tenths(silence), s.uplinkWord(), s.d.late.Milliseconds()),
		}}
	}
	return list
}

// named is the reason of a wait with the node's name where the machine wrote
// "it": the reader of one line must not have to guess who.
func (s scene) named(w scheduler.Wait) string {
	text := ascii(w.Why)
	who := s.v.Peer
	if strings.HasPrefix(w.For, s.v.Self) {
		who = s.v.Self
	}
	for from, to := range map[string]string{"it ": who + " ", "its ": "the "} {
		if rest, found := strings.CutPrefix(text, from); found {
			if from == "its " {
				return to + rest + " (" + who + ")"
			}
			return to + rest
		}
	}
	return text
}

func (s scene) uplinkWord() string {
	if s.v.State.Uplink {
		return "ok"
	}
	return "lost"
}
