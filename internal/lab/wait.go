package lab

import (
	"context"
	"fmt"
)

// WaitNode waits until cond holds for a node's status. what says in the error
// what was waited for.
func (l *Lab) WaitNode(ctx context.Context, node int, what string, cond func(NodeStatus) bool) (NodeStatus, error) {
	for {
		s, changed := l.nodes[node].statusAndChange()
		if cond(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s, fmt.Errorf("wait for %s to be %s (it is %s): %w", s.Name, what, s.Phase, ctx.Err())
		}
	}
}

// WaitPhase waits until a node is in a phase.
func (l *Lab) WaitPhase(ctx context.Context, node int, p Phase) (NodeStatus, error) {
	return l.WaitNode(ctx, node, string(p), func(s NodeStatus) bool { return s.Phase == p })
}

// WaitUp waits until a node has started every unit once in this boot.
func (l *Lab) WaitUp(ctx context.Context, node int) (NodeStatus, error) {
	return l.WaitNode(ctx, node, "up", func(s NodeStatus) bool { return s.Up })
}
