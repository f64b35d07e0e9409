package render

import "strings"

// WidthMin is the narrowest drawing; narrower terminals get it anyway.
const WidthMin = 60

// ascii replaces what an operator's terminal might not show or might obey.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, s)
}

// clauseReach is how many columns a line gives up to end where a clause does.
const clauseReach = 8

// wrap breaks s into lines of at most width: at spaces where there are some, after a comma or the like where one is
// near, inside a word only where it alone is longer. It returns one empty line for empty text.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(ascii(s)) {
		if line != "" && len(line)+1+len(word) > width {
			done, carried := breakAtClause(line)
			lines = append(lines, done)
			line = carried
		}
		if line != "" {
			line += " "
		}
		line += word
		for len(line) > width {
			lines = append(lines, line[:width])
			line = line[width:]
		}
	}
	return append(lines, line)
}

// breakAtClause splits a full line after the last clause if that is near its end.
func breakAtClause(line string) (done, carried string) {
	i := strings.LastIndexAny(line, ",;:.")
	if i < 0 || i+1 >= len(line) || line[i+1] != ' ' || len(line)-i-1 > clauseReach {
		return line, ""
	}
	return line[:i+1], line[i+2:]
}

// pad fills s up to width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-len(s)))
}

// page collects lines.
type page struct {
	width int
	b     strings.Builder
}

func (p *page) line(s string) {
	p.b.WriteString(strings.TrimRight(s, " "))
	p.b.WriteByte('\n')
}

// hang prints text beside label; further lines hang below the first.
func (p *page) hang(label string, indent int, text string) {
	for i, l := range wrap(text, p.width-indent) {
		if i > 0 {
			label = ""
		}
		p.line(pad(label, indent) + l)
	}
}
