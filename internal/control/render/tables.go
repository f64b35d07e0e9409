package render

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// wireTrust is how long a passed test counts (assumption A1 of the design).
const wireTrust = 25 * time.Hour

// grid is one set of columns for all tables, so that they line up: a node's name, its state, and what else there is.
type grid struct{ name, state, uplink, fenceable, up int }

// Widths that leave room in 80 columns for the longest wake-up reason.
const (
	nameMax      = 24
	stateMax     = 17
	uplinkMax    = 12
	fenceableMin = 11
	gap          = 2
)

func newGrid(st control.Status, now time.Time, width int) grid {
	g := grid{uplink: len("UPLINK") + gap, fenceable: fenceableMin, up: len("UP") + gap}
	for _, n := range st.Nodes {
		g.name = max(g.name, len(nameCell(st, n))+gap)
		g.state = max(g.state, len(n.State)+gap, len(n.Name)+gap)
		g.uplink = max(g.uplink, len(n.Uplink)+gap)
		g.up = max(g.up, len(since(n.UpSince, now))+gap)
	}
	for _, r := range st.Resources {
		g.name = max(g.name, len(r.Name)+gap)
		g.state = max(g.state, len(r.On)+gap)
	}
	g.name = min(max(g.name, len("RESOURCE")+gap), nameMax)
	g.state = min(max(g.state, len("STATE")+gap), stateMax)
	g.uplink = min(g.uplink, uplinkMax)
	if width-g.name-g.state-g.uplink-g.fenceable-g.up < len("restoration") {
		g.name, g.state, g.uplink = min(g.name, 14), min(g.state, 10), len("UPLINK")+gap
	}
	return g
}

// row prints cells; those longer than their column go on below themselves. The last cell takes what is left.
func (p *page) row(widths []int, cells ...string) {
	columns := make([][]string, len(cells))
	height, left := 0, p.width
	for i, c := range cells {
		room := left
		if i < len(widths) {
			room = widths[i] - 1
			left -= widths[i]
		}
		columns[i] = wrap(c, max(1, room))
		height = max(height, len(columns[i]))
	}
	for y := range height {
		text := ""
		for i, lines := range columns {
			cell := ""
			if y < len(lines) {
				cell = lines[y]
			}
			if i < len(widths) {
				cell = pad(cell, widths[i])
			}
			text += cell
		}
		p.line(text)
	}
}

func nameCell(st control.Status, n control.Node) string {
	if n.Name == st.This {
		return n.Name + " *"
	}
	return n.Name
}

func nodes(p *page, g grid, st control.Status, now time.Time) {
	widths := []int{g.name, g.state, g.uplink, g.fenceable, g.up}
	p.row(widths, "NODE", "STATE", "UPLINK", "FENCEABLE", "UP", "WOKEN BY")
	for _, n := range st.Nodes {
		p.row(widths, nameCell(st, n), n.State, orDash(n.Uplink), orDash(string(n.Fenceable)),
			since(n.UpSince, now), orDash(n.WokenBy))
		if n.FenceableWhy != "" && n.Fenceable != control.Yes {
			p.hang("", g.name, notFenceable(n))
		}
	}
}

func notFenceable(n control.Node) string {
	if n.Fenceable == control.No {
		return "not fenceable: " + n.FenceableWhy
	}
	return "fenceable unknown: " + n.FenceableWhy
}

func resources(p *page, g grid, st control.Status, now time.Time) {
	widths := []int{g.name, g.state, g.uplink + g.fenceable}
	p.row(widths, "RESOURCE", "ON", "STATE", "SINCE")
	for _, r := range st.Resources {
		p.row(widths, r.Name, orDash(r.On), r.State, since(r.Since, now))
	}
}

func wires(p *page, g grid, st control.Status, now time.Time) {
	width := max(len("FENCE PATH")+gap, g.name+g.state)
	p.row([]int{width}, "FENCE PATH", "WIRE")
	for _, w := range st.Wires {
		p.row([]int{width}, w.From+" -> "+w.To, wire(w, now))
	}
}

func wire(w control.Wire, now time.Time) string {
	text := "never tested"
	switch age := now.Sub(w.Verified); {
	case !w.FailedAt.IsZero():
		text = "FAILED at " + hour(w.FailedAt, now)
		if w.Fault != "" {
			text += ": " + w.Fault
		}
	case w.Verified.IsZero():
	case age > wireTrust:
		text = fmt.Sprintf("last verified %s ago, TOO OLD to trust", ago(age))
	default:
		text = fmt.Sprintf("verified %s ago", ago(age))
		if w.Fault != "" {
			text += "; " + w.Fault
		}
	}
	if !w.NextTest.IsZero() {
		text += fmt.Sprintf(" (next test %s)", hour(w.NextTest, now))
	}
	return text
}
