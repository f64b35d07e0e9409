package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// headIndent is where the text beside WAITING, WHY and so on begins.
const headIndent = 10

// Headline is the first line without its level: who serves, or what goes on instead.
func Headline(st control.Status, now time.Time) string {
	text := strings.Join(st.Headline, "; ")
	if text == "" {
		text = serves(st, now)
	}
	return ascii(st.Cluster + ": " + text + bracket(st.Code))
}

func serves(st control.Status, now time.Time) string {
	if st.Serving == "" {
		return "nobody serves"
	}
	text := st.Serving + " serves"
	if !st.Since.IsZero() {
		text += " since " + stamp(st.Since, now)
	}
	if st.Term > 0 {
		text += fmt.Sprintf(", term %d", st.Term)
	}
	return text
}

func bracket(code string) string {
	if code == "" {
		return ""
	}
	return " [" + code + "]"
}

// stale warns above everything: what follows is old.
func stale(p *page, st control.Status) {
	age := time.Duration(st.AgeSeconds * float64(time.Second))
	p.hang("UNKNOWN", headIndent, fmt.Sprintf("the daemon hangs: all below was so %s ago and may be wrong now", spoken(age)))
	p.hang("DO", headIndent, "journalctl -u futago -n 50")
}

func head(p *page, st control.Status, now time.Time, long bool) {
	p.hang(string(st.Level), headIndent, Headline(st, now))
	waits(p, st, now, long)
	if st.Hold != nil {
		p.hang("FENCE", headIndent, hold(st.Hold))
	}
	why(p, st.Why, now)
	if st.Prepared != "" {
		p.hang("PREPARED", headIndent, st.Prepared)
	}
	remedy(p, st.Do)
	if text := differing(st, func(n control.Node) string { return short(n.ConfigDigest) }); text != "" {
		p.hang("CONFIG", headIndent, "differs: "+text)
	}
	if text := differing(st, func(n control.Node) string { return n.Version }); text != "" {
		p.hang("VERSION", headIndent, "differs: "+text)
	}
}

// waits prints each wait; a code the headline shows already is not repeated.
func waits(p *page, st control.Status, now time.Time, long bool) {
	if len(st.Waits) == 0 {
		p.hang("WAITING", headIndent, "nothing")
		return
	}
	label := "WAITING"
	for _, w := range st.Waits {
		code := w.Code
		if code == st.Code {
			code = ""
		}
		p.hang(label, headIndent, Wait(w, now)+bracket(code))
		label = ""
		if long {
			p.hang("", headIndent, "since "+stamp(w.Since, now)+"; to end it: "+w.Command)
		}
	}
}

// Wait is one wait in words, without its code.
func Wait(w control.Wait, now time.Time) string {
	text := "for " + w.For
	switch {
	case w.LimitSeconds > 0:
		gone := min(max(0, now.Sub(w.Since).Seconds()), w.LimitSeconds)
		text += fmt.Sprintf(": %.1f of %.1f s", gone, w.LimitSeconds)
	case !w.Until.IsZero():
		text += fmt.Sprintf(" until %s (%s left)", stamp(w.Until, now), span(w.Until.Sub(now)))
	default:
		text += ", no time limit"
	}
	if w.Note != "" {
		text += ", " + w.Note
	}
	if w.Then != "" {
		text += "; then " + w.Then
	}
	return text
}

func hold(h *control.Hold) string {
	text := fmt.Sprintf("EXTOUT high %d of %d readings, EXTIN %s", h.High, h.Readings, level(h.Extin))
	if h.NoReturnAfter > 0 {
		text += fmt.Sprintf("; no return after %g s", h.NoReturnAfter)
	}
	return text
}

func level(high bool) string {
	if high {
		return "high"
	}
	return "low"
}

func why(p *page, reasons []control.Reason, now time.Time) {
	label := "WHY"
	for _, r := range reasons {
		if r.Text == "" {
			continue // a time alone explains nothing
		}
		text := r.Text
		if !r.Since.IsZero() {
			filled := fmt.Sprintf("%s (%s)", stamp(r.Since, now), spoken(now.Sub(r.Since)))
			text = strings.ReplaceAll(text, "{since}", filled)
		}
		if !r.Time.IsZero() {
			text = stamp(r.Time, now) + " " + text
		}
		p.hang(label, headIndent, text)
		label = ""
	}
}

// remedy numbers the steps as soon as their order matters.
func remedy(p *page, r *control.Remedy) {
	if r == nil {
		return
	}
	label := "DO"
	for i, step := range r.Steps {
		if len(r.Steps) > 1 {
			// The number stands out: further lines of a step begin below its text.
			number := fmt.Sprintf("%d. ", i+1)
			p.hang(pad(label, headIndent)+number, headIndent+len(number), step)
		} else {
			p.hang(label, headIndent, step)
		}
		label = ""
	}
	if r.Never != "" {
		p.hang("", headIndent, "NEVER "+r.Never)
	}
	if r.Then != "" {
		p.hang("", headIndent, "Then "+r.Then)
	}
}

// differing lists what each node has of something that should be the same on all; "" when it is, or is not known.
func differing(st control.Status, of func(control.Node) string) string {
	var parts, values []string
	for _, n := range st.Nodes {
		if v := of(n); v != "" {
			parts = append(parts, n.Name+" "+v)
			values = append(values, v)
		}
	}
	slices.Sort(values)
	if len(slices.Compact(values)) < 2 {
		return ""
	}
	return strings.Join(parts, ", ")
}

// short is enough of a digest to compare by eye.
func short(digest string) string { return digest[:min(8, len(digest))] }

// tail prints the newest entry and the next appointment.
func tail(p *page, st control.Status, now time.Time) {
	last, next := "nothing", "nothing"
	if st.Last != nil {
		last = stamp(st.Last.Time, now) + " " + st.Last.Text
	}
	if st.Next != nil {
		next = appointment(st.Next.Time, now) + " " + st.Next.Text
	}
	p.hang("LAST", headIndent, last)
	p.hang("NEXT", headIndent, next)
}

// details is what only `status --long` shows.
func details(p *page, st control.Status, now time.Time) {
	p.hang("TERM", headIndent, fmt.Sprintf("%d, owner %s", st.Term, orDash(st.Owner)))
	p.hang("ASKED", headIndent, fmt.Sprintf("%s at %s", st.This, now.Format("2006-01-02 15:04:05 MST")))
	for _, n := range st.Nodes {
		heard := "this node"
		if !n.HeardAt.IsZero() {
			heard = "heard " + ago(now.Sub(n.HeardAt)) + " ago"
		}
		p.hang("NODE", headIndent, fmt.Sprintf("%s futago %s, config %s, boot %s, %s",
			n.Name, orDash(n.Version), orDash(short(n.ConfigDigest)), orDash(n.BootID), heard))
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
