package bench

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
)

//go:embed pacemaker.md
var pacemakerText string

// Page writes the result as Markdown.
func (r Result) Page(w io.Writer) error {
	var b strings.Builder
	r.head(&b)
	r.table(&b)
	b.WriteString("\nHow each was measured:\n\n")
	for _, f := range r.Figures {
		fmt.Fprintf(&b, "- **%s.** %s\n", capital(f.Title), strings.Join(append([]string{f.How}, f.Notes...), " "))
	}
	r.failures(&b)
	b.WriteString("\n" + pacemakerText)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func (r Result) head(b *strings.Builder) {
	m := r.Machine
	fmt.Fprintf(b, "# Benchmarks\n\nWritten by `make bench` (`futago-lab bench`). Nothing here was measured on a Pi: two nodes of the lab\n"+
		"([lab.md](lab.md)) share one machine with their engines and the client, and the power boards are simulated.\n\n")
	fmt.Fprintf(b, "%s, %s, kernel %s, %s, %d cores, commit %s.\nLoad averages: %s before, %s after.\n\n",
		m.Time.Format("2006-01-02 15:04 MST"), orUnknown(m.System), orUnknown(m.Kernel), strings.TrimPrefix(m.CPU+", "+m.Arch, ", "), m.Cores,
		orUnknown(m.Commit), orUnknown(m.LoadBefore), orUnknown(m.LoadAfter))
	fmt.Fprintf(b, "%d of %d goals were reached. A goal is for the median, where it is 0 for the largest value.\n\n", r.met(), len(r.Figures))
}

func (r Result) met() int {
	n := 0
	for _, f := range r.Figures {
		if f.Met() {
			n++
		}
	}
	return n
}

func (r Result) table(b *strings.Builder) {
	b.WriteString("| figure | goal, at most | n | min | median | 99 % | max | reached | floor | Pacemaker |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, f := range r.Figures {
		s := summarize(f.Values)
		low, median, tail, top := "-", "-", "-", "-"
		if s.n > 0 {
			low, median, tail, top = amount(s.low), amount(s.median), amount(s.tail), amount(s.top)
		}
		fmt.Fprintf(b, "| %s | %s | %d | %s | **%s** | %s | %s | %s | %s | %s |\n", f.Title, f.goals(),
			s.n, low, median, tail, top, yesNo(f.Met()), f.Floor, f.Peer)
	}
	b.WriteString("\nTimes are in ms, memory in MB of 1,000,000 bytes, CPU in percent of one core.\n")
}

// goals are what was promised, as the page says it.
func (f Figure) goals() string {
	if f.Tail == 0 {
		return withUnit(f.Goal, f.Unit)
	}
	return withUnit(f.Goal, f.Unit) + ", 99 % of them " + withUnit(f.Tail, f.Unit)
}

// failures are the experiments that came to no end.
func (r Result) failures(b *strings.Builder) {
	lead := "\nNot finished:\n\n"
	said := map[string]bool{}
	for _, f := range r.Figures {
		if f.Why == "" || said[f.Why] {
			continue
		}
		said[f.Why] = true
		b.WriteString(lead + "- " + strings.Join(strings.Fields(f.Why), " ") + "\n")
		lead = ""
	}
}

// amount has three digits or more where the number has them.
func amount(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprintf("%d", int64(v))
	case v >= 100 || v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10 || v <= -10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func withUnit(v float64, u Unit) string { return strings.TrimSpace(amount(v) + " " + string(u)) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "**no**"
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// capital begins a sentence with a title, which begins in lower case or with
// what must stay as it is.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
