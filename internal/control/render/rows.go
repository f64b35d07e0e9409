package render

// Row is a label with its text; rows without a label go on with the one above.
type Row struct {
	Label string
	Text  string
}

// Rows draws labels of at most nine letters beside texts, wrapped at width.
func Rows(rows []Row, width int) string {
	p := &page{width: max(width, WidthMin)}
	for _, r := range rows {
		p.hang(r.Label, headIndent, r.Text)
	}
	return p.b.String()
}
