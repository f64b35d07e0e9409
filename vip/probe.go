package vip

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// maxProbes bounds the probes that run at the same time.
const maxProbes = 16

// probe is a Probe that waits for answers.
type probe struct {
	order
	inquiry *inquiry
}

func (k *keeper) startProbe(o order) {
	if !k.usable() {
		k.relist(time.Now())
	}
	if !k.usable() {
		outcome, err := k.inability()
		k.answer(o, Result{Outcome: outcome, Err: err})
		return
	}
	if err := k.refuseProbe(o.addrs); err != nil {
		k.answer(o, Result{Outcome: Failed, Err: err})
		return
	}
	k.probes = append(k.probes, &probe{o, newInquiry(time.Now(), ProbeFull, o.addrs...)})
	k.updateInterest()
}

// refuseProbe says why a probe cannot be made.
func (k *keeper) refuseProbe(addrs []netip.Addr) error {
	if len(addrs) == 0 || len(addrs) > maxProbeTargets {
		return fmt.Errorf("probe %d addresses: must be 1 to %d", len(addrs), maxProbeTargets)
	}
	if len(k.probes) >= maxProbes {
		return fmt.Errorf("probe %v: %d probes are running already", addrs, maxProbes)
	}
	for _, a := range addrs {
		if !a.IsValid() || a.Is4In6() || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" {
			return fmt.Errorf("probe %v: not a plain unicast address", a)
		}
	}
	return nil
}

// tickProbes asks what is due and answers the probes that are over. A probe
// waits its whole time: two nodes may answer for one address.
func (k *keeper) tickProbes(now time.Time) {
	before := len(k.probes)
	k.probes = slices.DeleteFunc(k.probes, func(p *probe) bool {
		if p.inquiry.due(now) {
			p.inquiry.ask(now, k.askAnonymously)
		}
		if !p.inquiry.over(now) {
			return false
		}
		k.finishProbe(p)
		return true
	})
	if len(k.probes) != before {
		k.updateInterest()
	}
}

func (k *keeper) finishProbe(p *probe) {
	if err := p.inquiry.unasked(); err != nil {
		k.answer(p.order, Result{Outcome: Failed, Err: fmt.Errorf("probe %v: %w", p.addrs, err)})
		return
	}
	k.answer(p.order, Result{Outcome: Done, Answers: p.inquiry.answers})
}

// askAnonymously sends a question that enters nobody's neighbour cache.
func (k *keeper) askAnonymously(target netip.Addr) error {
	return k.wire.ask(target, netip.Addr{})
}
