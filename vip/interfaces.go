package vip

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// relist lists what the kernel has now and brings everything in line with it:
// the sockets, the uplink, the report of who holds the address, and the address
// itself if it is to be here and is not.
func (k *keeper) relist(now time.Time) {
	k.listAt = now.Add(listPeriod)
	s, err := k.kernel.snapshot()
	if err != nil {
		k.log.Warn("kernel did not list interfaces, it is asked again", "err", err)
		k.listAt = now.Add(retryPause)
		return
	}
	k.now = s
	hadCarrier := k.usable()
	k.adopt(now)
	if !k.usable() {
		k.blind(now)
	}
	k.tickRestore(now)
	if k.usable() && !hadCarrier && k.keep.on {
		k.announce.begin(now) // The switch behind the link may have forgotten this node.
	}
	k.tellHeld()
	k.tellUplink(now)
}

// adopt chooses the interface and sees that the sockets are on it.
func (k *keeper) adopt(now time.Time) {
	p, err := k.now.choose(k.cfg, k.place.index)
	k.place, k.problem = p, ""
	if err != nil {
		k.problem = err.Error()
		k.closeWire()
		return
	}
	if k.wire != nil && k.wire.link.index == p.index && bytes.Equal(k.wire.link.mac, p.mac) {
		return
	}
	k.closeWire()
	w, err := openWire(k.vip.enter, p.link, k.ip)
	if err != nil {
		k.problem = err.Error()
		k.listAt = now.Add(retryPause)
		return
	}
	k.wire = w
	k.updateInterest()
	k.group.Go(func() error { return w.read(w.arp, parseARP, &k.wanted, k.sightings) })
	k.group.Go(func() error { return w.read(w.nd, parseNDP, &k.wanted, k.sightings) })
	if k.keep.on {
		k.announce.begin(now) // A new hardware address, or a new interface.
	}
}

func (k *keeper) closeWire() {
	if k.wire != nil {
		k.wire.close()
		k.wire = nil
	}
}

// usable says whether frames can be sent and heard now.
func (k *keeper) usable() bool { return k.wire != nil && k.place.carrier }

// inability is the outcome of what needs the interface, and why.
func (k *keeper) inability() (Outcome, error) {
	if k.wire == nil {
		return NoInterface, errors.New(k.problem)
	}
	return NoCarrier, fmt.Errorf("interface %s has no carrier", k.place.name)
}

// tellHeld reports whether the kernel has the address, if that changed.
func (k *keeper) tellHeld() {
	held := Held{}
	for _, h := range k.now.holders(k.ip) {
		if !held.Held || h.index == k.place.index {
			held = Held{Held: true, Interface: k.now.nameOf(h.index)}
		}
	}
	if held != k.held || !k.told {
		k.held, k.told = held, true
		k.vip.out.put(held)
	}
}

// tellUplink reports the uplink, if it changed.
func (k *keeper) tellUplink(now time.Time) {
	u := Uplink{
		Interface: k.place.name,
		Carrier:   k.usable(),
		Reference: len(k.cfg.References) == 0 || k.refs.up,
		Problem:   k.problem,
	}
	before := k.uplink
	before.Since = time.Time{}
	if u == before && !k.uplink.Since.IsZero() {
		return
	}
	u.Since = now
	k.uplink = u
	k.vip.out.put(u)
}

// tickReferences closes a round of asking the references and opens the next.
func (k *keeper) tickReferences(now time.Time) {
	if len(k.cfg.References) == 0 || now.Before(k.refs.next) {
		return
	}
	k.refs.round(now)
	k.tellUplink(now)
	if !k.usable() {
		return // The round will be a bad one.
	}
	for _, ref := range k.cfg.References {
		source := k.now.source(k.place.index, k.ip, ref)
		if err := k.wire.ask(ref, source); err != nil {
			k.log.Debug("reference was not asked", "reference", ref, "err", err)
		}
	}
}
