package explain

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/control/render"
)

// Rows are the explanation as an operator reads it, with times in a zone.
func (e *Explanation) Rows(loc *time.Location) []render.Row {
	rows := []render.Row{
		{Label: "DECIDED", Text: e.Time.In(loc).Format("2006-01-02 15:04:05.000 MST ") + e.Text + " [" + e.Code + "]"},
		{Label: "INPUT", Text: e.Input},
	}
	rows = list(rows, "KNOWN", e.Known, "nothing")
	rows = list(rows, "WAITING", e.Waited, "for nothing")
	rows = list(rows, "ORDERED", e.Ordered, "nothing new")
	var led []string
	for _, in := range e.Led {
		led = append(led, fmt.Sprintf("%s %8.2f s %s %s", in.Time.In(loc).Format("15:04:05.00"), -in.Before, either(in.Needed, "*", "-"), in.Text))
	}
	if e.Faithful() {
		rows = list(rows, "LED TO IT", led, "nothing that was new")
		var others []string
		for _, r := range e.Otherwise {
			others = append(others, "- "+r.If+": "+r.Then)
		}
		rows = list(rows, "OTHERWISE", others, "no question of the list fits this decision")
	}
	return append(rows, render.Row{Label: "REPLAY", Text: e.replay()})
}

// list puts a label beside the first of some texts.
func list(rows []render.Row, label string, texts []string, none string) []render.Row {
	if len(texts) == 0 {
		texts = []string{none}
	}
	for _, t := range texts {
		rows = append(rows, render.Row{Label: label, Text: t})
		label = ""
	}
	return rows
}

// replay says what the explanation rests on.
func (e *Explanation) replay() string {
	if !e.Faithful() {
		return fmt.Sprintf("only %d of %d steps went as recorded by futago %s: this version decides otherwise, so that it cannot say what led to this", e.Same, e.Steps, e.Software)
	}
	return fmt.Sprintf("%d steps decided again, all as recorded by futago %s; * without this input it was not decided then", e.Steps, e.Software)
}
