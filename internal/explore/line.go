package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// jobKind is why the line is up.
type jobKind byte

const (
	idle jobKind = iota
	hold
	contest
	pulse
)

// ending is why a job's line is on its way down.
type ending byte

const (
	staying  ending = iota
	ordered         // the machine said Lower
	givenUp         // the machine said Lower with GiveUp
	brokeOff        // the bus was silent for too long
)

const (
	gapMost   = time.Second
	holdMost  = 38 * time.Second
	noReturn  = 8 * time.Second
	cutOff    = 8500 * time.Millisecond
	lowerMost = 2 * time.Second
)

// job is one raise of EXTOUT by the daemon's fencing part.
type job struct {
	kind                                 jobKind
	id                                   uint64
	want                                 time.Duration
	began, lowUntil, highSince, lastRead time.Duration
	reads, highs                         int
	falling                              bool // a Lower that the bus has not taken yet
	ending                               ending
	tried                                bool // it was to be given up, and that was too late, or the bus did not answer in time
	endSince                             time.Duration
}

// up is how long the line may have been up without a break.
func (j *job) up(now time.Duration) time.Duration { return now - j.lowUntil }

// raise begins a job. A hold or contest under way goes over into it without a
// break; a pulse needs a line that is down.
func (w *world) raise(n *node, j job) {
	if n.job.falling {
		w.tryLower(n)
	}
	if j.kind == pulse && n.job.kind != idle {
		w.sayEnd(n, j, scheduler.HoldLowered, "refused")
		return
	}
	j.began, j.lowUntil, j.lastRead = w.now, w.now, w.now
	n.job = j
	w.setOut(n, true)
}

// readLines is one reading, what it means for the job, and what is reported.
func (w *world) readLines(n *node) {
	if n.job.falling {
		w.tryLower(n)
	}
	b := &n.board
	e := scheduler.Lines{OK: n.bus}
	if n.bus {
		e.Out, e.In = b.out, b.in
		if b.in {
			e.Count = int((w.now - b.inFrom) / time.Second)
		}
	}
	if e != n.told.lines || w.now-n.told.linesAt >= time.Second || n.told.linesAt == 0 {
		n.told.lines, n.told.linesAt = e, w.now
		n.inbox = append(n.inbox, e)
	}
	if n.job.kind != idle && !n.job.falling {
		w.judge(n, e)
	}
}

// judge takes one reading into account. Only an unbroken row of high ones makes
// a hold.
func (w *world) judge(n *node, e scheduler.Lines) {
	j := &n.job
	switch {
	case !e.OK:
		w.gap(n)
	case e.Out:
		j.reads, j.highs, j.lastRead = j.reads+1, j.highs+1, w.now
		if j.highSince == 0 {
			j.highSince = w.now
		}
	default:
		inTime := j.up(w.now) < cutOff
		j.reads, j.lastRead, j.lowUntil, j.highSince = j.reads+1, w.now, w.now, 0
		if j.tried && inTime { // nobody wants it up again
			w.finish(n, scheduler.HoldLowered, "")
			return
		}
		w.setOut(n, true)
	}
	if j.kind == idle {
		return
	}
	n.inbox = append(n.inbox, scheduler.HoldProgress{
		ID: j.id, At: scheduler.Instant(w.now), LowUntil: scheduler.Instant(j.lowUntil), HighSince: scheduler.Instant(j.highSince), Reads: j.reads, Highs: j.highs,
	})
	switch {
	case j.kind == hold && j.highSince != 0 && w.now-j.highSince >= j.want, j.kind == pulse && w.now-j.began >= j.want:
		w.finish(n, scheduler.HoldHeld, "")
	case j.kind == hold && w.now-j.began > holdMost:
		w.finish(n, scheduler.HoldUnknown, "no unbroken hold within its time")
	}
}

// gap is a reading that did not come.
func (w *world) gap(n *node) {
	j := &n.job
	if w.now-j.lastRead <= gapMost || j.kind != hold {
		return
	}
	if j.up(w.now) < noReturn {
		w.bringDown(n, brokeOff)
		return
	}
	j.highSince = 0
}

// lower is the machine's word to drop the line.
func (w *world) lower(n *node, giveUp bool) {
	switch {
	case giveUp && (n.job.kind != hold || n.job.up(w.now) >= noReturn):
		n.job.tried = n.job.kind == hold
	case giveUp:
		w.bringDown(n, givenUp)
	default:
		w.bringDown(n, ordered)
	}
}

func (w *world) bringDown(n *node, why ending) {
	j := &n.job
	j.falling, j.ending, j.endSince = true, why, w.now
	w.tryLower(n)
}

// finish ends a job by itself: the line goes down before the word goes up.
func (w *world) finish(n *node, r scheduler.HoldResult, why string) {
	w.end(n, r, why)
	w.bringDown(n, staying)
}

// tryLower is one try to bring the line down.
func (w *world) tryLower(n *node) {
	j := &n.job
	down := w.setOut(n, false)
	if down {
		j.falling = false
	}
	if j.kind == idle {
		return
	}
	late := j.kind == hold && j.up(w.now) >= cutOff
	switch {
	case j.ending == givenUp && !down && late:
		j.falling, j.ending, j.tried = false, staying, true
	case j.ending == brokeOff && late:
		w.end(n, scheduler.HoldUnknown, "the board did not answer")
	case down:
		w.end(n, scheduler.HoldLowered, "")
	case j.ending == ordered && w.now-j.endSince > lowerMost:
		w.end(n, scheduler.HoldUnknown, "not read back low")
	}
}

// end forgets the job under way and tells the loop.
func (w *world) end(n *node, r scheduler.HoldResult, why string) {
	j := n.job
	n.job = job{falling: j.falling}
	w.sayEnd(n, j, r, why)
}

// sayEnd reports an end as the daemon does: what is no pulse that went well is
// reported both ways, and the machine knows which number was which.
func (w *world) sayEnd(n *node, j job, r scheduler.HoldResult, why string) {
	ok := j.kind == pulse && r == scheduler.HoldHeld && j.highs > 0
	if j.kind == pulse && r == scheduler.HoldHeld && !ok {
		r = scheduler.HoldUnknown
	}
	if !ok {
		n.inbox = append(n.inbox, scheduler.HoldEnded{ID: j.id, Result: r, At: w.instant(), Why: why})
	}
	if ok || j.kind != hold || r != scheduler.HoldHeld {
		n.inbox = append(n.inbox, scheduler.Pulsed{ID: j.id, OK: ok, Why: why})
	}
	w.happened()
}
