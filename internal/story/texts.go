package story

import (
	"fmt"
	"strings"

	"github.com/futago-ha/futago/scheduler"
)

func linesText(e scheduler.Lines) string {
	if !e.OK {
		return "the power board did not answer"
	}
	in := "EXTIN low"
	if e.In {
		in = fmt.Sprintf("EXTIN high for %d s", e.Count)
	}
	return either(e.Out, "EXTOUT high, ", "EXTOUT low, ") + in
}

func containersText(e scheduler.ContainersState) string {
	switch {
	case !e.Known:
		return "the engine did not answer" + because(e.Why)
	case !e.Usable:
		return "the containers were not usable" + because(e.Why)
	case e.Healthy:
		return "the containers ran and were healthy"
	case e.Any:
		return "containers ran, not all of them healthy" + because(e.Why)
	}
	return "no container ran, and they could be started"
}

func boardText(e scheduler.Board) string {
	if !e.OK {
		return "the power board did not answer" + because(e.Why)
	}
	return either(e.Armed, "the power board was armed", "the power board was not armed") +
		either(len(e.Woken) > 0, ", woken by "+strings.Join(e.Woken, " and "), "") +
		either(e.Watchdog, "", ", its watchdog not fed")
}

func uplinkText(e scheduler.Uplink) string {
	switch {
	case !e.Carrier:
		return "the uplink was lost (no carrier)"
	case !e.Reference:
		return "the uplink was lost (no reference answered)"
	}
	return "the uplink was good"
}

func endText(e scheduler.HoldEnded) string {
	switch e.Result {
	case scheduler.HoldHeld:
		return "the hold was over, high throughout"
	case scheduler.HoldLowered:
		return "EXTOUT was read low again"
	case scheduler.HoldUnknown:
	}
	return "the hold ended without being known to have held"
}

func probedText(peer string, e scheduler.Probed) string {
	if !e.OK {
		return "the address of " + peer + " could not be asked for"
	}
	return either(e.Peer, "the address of "+peer+" answered ARP", "the address of "+peer+" did not answer ARP") +
		either(e.VIP, ", the VIP did", ", nor did the VIP")
}

func vipText(e scheduler.VIPState) string {
	if !e.Known {
		return "it was not known whether the VIP is here"
	}
	return either(e.Held, "the VIP was on this node", "the VIP was not on this node")
}

func commandText(e scheduler.Command) string {
	text := either(e.By != "", e.By, "somebody") + " gave the command " + string(e.Verb)
	if e.Node != "" {
		text += " " + e.Node
	}
	return text + either(e.On, " on", "") + either(e.Off, " off", "")
}
