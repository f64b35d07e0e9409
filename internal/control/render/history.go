package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// History draws entries one after the other, each with date, zone and code, wrapped at width; loc is the zone.
func History(entries []control.Entry, loc *time.Location, width int) string {
	p := &page{width: max(width, WidthMin)}
	for _, e := range entries {
		entry(p, e, loc)
	}
	return p.b.String()
}

// entryIndent is where further lines of an entry begin.
const entryIndent = 4

// entry prints one entry.
func entry(p *page, e control.Entry, loc *time.Location) {
	text := fmt.Sprintf("%s %s%s%s", e.Time.In(loc).Format("2006-01-02 15:04:05 MST"), severe(e.Level), e.Text, bracket(e.Code))
	lines := wrap(text, p.width)
	p.line(lines[0])
	if len(lines) > 1 {
		rest := strings.TrimPrefix(strings.Join(strings.Fields(ascii(text)), " "), lines[0])
		p.hang("", entryIndent, rest)
	}
	if e.Do != "" {
		p.hang("", entryIndent, "Do: "+e.Do)
	}
}

// severe marks what must not be overlooked when it scrolls by.
func severe(l control.EntryLevel) string {
	switch l {
	case control.EntryWarning:
		return "WARNING "
	case control.EntryCritical:
		return "CRITICAL "
	case control.EntryInfo, control.EntryNotice:
		return ""
	}
	return ""
}
