package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// jobKind is why the line is up.
type jobKind int

const (
	idle jobKind = iota
	hold
	contest
	pulse
)

const (
	gapMost     = time.Second
	holdMost    = 40 * time.Second
	mayLowerBy  = 8 * time.Second
	lowerRetry  = 100 * time.Millisecond
	linesRepeat = time.Second
)

// job is one raise of EXTOUT.
type job struct {
	kind jobKind
	id   uint64
	want time.Duration

	began               scheduler.Instant
	written             bool
	lowUntil, highSince scheduler.Instant
	lastRead            scheduler.Instant
	reads, highs        int
	ordered             bool // the machine said Lower
}

// line is the fencing worker: it alone talks to the board.
type line struct {
	d       *daemon
	job     job
	turn    uint64 // one more whenever the polling starts anew
	sent    scheduler.Lines
	sentAt  time.Duration
	falling bool // a Lower that the bus has not taken yet
}

func (l *line) n() *node { return l.d.n }

// start raises EXTOUT for a job. One that runs ends as unknown.
func (l *line) start(j job) {
	if l.falling {
		l.tryLower() // a Lower ordered just before is done first
	}
	if l.job.kind != idle {
		l.end(scheduler.HoldUnknown, "another raise took its place")
	}
	n := l.n()
	j.began = n.clock()
	j.lowUntil, j.lastRead = j.began, j.began
	l.job, l.falling = j, false
	if n.w.prof.watchdog {
		n.bus.watchdog(watchdogShort)
	}
	l.d.proc(n.w.between(time.Millisecond, 4*time.Millisecond), func() {
		if l.job.id != j.id || l.job.kind != j.kind || l.falling {
			return
		}
		l.write()
		l.d.guardWatches()
		l.pollIn(20 * time.Millisecond)
	})
}

func (l *line) write() {
	n := l.n()
	now := n.clock()
	if n.bus.raise() {
		l.job.written = true
		l.job.lowUntil = now
	}
}

// poll reads the lines for ever, four to ten times a second.
func (l *line) poll() { l.pollIn(0) }

func (l *line) pollIn(d time.Duration) {
	l.turn++
	turn := l.turn
	l.d.proc(d, func() {
		if l.turn != turn {
			return
		}
		l.read()
		if l.turn == turn {
			l.pollIn(l.n().w.between(120*time.Millisecond, 240*time.Millisecond))
		}
	})
}

func (l *line) read() {
	r, ok := l.n().bus.lines()
	if l.falling {
		l.tryLower()
	}
	l.report(scheduler.Lines{OK: ok, Out: r.out, In: r.in, Count: r.count})
	if l.job.kind != idle && !l.falling {
		l.judge(r.out, ok)
	}
}

// report gives the loop what changed, and everything once a second.
func (l *line) report(e scheduler.Lines) {
	if e == l.sent && l.n().w.now-l.sentAt < linesRepeat && l.sentAt != 0 {
		return
	}
	l.sent, l.sentAt = e, l.n().w.now
	l.d.deliver(e)
}

// judge takes one reading into account. Only an unbroken row of high ones
// makes a hold.
func (l *line) judge(out, ok bool) {
	j, now := &l.job, l.n().clock()
	switch {
	case !ok:
		l.gap(now)
	case out:
		j.reads, j.highs, j.lastRead = j.reads+1, j.highs+1, now
		if j.highSince == 0 {
			j.highSince = now
		}
	default:
		j.reads, j.lastRead, j.lowUntil, j.highSince = j.reads+1, now, now, 0
		l.write()
	}
	if j.kind == idle {
		return
	}
	if j.kind == hold {
		l.d.deliver(scheduler.HoldProgress{ID: j.id, LowUntil: j.lowUntil, HighSince: j.highSince, Reads: j.reads, Highs: j.highs})
	}
	l.perhapsDone(now)
}

// gap is a reading that did not come. A long one breaks the row; before the
// point from which a board may cut it ends the hold.
func (l *line) gap(now scheduler.Instant) {
	j := &l.job
	if now.Since(j.lastRead) <= gapMost || j.kind != hold {
		return
	}
	if now.Since(j.lowUntil) < mayLowerBy {
		l.finish(scheduler.HoldUnknown, "the board did not answer")
		return
	}
	j.highSince = 0
}

func (l *line) perhapsDone(now scheduler.Instant) {
	j := &l.job
	high := time.Duration(0)
	if j.highSince != 0 {
		high = now.Since(j.highSince)
	}
	switch {
	case j.kind == hold && j.highSince != 0 && high >= j.want:
		l.finish(scheduler.HoldHeld, "")
	case j.kind == hold && now.Since(j.began) > holdMost:
		l.finish(scheduler.HoldUnknown, "no unbroken hold within its time")
	case j.kind == pulse && now.Since(j.began) >= j.want:
		l.finish(scheduler.HoldHeld, "")
	}
}

// lower is the machine's word to drop the line at once.
func (l *line) lower() {
	l.falling = true
	l.job.ordered = true
	l.d.proc(l.n().w.between(time.Millisecond, 4*time.Millisecond), func() {
		if l.falling {
			l.tryLower()
		}
	})
}

// finish ends the job by itself: the line goes down before the word goes up.
func (l *line) finish(r scheduler.HoldResult, why string) {
	l.end(r, why)
	l.falling = true
	l.tryLower()
}

func (l *line) tryLower() {
	n := l.n()
	if !n.bus.lower() {
		return
	}
	l.falling = false
	if n.w.prof.watchdog {
		n.bus.watchdog(watchdogLong)
	}
	if l.job.kind != idle && l.job.ordered {
		l.end(scheduler.HoldLowered, "")
	}
}

// end tells the loop how a job ended and forgets it.
func (l *line) end(r scheduler.HoldResult, why string) {
	j := l.job
	l.job = job{}
	n := l.n()
	now := n.clock()
	var e scheduler.Event
	if j.kind == pulse {
		ok := r == scheduler.HoldHeld && j.highs > 0
		e = scheduler.Pulsed{ID: j.id, OK: ok, Why: why}
	} else {
		e = scheduler.HoldEnded{ID: j.id, Result: r, At: now, Why: why}
	}
	l.d.proc(n.w.between(0, 2*time.Millisecond), func() { l.d.deliver(e) })
}

// arm changes the own board and reports it read back.
func (l *line) arm(on bool) {
	l.d.proc(l.n().w.between(2*time.Millisecond, 10*time.Millisecond), func() {
		l.n().bus.arm(on)
		l.reportBoard()
	})
}

func (l *line) reportBoard() {
	n := l.n()
	armed, ok := n.bus.armed()
	e := scheduler.Board{OK: ok, Armed: armed, Woken: n.bus.woken(), Watchdog: ok && n.w.prof.watchdog}
	if !ok {
		e.Why = "the board does not answer"
		l.d.proc(2*time.Second, l.reportBoard)
	}
	l.d.deliver(e)
}
