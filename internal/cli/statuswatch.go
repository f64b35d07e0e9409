package cli

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
)

const (
	redrawInterval = time.Second // so that ages and countdowns move
	rejoinInterval = time.Second // after the stream broke
)

// clearScreen moves to the top left and clears all (ECMA-48 CUP and ED).
const clearScreen = "\x1b[H\x1b[2J"

// view is what is known at one time: a status, or why there is none.
type view struct {
	status control.Status
	got    time.Time // when; the age in the status counts from then
	err    error
}

// watch draws until ctx ends. A daemon that goes away is said so and waited for.
func (a *app) watch(ctx context.Context, f statusFlags) error {
	views := make(chan view)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.follow(ctx, views) })
	g.Go(func() error { return a.drawAll(ctx, views, f) })
	return g.Wait()
}

// follow keeps the event stream open and passes on what it says.
func (a *app) follow(ctx context.Context, views chan<- view) error {
	client := a.client()
	pass := func(v view) error {
		select {
		case views <- v:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var latest control.Status
	for ctx.Err() == nil {
		err := client.Watch(ctx, func(e control.Event) error {
			switch {
			case e.Status != nil:
				latest = *e.Status
			case e.Entry == nil: // a sign of life
				latest.AgeSeconds = e.AgeSeconds
			}
			return pass(view{status: latest, got: time.Now()})
		})
		if ctx.Err() != nil {
			return nil
		}
		if err := pass(view{err: err}); err != nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(rejoinInterval):
		}
	}
	return nil
}

func (a *app) drawAll(ctx context.Context, views <-chan view, f statusFlags) error {
	tick := time.NewTicker(redrawInterval)
	defer tick.Stop()
	var shown view
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case shown = <-views:
		case <-tick.C:
			if !a.redraw || (shown.err == nil && shown.got.IsZero()) {
				continue // a file gets changes only, and there is nothing before the first answer
			}
		}
		text := a.draw(shown, f)
		if text == last {
			continue
		}
		last = text
		if a.redraw {
			text = clearScreen + text
		}
		if _, err := fmt.Fprintln(a.out, text); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
}

// draw lets a silent stream's status age: only signs of life keep it young.
func (a *app) draw(v view, f statusFlags) string {
	if v.err != nil {
		return render.Unreachable(v.err.Error(), a.hint(v.err), a.width)
	}
	v.status.AgeSeconds += time.Since(v.got).Seconds()
	return render.Status(v.status, a.now(), render.Options{Width: a.width, Long: f.long})
}
