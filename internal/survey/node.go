package survey

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// node is one of the two Pis and the hand on it, nil while there is none.
type node struct {
	dial Dialer
	hand *hand
}

const (
	redialEvery = time.Second
	lookEvery   = 20 * time.Millisecond
)

// errStaysAway is a node that did not come back in time.
var errStaysAway = errors.New("it does not answer")

// reach makes sure that there is a hand; limit is how long it may take.
func (n *node) reach(ctx context.Context, limit time.Duration) error {
	if n.hand != nil {
		if _, lives := n.hand.lively(); lives {
			return nil
		}
	}
	back, err := n.back(ctx, limit)
	if err == nil && !back {
		err = fmt.Errorf("reach a node: %w", errStaysAway)
	}
	return err
}

// back waits until a node that went away answers again; false if it does not
// within limit.
func (n *node) back(ctx context.Context, limit time.Duration) (bool, error) {
	n.drop()
	deadline := time.Now().Add(limit)
	for {
		h, err := shake(ctx, n.dial)
		if err == nil {
			n.hand = h
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if !time.Now().Before(deadline) {
			return false, nil
		}
		if err := sleep(ctx, redialEvery); err != nil {
			return false, err
		}
	}
}

// drop lets go of a hand that is gone.
func (n *node) drop() {
	if n.hand != nil {
		_ = n.hand.close() // it is gone; that is why
		n.hand = nil
	}
}

// until waits for a look of the hand for which is holds, since from.
func (h *hand) until(ctx context.Context, from time.Time, limit time.Duration, is func(lines) bool) (time.Time, bool, error) {
	deadline := time.Now().Add(limit)
	for {
		if at, found := h.first(from, is); found {
			return at, true, nil
		}
		if !time.Now().Before(deadline) {
			return time.Time{}, false, nil
		}
		if err := sleep(ctx, lookEvery); err != nil {
			return time.Time{}, false, err
		}
	}
}

// untilGone waits for the node's end and returns its last sign of life.
func (h *hand) untilGone(ctx context.Context, limit time.Duration) (time.Time, bool, error) {
	deadline := time.Now().Add(limit)
	for {
		if at, lives := h.lively(); !lives {
			return at, true, nil
		}
		if !time.Now().Before(deadline) {
			return time.Time{}, false, nil
		}
		if err := sleep(ctx, lookEvery); err != nil {
			return time.Time{}, false, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func inHigh(l lines) bool { return l.In }
func inLow(l lines) bool  { return !l.In }
