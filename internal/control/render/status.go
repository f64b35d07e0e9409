package render

import (
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// Options of Status.
type Options struct {
	Width int  // columns; less than WidthMin counts as WidthMin
	Long  bool // also term, versions, digests, and since when and by what command each wait ends
}

// Status draws all of st as seen at now, in now's zone.
func Status(st control.Status, now time.Time, o Options) string {
	p := &page{width: max(o.Width, WidthMin)}
	if st.AgeSeconds > control.StaleAfter.Seconds() {
		stale(p, st)
	}
	head(p, st, now, o.Long)
	g := newGrid(st, now, p.width)
	if len(st.Nodes) > 0 {
		p.line("")
		nodes(p, g, st, now)
	}
	if len(st.Resources) > 0 {
		p.line("")
		resources(p, g, st, now)
	}
	if len(st.Wires) > 0 {
		p.line("")
		wires(p, g, st, now)
	}
	p.line("")
	tail(p, st, now)
	if o.Long {
		p.line("")
		details(p, st, now)
	}
	return p.b.String()
}

// Unreachable is drawn where there is no Status at all.
func Unreachable(reason, do string, width int) string {
	p := &page{width: max(width, WidthMin)}
	p.hang("UNKNOWN", headIndent, reason)
	if do != "" {
		p.hang("DO", headIndent, do)
	}
	return p.b.String()
}
