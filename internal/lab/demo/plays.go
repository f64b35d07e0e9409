package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/lab"
)

// The scenarios of the article. In each the first node is the preferred one and
// serves at the beginning.

func firstStart(ctx context.Context, s *stage) (string, error) {
	s.powerUp()
	if err := s.await(ctx, "the pair is well", usualLimit, view.well); err != nil {
		return "", err
	}
	return fmt.Sprintf("Both nodes got power, met, tested both wires; %s served.", s.look(ctx).nodes[0].Serving), nil
}

func moveThereAndBack(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.futago(ctx, 0, "move", "--yes", two) },
		func() error { return s.settled(ctx, 1, usualLimit) },
		func() error { return s.futago(ctx, 1, "move", "--yes", one) },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return "The service was moved to " + two + " and back to " + one + ".", err
}

func standbyAndBack(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.futago(ctx, 0, "standby", "--yes", one) },
		func() error { return s.served(ctx, 1, usualLimit) },
		func() error { return s.futago(ctx, 0, "unstandby", "--yes", one) },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return one + " was set to standby, " + two + " served; after unstandby the service went back by policy.", err
}

func plannedReboot(ctx context.Context, s *stage) (string, error) {
	boots := s.lab.Status().Nodes[0].Boots
	err := inOrder(
		func() error { return s.futago(ctx, 0, "reboot", "--now", "--yes") },
		func() error { return s.served(ctx, 1, usualLimit) },
		func() error {
			return s.await(ctx, one+" booted again", usualLimit, func(v view) bool { return v.lab.Nodes[0].Boots > boots && v.lab.Nodes[0].Phase == lab.Running })
		},
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return one + " handed the service over, rebooted, came back, and got it back by policy.", err
}

func crashActive(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.do(ctx, "panic", one) },
		func() error { return s.served(ctx, 1, usualLimit) },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return one + " died; " + two + " cut it, took over and woke it; the service went back by policy.", err
}

func crashReady(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.do(ctx, "panic", two) },
		func() error { return s.down(ctx, 1, 2*usualLimit) },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return two + " died; " + one + " went on serving; after 60 s its own board restarted it, or " + one + " cut and woke it.", err
}

// engineHung is the article's third scenario, mild: the container may run on
// one node only, and the engine that should stop it does not answer.
func engineHung(ctx context.Context, s *stage) (string, error) {
	engine := func(signal string) error {
		s.mark(time.Now(), two+": the container engine gets SIG"+signal)
		_, err := s.lab.Exec(ctx, 1, "sh", "-c", "kill -"+signal+" $(cat /run/docker.pid)")
		return err
	}
	err := inOrder(
		func() error { return s.futago(ctx, 0, "move", "--yes", two) },
		func() error { return s.settled(ctx, 1, usualLimit) },
		func() error { return engine("STOP") },
		func() error { return s.futago(ctx, 0, "move", "--yes", one) },
		func() error { return s.served(ctx, 0, usualLimit) },
		func() error { return engine("CONT") },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return two + " ended its container without the engine and gave the service back; no cut was needed.", err
}

// notGivenBack is the same in earnest: the daemon that should give the service
// back hangs, and its kernel goes on answering for the VIP.
func notGivenBack(ctx context.Context, s *stage) (string, error) {
	err := inOrder(
		func() error { return s.futago(ctx, 0, "move", "--yes", two) },
		func() error { return s.settled(ctx, 1, usualLimit) },
		func() error { return s.do(ctx, "hang", two) },
		func() error { return s.served(ctx, 0, usualLimit) },
		func() error { return s.settled(ctx, 0, usualLimit) },
	)
	return two + " held the service and did not answer; " + one + " cut it, served, and woke it.", err
}

// inOrder runs steps until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
