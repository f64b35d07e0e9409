package vip

import (
	"net"
	"time"
)

const (
	// restoreGrace is how long an address may be gone and still be put back
	// without asking whether somebody else took it.
	restoreGrace = time.Second
	// restoreSpacing bounds the fight with something that deletes it for ever.
	restoreSpacing = 100 * time.Millisecond
	// restorePause is waited after somebody answered for a lost address.
	restorePause = 5 * time.Second

	// rivalInterval bounds the reports of a foreign claim.
	rivalInterval = time.Second
	// rivalGrace is for frames that were on the way when the former holder
	// released: after a handoff they are no claim. A live rival answers the next
	// announcement.
	rivalGrace = 20 * time.Millisecond
)

// keeping is the state of an address that was claimed.
type keeping struct {
	on    bool
	index int       // The interface it was on.
	since time.Time // Of the claim.

	lost  time.Time // Noticed to be gone; zero while it is there.
	last  time.Time // Last put back.
	retry time.Time // Not before; zero means now.
}

// rival is what was last seen and done about a foreign claim.
type rival struct {
	defended time.Time
	reported time.Time
	count    int // Not reported yet.
}

// tickRestore puts a claimed address back where it is missing. One that was
// deleted a moment ago comes back at once; one that was gone for longer, or
// whose interface was made anew, only if nobody answers for it.
func (k *keeper) tickRestore(now time.Time) {
	if !k.keep.on || k.now.on(k.ip, k.place.index) {
		k.keep.lost, k.keep.retry = time.Time{}, time.Time{}
		return
	}
	if k.keep.lost.IsZero() {
		k.keep.lost = now
		k.keep.retry = k.keep.last.Add(restoreSpacing)
	}
	if !k.canRestore() || now.Before(k.keep.retry) {
		return
	}
	if k.place.index == k.keep.index && now.Sub(k.keep.lost) < restoreGrace {
		k.putBack(now)
		return
	}
	k.claim = &claim{restore: true, inquiry: newInquiry(now, ProbeFull, k.ip)}
}

// canRestore says whether only time may stand between a lost address and its
// return.
func (k *keeper) canRestore() bool {
	return k.keep.on && !k.keep.lost.IsZero() && k.usable() && k.claim == nil
}

// restoreNext is when the loop must look after a lost address again.
func (k *keeper) restoreNext() time.Time {
	if !k.canRestore() {
		return time.Time{}
	}
	return k.keep.retry
}

// putBack adds the address again, announces it and reports it.
func (k *keeper) putBack(now time.Time) {
	if err := k.kernel.add(k.place.index, k.cfg.Address, k.place.alone); err != nil {
		k.log.Warn("deleted address was not put back, it is tried again", "err", err)
		k.keep.retry = now.Add(retryPause)
		return
	}
	absent := now.Sub(k.keep.lost)
	k.keep = keeping{on: true, index: k.place.index, since: time.Now(), last: now}
	k.announce.begin(now)
	k.sendUnchecked(now)
	k.vip.out.put(PutBack{Interface: k.place.name, Times: 1, Absent: absent})
	k.removeElsewhere()
	signal(k.changed) // See it there.
	k.noteAdded()
}

// sendAnnouncement looks whether the address is still here, then announces it.
func (k *keeper) sendAnnouncement(now time.Time) {
	if !k.usable() {
		k.announce.next = time.Time{} // Carrier starts it again.
		return
	}
	held, err := k.kernel.has(k.ip, k.place.index)
	if err != nil || !held {
		k.announce.failed(now)
		signal(k.changed) // List anew, and put it back.
		return
	}
	k.sendUnchecked(now)
	k.askForRival()
}

// askForRival finds a second holder that keeps quiet: Linux does not answer an
// announcement of its own address. It is asked for with every announcement that
// is not in a hurry. Over IPv6 the answer would go to all nodes and lead clients
// astray; there a rival is found when it announces itself.
func (k *keeper) askForRival() {
	if k.ip.Is6() || k.announce.hasty() {
		return
	}
	if err := k.askAnonymously(k.ip); err != nil {
		k.log.Debug("second holder was not asked for", "err", err)
	}
}

// sendUnchecked announces; the caller knows that the address is here.
func (k *keeper) sendUnchecked(now time.Time) {
	if err := k.wire.announce(); err != nil {
		k.log.Debug("announcement did not go out, it is sent again", "err", err)
		k.announce.failed(now)
		return
	}
	k.announce.done(now)
}

// meetRival defends the address against a foreign claim, once in ten seconds,
// and reports it. Whether to yield is for others to say.
func (k *keeper) meetRival(mac net.HardwareAddr, now time.Time) {
	if !k.keep.on || !k.keep.lost.IsZero() || now.Sub(k.keep.since) < rivalGrace {
		return
	}
	k.rival.count++
	defend := k.rival.defended.IsZero() || now.Sub(k.rival.defended) >= defendInterval
	if defend {
		k.rival.defended = now
		k.sendAnnouncement(now)
		k.announce.calm(now)
	}
	if !defend && now.Sub(k.rival.reported) < rivalInterval {
		return
	}
	k.vip.out.put(Foreign{MAC: mac, FromPeer: k.fromPeer(mac), Count: k.rival.count, Defended: defend})
	k.rival.reported, k.rival.count = now, 0
}
