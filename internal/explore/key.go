package explore

import (
	"hash/maphash"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// keyring computes keys of worlds. Two worlds of one scenario with the same key
// go on alike, as long as they may: absolute times, numbers, sessions and boot
// ids are not in it, and what was used up of the surprises is kept beside it.
type keyring struct {
	seed  maphash.Seed
	names scheduler.Names
	buf   []byte
}

func newKeyring() *keyring { return &keyring{seed: maphash.MakeSeed()} }

// key is the hash of a world's canonical form.
func (r *keyring) key(w *world) uint64 {
	r.buf = r.write(w)
	return maphash.Bytes(r.seed, r.buf)
}

func (r *keyring) write(w *world) []byte {
	n := &r.names
	n.Reset()
	for i := range w.nodes {
		n.Live(w.nodes[i].boot, w.nodes[i].session)
	}
	for _, mail := range w.net.mail {
		for _, p := range mail {
			n.Live(p.l.Boot, p.l.Session)
		}
	}
	k := writer{b: r.buf[:0], now: w.now, n: n}
	k.world(w)
	for i := range w.nodes {
		n.Node(i)
		k.node(w, &w.nodes[i])
		k.facts(w, &w.facts[i])
		said := w.facts[1-i].said
		k.bits(said != nil && w.news(&w.nodes[i], said))
	}
	return k.b
}

// writer writes the parts of a key.
type writer struct {
	b   []byte
	now time.Duration
	n   *scheduler.Names
}

func (k *writer) bits(bs ...bool) {
	for len(bs) > 0 {
		var v byte
		n := min(len(bs), 8)
		for i, b := range bs[:n] {
			if b {
				v |= 1 << i
			}
		}
		k.b, bs = append(k.b, v), bs[n:]
	}
}

// age writes how many steps ago something was, 0 is never; what is older than
// most is all one.
func (k *writer) age(at, most time.Duration) {
	if at == 0 {
		k.b = append(k.b, 0, 0)
		return
	}
	k.steps(min(k.now-at, most) + pace)
}

// due writes how many steps ahead something is, 0 is not at all.
func (k *writer) due(at time.Duration) {
	if at == 0 {
		k.b = append(k.b, 0, 0)
		return
	}
	k.steps(max(at-k.now, 0) + pace)
}

func (k *writer) steps(d time.Duration) {
	s := d / pace
	k.b = append(k.b, byte(s>>8), byte(s))
}

func (k *writer) world(w *world) {
	u := &w.unknown
	k.b = append(k.b, byte(w.spent.struck), byte(w.spent.struck>>8),
		u.cutsAt, byte(u.outSurvives), byte(u.endWakes), byte(u.countsDark), byte(w.server+1), byte(min(w.calm, 2)))
	if w.plan.most > 0 {
		k.b = append(k.b, byte(w.now%fineEvery/pace))
	}
	t := &w.net
	k.b = append(k.b, byte(t.wire[0]), byte(t.wire[1]), byte(len(t.mail[0])), byte(len(t.mail[1])))
	k.bits(t.blocked[0], t.blocked[1], w.bad != nil, w.excused != 0, w.facts[0].metAt > w.excused, w.facts[1].metAt > w.excused)
	for i := range t.mail {
		for _, p := range t.mail[i] {
			from, to := &w.nodes[i], &w.nodes[1-i]
			k.due(p.due)
			k.bits(p.late, w.news(to, p.l))
			k.b = p.l.AppendKey(k.b, from.live(), to.live(), k.n)
		}
	}
}

// live is the machine of a running daemon, nil when none runs.
func (n *node) live() *scheduler.Machine {
	if !n.running {
		return nil
	}
	return n.machine
}

func (k *writer) node(w *world, n *node) {
	b := &n.board
	k.bits(b.supply, b.power, b.armed, b.out, b.in, b.didCut, n.bus, n.cable)
	k.bits(n.up, n.panicked, n.readOnly, n.vip, n.running, n.failing, n.guard, b.woken == "extin")
	k.bits(n.mute)
	k.b = append(k.b, byte(n.dieAt))
	for _, at := range [...]time.Duration{b.onAt, b.resetAt, n.kernelAt, n.daemonAt, n.hung} {
		k.due(at)
	}
	if b.in {
		k.age(b.inFrom, time.Minute)
		k.age(b.cutFrom, 12*time.Second)
	}
	k.b = append(k.b, k.n.Boot(n.boot))
	k.b = n.disk.AppendKey(k.b, w.wall(), k.n)
	k.engine(n)
	if !n.running {
		return
	}
	k.stop(n.stop)
	k.steps(n.hungFor)
	k.age(n.born, 4*time.Second)
	k.b = append(k.b, byte(len(n.inbox)))
	k.told(&n.told)
	k.job(&n.job)
	k.b = n.machine.AppendKey(k.b, w.peer(n).live(), k.n)
}

func (k *writer) stop(s departure) { k.bits(s.asked, s.restart, s.off, s.reboot, s.stopped) }

func (k *writer) engine(n *node) {
	e, p, c := &n.eng, &n.worker, &n.claim
	k.bits(e.runs, e.calling, e.start, e.inherited, p.run, p.pending, c.seen)
	k.b = append(k.b, byte(e.fails), byte(c.look), k.n.Action(p.id), k.n.Action(c.id), k.n.Action(n.probe.id))
	if e.calling {
		k.due(e.due)
	}
	if p.pending {
		k.age(p.since, time.Minute)
	}
	if c.id != 0 {
		k.due(c.due)
	}
	if n.probe.id != 0 {
		k.due(n.probe.at)
	}
}

func (k *writer) told(t *told) {
	k.bits(t.lines.OK, t.lines.Out, t.lines.In, t.uplink.Carrier, t.uplink.Reference, t.uplinkYet, t.link, t.linesAt == 0)
	k.b = append(k.b, byte(t.lines.Count))
	k.age(t.linesAt, time.Second)
	k.due(t.boardAt)
	if t.link {
		k.age(t.contact, 2*time.Second)
	}
}

func (k *writer) job(j *job) {
	k.bits(j.falling, j.tried, j.highs > 0)
	k.b = append(k.b, byte(j.kind), byte(j.ending), k.n.Action(j.id))
	if j.kind == idle {
		return
	}
	k.steps(j.want)
	for _, at := range [...]time.Duration{j.began, j.lowUntil, j.highSince, j.lastRead, j.endSince} {
		k.age(at, time.Minute)
	}
}

func (k *writer) facts(w *world, f *facts) {
	k.bits(f.serving, f.holdHeld, f.forfeit, f.promised, f.fairServer, f.fairIdle, f.cut, f.saw)
	k.bits(f.bit, f.operator != 0, f.holdEnd != 0, f.awake)
	k.b = append(k.b, k.n.Boot(f.servedIn), byte(f.taken), byte(f.owned))
	k.age(f.metAt, metLately)
	k.age(f.leftAt, metLately)
	k.age(f.cutIdle, bothCutWithin)
	k.age(f.stopFail, wordsOfFence)
	k.age(f.uplinkBad, pace)
	k.age(f.keeps, uplinkGrace)
	k.age(f.raised, longestRaise)
	k.age(f.loose, masterless)
	if f.cut {
		k.age(f.firstStart, time.Minute)
	}
	// Whether a hold found the other node serving, and since it came up.
	for i := range w.facts {
		k.bits(w.facts[i].servedAt < f.holdFrom, w.nodes[i].bootAt > f.holdFrom)
	}
}
