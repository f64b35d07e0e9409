package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// Nagios is one line for monitoring plugins: severity, text, and performance data after the bar (Monitoring Plugins
// Development Guidelines, "Plugin Output"). The bar itself cannot occur in the text.
func Nagios(st control.Status, now time.Time) string {
	severity := st.Severity()
	text := Headline(st, now)
	if string(st.Level) != severity.String() {
		text = string(st.Level) + " " + text
	}
	if st.AgeSeconds > control.StaleAfter.Seconds() {
		text = fmt.Sprintf("the daemon hangs; %.0f s ago: %s", st.AgeSeconds, text)
	}
	if len(st.Waits) > 0 {
		w := st.Waits[0]
		text += "; waiting " + Wait(w, now) + bracket(w.Code)
	}
	return fmt.Sprintf("FUTAGO %s - %s | term=%dc age=%.1fs\n", severity, bar(ascii(text)), st.Term, st.AgeSeconds)
}

// NagiosUnreachable is the line where there is no Status.
func NagiosUnreachable(reason string) string {
	return fmt.Sprintf("FUTAGO %s - %s\n", control.SeverityUnknown, bar(ascii(reason)))
}

func bar(s string) string { return strings.ReplaceAll(s, "|", "/") }
