package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/scheduler"
)

const clock = "15:04:05.000"

// diary is what happened, for whoever has to find out why.
type diary struct {
	mu    sync.Mutex
	text  strings.Builder
	begun time.Time
}

func (d *diary) begin() { d.begun = time.Now() }

func (d *diary) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(&d.text, "%s %7.1f  %s\n", time.Now().Format(clock), time.Since(d.begun).Seconds(), fmt.Sprintf(format, args...))
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// historyMost bounds what is read of a node's history.
const historyMost = 400

func (r *run) history(ctx context.Context, node int) []control.Entry {
	client, err := r.lab.Client(node)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	entries, err := client.History(ctx, historyMost)
	if err != nil {
		return nil
	}
	return entries
}

// tell adds to the diary what an operator would look at: both statuses first,
// for a reader may see only the beginning, then both histories since the step
// began.
func (r *run) tell(ctx context.Context) {
	ctx = context.WithoutCancel(ctx) // what is broken off needs an explanation too
	v := r.look(ctx)
	for i, s := range v.nodes {
		if s == nil {
			r.diary.say("%s does not answer; it is %s", r.name(i), v.lab.Nodes[i].Phase)
			continue
		}
		r.diary.say("%s shows:\n%s", r.name(i), render.Status(*s, time.Now(), render.Options{Width: 80}))
	}
	r.diary.say("boards: %+v", v.lab.Boards)
	for i, s := range v.nodes {
		if s != nil {
			r.diary.say("history of %s:\n%s", r.name(i), entries(r.history(ctx, i), r.begun))
		}
	}
}

// entries are those of a history since a time. The commands of an operator who
// looks on for minutes are all alike and would bury the rest.
func entries(history []control.Entry, since time.Time) string {
	var b strings.Builder
	told := map[string]bool{}
	again := 0
	for _, e := range history {
		if !e.Time.After(since) {
			continue
		}
		if e.Code == scheduler.CodeCommand {
			if told[e.Text] {
				again++
				continue
			}
			told[e.Text] = true
		}
		fmt.Fprintf(&b, "%s %-8s %-18s %s\n", e.Time.Format(clock), e.Level, e.Code, e.Text)
	}
	if again > 0 {
		fmt.Fprintf(&b, "and %d commands once more\n", again)
	}
	return b.String()
}
