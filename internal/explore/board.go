package explore

import "time"

const (
	repower   = time.Second
	bootTakes = 4 * time.Second // from power to the kernel
	unitTakes = time.Second     // from the kernel to the daemon
	dogShort  = 6 * time.Second // the board's watchdog while the line may be up
	dogLong   = 60 * time.Second
)

// board is one slee-Pi 3 with the power of its Pi. package internal/board has
// the registers; here are only the levels and what follows from them.
type board struct {
	supply, power bool
	armed, out    bool
	in            bool          // level of EXTIN
	inFrom        time.Duration // since when it stands, for the count
	cutFrom       time.Duration // since when it stands, for the cut
	didCut        bool          // the assertion that stands cut the power
	onAt          time.Duration // power returns; 0 is not
	resetAt       time.Duration // the watchdog's end; 0 is not
	woken         string
}

// level is what EXTIN of a node sees.
func (w *world) level(n *node) bool {
	p := w.peer(n)
	switch w.net.wire[p.id] {
	case wireHigh:
		return true
	case wireCut:
		return false
	case wireOK:
	}
	return p.board.out
}

// lines lets the boards see each other's EXTOUT.
func (w *world) lines() {
	for i := range w.nodes {
		n := &w.nodes[i]
		b := &n.board
		in := w.level(n)
		if in == b.in {
			continue
		}
		b.in = in
		w.happened()
		if in {
			b.inFrom, b.cutFrom, b.didCut = w.now, w.now, false
			w.rose(n)
			continue
		}
		woken := b.didCut && !b.power && b.supply &&
			w.settle(&w.unknown.endWakes, "UNKNOWN the end of the line that cut a board wakes it", "UNKNOWN the end of the line that cut a board does not wake it")
		b.didCut = false
		if woken {
			w.powerOn(n, "extin")
		}
	}
}

func (w *world) rose(n *node) {
	if b := &n.board; b.supply && !b.power && b.onAt == 0 {
		w.powerOn(n, "extin")
	}
	w.noteRise(n)
}

func (w *world) powerOn(n *node, why string) {
	b := &n.board
	b.power, b.onAt, b.woken = true, 0, why
	if b.in && !w.settle(&w.unknown.countsDark, "UNKNOWN a board counts EXTIN while its Pi is dark", "UNKNOWN a board counts EXTIN from power on") {
		b.cutFrom = w.now
	}
	n.kernelAt = w.now + bootTakes
	w.say(nodeName(n.id), "got power (%s)", why)
	w.happened()
}

// cutPower is the board taking its Pi's power.
func (w *world) cutPower(n *node, why string) {
	w.goesDark(n, why)
	w.darkLine(n)
}

func (w *world) goesDark(n *node, why string) {
	w.say(nodeName(n.id), "lost its power (%s)", why)
	w.happened()
	w.kernelDies(n)
	n.board.power, n.board.resetAt = false, 0
}

// darkLine is what becomes of EXTOUT of a Pi that just lost its power.
func (w *world) darkLine(n *node) {
	b := &n.board
	if b.out && !w.settle(&w.unknown.outSurvives, "UNKNOWN EXTOUT outlives the Pi that raised it", "UNKNOWN EXTOUT falls with the Pi that raised it") {
		b.out = false
		w.lines()
	}
}

// boards does what is due on both sides: cuts, watchdogs, power, kernels,
// daemons. Two cuts that are due together both come.
func (w *world) boards() {
	due := [2]bool{w.cutDue(&w.nodes[0]), w.cutDue(&w.nodes[1])}
	for i := range w.nodes {
		if n := &w.nodes[i]; due[i] {
			n.board.didCut = true
			w.checkCut(n)
		}
	}
	for i := range w.nodes {
		if n := &w.nodes[i]; due[i] {
			w.goesDark(n, "EXTIN stood "+seconds(w.now-n.board.cutFrom))
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		if due[i] {
			w.darkLine(n)
		}
		w.powerDue(n)
		w.bootDue(n)
	}
}

// powerDue is the watchdog and what follows it.
func (w *world) powerDue(n *node) {
	switch b := &n.board; {
	case b.resetAt != 0 && w.now >= b.resetAt:
		w.cutPower(n, "watchdog")
		b.onAt = w.now + repower
	case b.onAt != 0 && w.now >= b.onAt:
		w.powerOn(n, "watchdog")
	}
}

// cutDue tells that EXTIN has stood long enough. When that is, within 9 to
// 11 s, is asked once.
func (w *world) cutDue(n *node) bool {
	b := &n.board
	if !b.power || !b.in || !b.armed || w.plan.NeverCuts {
		return false
	}
	stood := w.now - b.cutFrom
	if stood < 9*time.Second {
		return false
	}
	if w.unknown.cutsAt == 0 {
		if w.unknown.cutsAt = w.plan.CutsAt; w.unknown.cutsAt == 0 {
			w.unknown.cutsAt = [...]byte{10, 9, 11}[w.pick.choose(3)]
		}
		w.say("-", "UNKNOWN a board cuts at %d s", w.unknown.cutsAt)
	}
	return stood >= time.Duration(w.unknown.cutsAt)*time.Second
}

func (w *world) setSupply(n *node, on bool) {
	b := &n.board
	b.supply = on
	if on {
		if !b.power {
			w.powerOn(n, "poweron")
		}
		return
	}
	w.say(nodeName(n.id), "lost its supply")
	w.kernelDies(n)
	*b = board{in: b.in, inFrom: b.inFrom, cutFrom: b.cutFrom}
	w.lines()
	w.happened()
}

// setOut writes EXTOUT; false when the bus does not answer.
func (w *world) setOut(n *node, up bool) bool {
	if !n.bus {
		return false
	}
	if n.board.out != up {
		n.board.out = up
		w.say(nodeName(n.id), "%s EXTOUT", map[bool]string{true: "raised", false: "lowered"}[up])
		w.lines()
	}
	return true
}
