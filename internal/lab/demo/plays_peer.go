package demo

import (
	"context"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// The scenarios that Pacemaker fails, see docs/benchmarks.md.

// splitFor is long enough for the ready node to try three times and be
// contested, and shorter than the minute after which a server would fence a
// silent peer.
const splitFor = 25 * time.Second

func split(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.do(ctx, "cut-link") },
		func() error { return s.last(ctx, splitFor) },
		func() error { return s.do(ctx, "heal-link") },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return two + " tried to cut " + one + ", which contested and went on serving; nobody was cut.", err
}

// splitBoot is the loser of a split that boots with the link still cut.
func splitBoot(ctx context.Context, s *stage) (string, error) {
	cutting := func(v view) bool { return v.sees(1, func(st control.Status) bool { return st.Hold != nil }) }
	err := inOrder(
		func() error { return s.do(ctx, "cut-link") },
		func() error { return s.do(ctx, "power", two, "off") },
		func() error { return s.down(ctx, 1, usualLimit) },
		func() error { return s.do(ctx, "power", two, "on") },
		func() error { return s.await(ctx, two+" tries to cut "+one, usualLimit, cutting) },
		func() error {
			return s.await(ctx, two+" gave up", usualLimit, func(v view) bool { return v.nodes[1] != nil && !cutting(v) })
		},
		func() error { return s.do(ctx, "heal-link") },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return two + " booted alone and tried to cut " + one + ", which contested and went on serving.", err
}

func cable(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.do(ctx, "cut-uplink", one) },
		func() error { return s.served(ctx, 1, usualLimit) },
		func() error { return s.do(ctx, "heal-uplink", one) },
		func() error { return s.settled(ctx, 0, 2*usualLimit) },
	)
	return one + " had no network and yielded; " + two + " cut it and took over; plugged in, it got the service back.", err
}

// harness: the line by which the second node cuts the first is open. A test
// finds that; from then on nobody may believe a cut.
func harness(ctx context.Context, s *stage) (string, error) {
	broken := func(v view) bool {
		return v.sees(1, func(st control.Status) bool { return waitsFor(st, scheduler.CodeWireBroken) && st.Hold == nil })
	}
	err := inOrder(
		func() error { return s.do(ctx, "wire", two, "cut") },
		func() error { return s.testLine(ctx, 1) },
		func() error { return s.await(ctx, "the test found the open line", usualLimit, lineFailed) },
		func() error { return s.do(ctx, "cut-link") },
		func() error { return s.await(ctx, two+" waits because of the line", usualLimit, broken) },
		func() error { return s.last(ctx, 5*time.Second) }, // both alive: nobody may move
		func() error { return s.do(ctx, "panic", one) },
		func() error { return s.last(ctx, 5*time.Second) }, // dead, and yet nobody can know
		func() error { return s.await(ctx, two+" still waits because of the line", usualLimit, broken) },
		func() error { return s.do(ctx, "power", one, "off") }, // the operator went, looked and unplugged it
		func() error { return s.down(ctx, 0, usualLimit) },
		func() error { return s.futago(ctx, 1, "confirm", "off", one, "--yes") },
		func() error { return s.served(ctx, 1, usualLimit) },
		func() error { return s.mend(ctx) },
		func() error { return s.settled(ctx, 0, 2*usualLimit) },
	)
	return two + " waited with an alarm until an operator looked and said \"confirm off\"; then it served.", err
}

// mend plugs everything in again and has the lines tested.
func (s *stage) mend(ctx context.Context) error {
	return inOrder(
		func() error { return s.do(ctx, "wire", two, "ok") },
		func() error { return s.do(ctx, "heal-link") },
		func() error { return s.do(ctx, "power", one, "on") },
		func() error {
			return s.await(ctx, "both lines passed their test", usualLimit, func(v view) bool {
				return v.sees(0, linesWork) && v.sees(1, linesWork)
			})
		},
	)
}

func linesWork(st control.Status) bool {
	for _, w := range st.Wires {
		if w.Verified.IsZero() {
			return false
		}
	}
	return len(st.Wires) == 2
}

func lineFailed(v view) bool {
	return v.sees(1, func(st control.Status) bool {
		for _, w := range st.Wires {
			if w.From == two && !w.FailedAt.IsZero() {
				return true
			}
		}
		return false
	})
}

func waitsFor(st control.Status, code string) bool {
	for _, w := range st.Waits {
		if w.Code == code {
			return true
		}
	}
	return false
}
