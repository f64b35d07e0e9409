package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// pageWidth is the widest line that is printed.
const pageWidth = 98

// printer writes lines and keeps the first error.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err != nil {
		return
	}
	if _, err := fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf(format, args...), " ")); err != nil {
		p.err = fmt.Errorf("print: %w", err)
	}
}

// wrapped prints words under a heading, broken where the page ends.
func (p *printer) wrapped(heading, text string) {
	const indent = "        "
	lead := fmt.Sprintf("%-8s", heading)
	line := lead
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > pageWidth && line != indent {
			p.line("%s", line)
			line = indent
		}
		if line != lead && line != indent {
			line += " "
		}
		line += word
	}
	p.line("%s", line)
}

func (p *printer) heading(number, of int, sc scenario) {
	p.line("")
	p.line("[%2d/%d] %s: %s", number, of, sc.name, sc.title)
}

// outcome is what is said at the end of each scenario.
func (p *printer) outcome(o Outcome) {
	if o.Sentence != "" {
		p.wrapped("", o.Sentence)
	}
	p.wrapped("", fmt.Sprintf("Client: no answer for %s at most, %s in all; %d of %d requests failed.",
		span(o.LongestMS), span(o.TotalMS), o.Failed, o.Requests))
	p.wrapped("", fmt.Sprintf("Cut: %s. Two nodes with the VIP: %s of %d probes.", cutsText(o.Cuts), orNone(o.TwoVIPs), o.Probes))
	for _, r := range o.Remarks {
		p.wrapped("NOTE", r)
	}
	for _, f := range o.Problems {
		p.wrapped("FAILED", f)
	}
	if len(o.Problems) == 0 {
		p.line("OK      (%.0f s)", o.Seconds)
	}
}

func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func cutsText(cuts []Cut) string {
	var parts []string
	for _, c := range cuts {
		by := "not back yet"
		if c.WokenBy != "" {
			by = "woken by " + c.WokenBy
		}
		parts = append(parts, c.Node+" ("+by+")")
	}
	return listOf(parts)
}

// cutsShort is cutsText for a column.
func cutsShort(cuts []Cut) string {
	switch len(cuts) {
	case 0:
		return "nobody"
	case 1:
		return cuts[0].Node
	}
	return fmt.Sprintf("%d cuts", len(cuts))
}

// span is a time that may be short.
func span(ms float64) string {
	if ms < 1000 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", ms/1000)
}

const row = "%-14s %-6s %8s %8s %7s  %-15s %4s  %s"

// table is all outcomes beside Pacemaker's.
func (p *printer) table(outcomes []Outcome) {
	p.line("")
	p.line(row, "SCENARIO", "RESULT", "LONGEST", "TOTAL", "FAILED", "CUT", "2VIP", "PACEMAKER")
	for _, o := range outcomes {
		result := "ok"
		if len(o.Problems) > 0 {
			result = "FAILED"
		}
		p.line(row, o.Name, result, span(o.LongestMS), span(o.TotalMS), fmt.Sprint(o.Failed), cutsShort(o.Cuts), orNone(o.TwoVIPs), o.Pacemaker)
	}
	p.line("")
	p.wrapped("", "LONGEST and TOTAL: time without an answer for a client that asks every 10 ms; FAILED: its requests. "+
		"2VIP: ARP probes (every 100 ms) that both nodes answered. PACEMAKER: Debian 12's packages at the same work, "+
		"medians or single runs, boot delay 10 s (docs/benchmarks.md).")
}

// timeline is what the client saw, among what happened, counted from the scenario's begin.
func (p *printer) timeline(name string, began time.Time, marks []mark) {
	p.line("")
	p.line("%s, from %s", name, clock(began))
	for _, m := range marks {
		p.wrapped(fmt.Sprintf("%7.2f", m.at.Sub(began).Seconds()), m.text)
	}
}
