package sim

import (
	"errors"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/translate"
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
	holdMost    = 38 * time.Second
	noReturn    = 8 * time.Second
	cutOff      = 8500 * time.Millisecond
	lowerMost   = 2 * time.Second
	linesRepeat = time.Second
)

// ending is why a job's line is on its way down.
type ending int

const (
	staying  ending = iota
	ordered         // the machine said Lower
	givenUp         // the machine said Lower with GiveUp
	brokeOff        // the bus was silent for too long
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
	ending              ending
	tried               bool // it was to be given up, and that was too late, or the bus did not answer in time
	endSince            scheduler.Instant
}

// up is how long the line may have been up without a break.
func (j *job) up(now scheduler.Instant) time.Duration { return now.Since(j.lowUntil) }

// line is the fencing worker: it alone talks to the board.
type line struct {
	d       *daemon
	job     job
	polls   pace
	sent    scheduler.Lines
	sentAt  time.Duration
	falling bool // a Lower that the bus has not taken yet
	calm    bool // nothing changed since a reading at which nothing was going on
}

func (l *line) n() *node { return l.d.n }

// start raises EXTOUT for a job. A hold or contest under way goes over into it
// without a break; a pulse needs a line that is down. Nothing is raised while
// the loop is silent.
func (l *line) start(j job) {
	n := l.n()
	if l.falling {
		l.tryLower() // a Lower ordered just before is done first
	}
	if j.kind == pulse && (l.job.kind != idle || l.falling) || l.d.silent() > guardPatience {
		l.say(j, fencing.Refused, fencing.ReasonBusy)
		return
	}
	j.began = n.clock()
	j.lowUntil, j.lastRead = j.began, j.began
	l.job, l.falling = j, false
	l.polls.by(n.w.now)
	if n.w.prof.watchdog {
		n.tight = n.bus.watchdog(watchdogShort)
	}
	l.d.proc(n.w.between(time.Millisecond, 4*time.Millisecond), func() {
		if l.job.id != j.id || l.job.kind != j.kind || l.falling {
			return
		}
		l.write()
		l.polls.restart(n.w.now + 20*time.Millisecond)
	})
}

func (l *line) write() {
	n := l.n()
	now := n.clock()
	l.d.guardWatches() // before the line is up: what hangs in the bus may raise it late
	if n.bus.raise() {
		l.job.written = true
		l.job.lowUntil = now
	}
}

// The lines are read for ever, four to ten times a second.
const (
	pollEvery = 160 * time.Millisecond
	pollLate  = 60 * time.Millisecond
)

// poll is one reading, and the next that can differ: while nothing is going on
// that is the one which is told because the last was a second ago.
func (l *line) poll(uint64) {
	d := l.d
	if !l.same() {
		l.read()
	}
	switch l.calm = l.quiet(); {
	case d.n.d != d:
	case l.calm:
		l.polls.by(l.sentAt + linesRepeat)
	default:
		l.polls.by(d.n.w.now)
	}
}

// quiet says that nothing is going on: a reading shows what the last one did.
func (l *line) quiet() bool {
	return l.job.kind == idle && !l.falling && !l.sent.In && !l.sent.Out && l.d.lively <= l.d.n.w.now && !l.d.n.bus.flaky()
}

// same is a reading of which the decision need not be told more than its time.
func (l *line) same() bool {
	d, now := l.d, l.d.n.w.now
	waits := d.busy > now || len(d.inbox) > 0 || d.failing
	if d.thrifty == nil || d.n.w.all || waits || !l.sent.OK || now-l.sentAt < linesRepeat || !l.calm || !l.quiet() || !d.thrifty.Reread(d.n.clock()) {
		return false
	}
	l.sentAt = now
	d.n.w.check.readsLow(d.n)
	return true
}

func (l *line) read() {
	r, ok := l.n().bus.lines()
	if l.falling || l.job.kind == idle && ok && r.out { // what hung may have raised it late
		l.tryLower()
	}
	report := fencing.Lines{At: stamp(l.n().clock()), Out: r.out, In: r.in, Seconds: r.count}
	if !ok {
		report.Err = errSilent
	}
	l.report(translate.Lines(&report, instant))
	switch {
	case l.job.kind != idle && !l.falling:
		l.judge(r.out, ok)
	case l.falling && l.job.ending == givenUp && !ok: // no hold goes on after a gap, also if it is too late to give it up
		l.gap(l.n().clock())
	}
}

// report gives the loop what changed, and everything once a second.
func (l *line) report(e scheduler.Lines) {
	was := l.sent
	was.At = e.At
	if e == was && l.n().w.now-l.sentAt < linesRepeat && l.sentAt != 0 {
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
		inTime := j.up(now) < cutOff
		j.reads, j.lastRead, j.lowUntil, j.highSince = j.reads+1, now, now, 0
		if j.tried && inTime { // nobody wants it up again
			l.finish(fencing.Lowered, "")
			return
		}
		if l.d.silent() <= guardPatience {
			l.write()
		}
	}
	if j.kind == idle {
		return
	}
	progress := fencing.Progress{ID: j.id, At: stamp(now), LowUntil: stamp(j.lowUntil), HighSince: stamp(j.highSince), Readings: j.reads, Highs: j.highs}
	l.d.deliver(translate.Progress(&progress, instant))
	l.perhapsDone(now)
}

// gap is a reading that did not come. A long one breaks the row; before the
// point from which a board may cut it ends the hold.
func (l *line) gap(now scheduler.Instant) {
	j := &l.job
	if now.Since(j.lastRead) <= gapMost || j.kind != hold {
		return
	}
	if j.up(now) < noReturn {
		l.bringDown(brokeOff)
		return
	}
	j.highSince = 0
}

func (l *line) perhapsDone(now scheduler.Instant) {
	j := &l.job
	switch {
	case j.kind == hold && j.highSince != 0 && now.Since(j.highSince) >= j.want:
		l.finish(fencing.Held, "")
	case j.kind == hold && now.Since(j.began) > holdMost:
		l.finish(fencing.Unknown, fencing.ReasonNotHigh)
	case j.kind == pulse && now.Since(j.began) >= j.want && j.highs > 0:
		l.finish(fencing.Pulsed, "")
	case j.kind == pulse && now.Since(j.began) >= j.want:
		l.finish(fencing.Unknown, fencing.ReasonNotHigh)
	}
}

// lower is the machine's word to drop the line at once; with giveUp only while
// the other node cannot have been cut.
func (l *line) lower(giveUp bool) {
	if giveUp && (l.job.kind != hold || l.job.up(l.n().clock()) >= noReturn) {
		l.job.tried = l.job.kind == hold
		return
	}
	why := ordered
	if giveUp {
		why = givenUp
	}
	l.d.proc(l.n().w.between(time.Millisecond, 4*time.Millisecond), func() { l.bringDown(why) })
}

func (l *line) bringDown(why ending) {
	l.falling = true
	l.job.ending, l.job.endSince = why, l.n().clock()
	l.tryLower()
}

// finish ends the job by itself: the line goes down before the word goes up.
func (l *line) finish(r fencing.Result, why fencing.Reason) {
	l.end(r, why)
	l.bringDown(staying)
}

// tryLower is one try to bring the line down. A hold that was to be given up
// and was not read low in time runs to its end.
func (l *line) tryLower() {
	n, j := l.n(), &l.job
	now := n.clock()
	down := n.bus.lower()
	if down {
		l.falling = false
		if n.w.prof.watchdog {
			n.bus.watchdog(watchdogLong)
		}
	}
	if j.kind == idle {
		return
	}
	late := j.kind == hold && j.up(now) >= cutOff
	switch {
	case j.ending == givenUp && !down && late:
		l.falling, j.ending, j.tried = false, staying, true
	case j.ending == brokeOff && late:
		l.end(fencing.Unknown, fencing.ReasonGap)
	case down:
		l.end(fencing.Lowered, "")
	case j.ending == ordered && now.Since(j.endSince) > lowerMost:
		l.end(fencing.Unknown, fencing.ReasonNotLow)
	}
}

// end forgets the job under way and tells the loop.
func (l *line) end(r fencing.Result, why fencing.Reason) {
	j := l.job
	l.job = job{}
	l.say(j, r, why)
}

// say reports an end.
func (l *line) say(j job, r fencing.Result, why fencing.Reason) {
	end := fencing.End{ID: j.id, At: stamp(l.n().clock()), Result: r, Reason: why, Readings: j.reads, Highs: j.highs}
	l.d.proc(l.n().w.between(0, 2*time.Millisecond), func() { l.d.deliverAll(translate.End(&end, instant)) })
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
	woken, told := n.bus.woken()
	ok = ok && told // one transfer that fails is no report
	b := translate.Board{Info: fencing.BoardInfo{Armed: armed, Wake: woken}}
	if ok && n.w.prof.watchdog {
		b.Health.Watchdog = fencing.WatchdogFed
	}
	if !ok {
		b.Info.Err = errSilent
		l.d.proc(2*time.Second, l.reportBoard)
	}
	l.d.deliver(b.Now(false))
}

var errSilent = errors.New("the board does not answer")

// stamp is an instant of a node's clock as the parts report it, and instant the
// way back.
func stamp(i scheduler.Instant) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i))
}

func instant(t time.Time) scheduler.Instant {
	if t.IsZero() {
		return 0
	}
	return scheduler.Instant(t.UnixNano())
}
