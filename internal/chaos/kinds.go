package chaos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
)

// kind is one way to break something. What mends it is mend's, which mends all.
type kind struct {
	weight int // in a mixed campaign; 0: not there
	args   func(d dice) int
	// apply breaks it. An error says that there was nothing to break, which
	// happens where faults fall on what others have broken.
	apply func(ctx context.Context, r *run, node, arg int) error
}

func (k kind) draw(d dice) int {
	if k.args == nil {
		return 0
	}
	return k.args(d)
}

// kinds by name. Those of operators are here because a person acts at the
// wrong moment as well.
var kinds = func() map[string]kind {
	all := map[string]kind{}
	for _, some := range []map[string]kind{networkKinds, powerKinds, programKinds, lineKinds, personKinds} {
		maps.Copy(all, some)
	}
	return all
}()

// mixedKinds has each name as often as its weight says.
func mixedKinds() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		names = append(names, slices.Repeat([]string{name}, kinds[name].weight)...)
	}
	return names
}

// millis draws a time as an argument in milliseconds.
func millis(low, high time.Duration) func(dice) int {
	return func(d dice) int { return int(d.spread(low, high).Milliseconds()) }
}

var networkKinds = map[string]kind{
	"link cut":   {weight: 5, apply: func(_ context.Context, r *run, _, _ int) error { return r.lab.CutLink() }},
	"deaf":       {weight: 3, apply: func(_ context.Context, r *run, node, _ int) error { return r.lab.SetDeaf(node, true) }},
	"cable":      {weight: 4, apply: func(_ context.Context, r *run, node, _ int) error { return r.lab.SetUplink(node, false) }},
	"switch off": {weight: 2, apply: func(_ context.Context, r *run, _, _ int) error { return r.lab.SetSwitch(false) }},
	"router off": {weight: 1, apply: func(_ context.Context, r *run, _, _ int) error { return r.lab.SetRouter(false) }},
	"loss": {
		weight: 2, args: func(d dice) int { return pick(d, 5, 30, 60, 90) },
		apply: func(_ context.Context, r *run, node, arg int) error { return r.lab.SetLoss(node, arg) },
	},
}

var powerKinds = map[string]kind{
	"supply off": {weight: 3, apply: func(_ context.Context, r *run, node, _ int) error { r.lab.PowerOff(node); return nil }},
	"blink":      {weight: 3, args: millis(20*time.Millisecond, 10*time.Second), apply: blink},
	"blink both": {weight: 2, args: millis(20*time.Millisecond, 10*time.Second), apply: func(ctx context.Context, r *run, _, arg int) error {
		r.lab.PowerOff(0)
		r.lab.PowerOff(1)
		r.later(arg, func() { r.lab.PowerOn(0) })
		r.later(arg/2, func() { r.lab.PowerOn(1) })
		return nil
	}},
	"panic": {weight: 5, apply: func(_ context.Context, r *run, node, _ int) error { return r.lab.Panic(node) }},
	"reset": {weight: 2, apply: func(ctx context.Context, r *run, node, _ int) error { return r.on(ctx, node, "reboot", "-f") }},
}

func blink(_ context.Context, r *run, node, arg int) error {
	r.lab.PowerOff(node)
	r.later(arg, func() { r.lab.PowerOn(node) })
	return nil
}

var programKinds = map[string]kind{
	"kill": {weight: 5, apply: func(_ context.Context, r *run, node, _ int) error {
		pid := r.lab.DaemonPID(node)
		if pid == 0 {
			return fmt.Errorf("no daemon runs on %s", r.name(node))
		}
		return syscall.Kill(pid, syscall.SIGKILL)
	}},
	"hang": {weight: 3, apply: func(ctx context.Context, r *run, node, _ int) error { return r.lab.Hang(ctx, node) }},
	"restart": {weight: 2, apply: func(ctx context.Context, r *run, node, _ int) error {
		return r.on(ctx, node, "systemctl", "restart", "futago")
	}},
	"stop": {weight: 2, apply: func(ctx context.Context, r *run, node, _ int) error {
		return r.on(ctx, node, "systemctl", "stop", "futago")
	}},
	"container": {weight: 4, apply: killContainer},
	"engine hung": {weight: 3, apply: func(ctx context.Context, r *run, node, _ int) error {
		return r.on(ctx, node, "sh", "-c", "kill -STOP $(cat /run/docker.pid)")
	}},
}

// killContainer ends the service's process, past the engine.
func killContainer(ctx context.Context, r *run, node, _ int) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	out, err := r.lab.Exec(ctx, node, "docker", "inspect", "--format", "{{.State.Pid}}", container)
	if err != nil {
		return err
	}
	pid := strings.TrimSpace(out)
	if pid == "0" || pid == "1" || pid == "" {
		return fmt.Errorf("%s does not run on %s", container, r.name(node))
	}
	return r.on(ctx, node, "kill", "-KILL", pid)
}

var lineKinds = map[string]kind{
	"wire": {
		weight: 4, apply: breakWire,
		args: func(d dice) int {
			return int(pick(d, board.WireCut, board.WireCut, board.WireLow, board.WireHigh, board.WireSwapped, board.WireLooped, board.WireShorted))
		},
	},
	"bus silent": {weight: 2, args: millis(time.Second, 30*time.Second), apply: func(_ context.Context, r *run, node, arg int) error {
		mute := r.plan.boards[node]
		mute.NAKRate = 1
		r.later(arg, func() { r.note(r.lab.Boards().SetOptions(node, r.plan.boards[node])) })
		return r.lab.Boards().SetOptions(node, mute)
	}},
	"watchdog off": {weight: 1, apply: func(_ context.Context, r *run, node, _ int) error {
		return r.lab.SwitchWatchdogOff(node)
	}},
	"bus hangs": {weight: 2, args: millis(200*time.Millisecond, 30*time.Second), apply: func(_ context.Context, r *run, node, arg int) error {
		r.lab.Boards().FailNext(node, board.Fault{Hang: time.Duration(arg) * time.Millisecond, Acts: board.ActsLast})
		return nil
	}},
}

// breakWire breaks the line that a node drives and has the lines tested, so
// that the pair knows.
func breakWire(ctx context.Context, r *run, node, arg int) error {
	r.lab.Wire(node, board.Wire(arg))
	return r.testWires(ctx, node, func(s control.Status) bool { return !allTested(s) })
}

func order(verb control.Verb, args map[string]string, named bool) func(context.Context, *run, int, int) error {
	return func(ctx context.Context, r *run, node, arg int) error {
		c := control.Command{Verb: verb, Args: args}
		if named {
			c.Node = r.name(node)
		}
		at := node
		if arg == 1 {
			at = 1 - node
		}
		return r.order(ctx, at, c)
	}
}

func coin(d dice) int { return d.IntN(2) }

var personKinds = map[string]kind{
	"move":        {weight: 6, args: coin, apply: order(control.VerbMove, nil, true)},
	"standby":     {weight: 2, args: coin, apply: order(control.VerbStandby, nil, true)},
	"maintenance": {weight: 1, apply: order(control.VerbMaintenance, map[string]string{control.ArgState: "on", control.ArgFor: "1m"}, false)},
	"fence test":  {weight: 2, apply: order(control.VerbFenceTest, nil, false)},
	"reboot":      {weight: 3, args: coin, apply: order(control.VerbReboot, map[string]string{control.ArgNow: "true"}, true)},
	"fence": {weight: 2, apply: func(ctx context.Context, r *run, node, _ int) error {
		return r.order(ctx, 1-node, control.Command{Verb: control.VerbFence, Node: r.name(node)})
	}},
	"wake": {weight: 1, apply: func(ctx context.Context, r *run, node, _ int) error {
		return r.order(ctx, 1-node, control.Command{Verb: control.VerbWake, Node: r.name(node)})
	}},
}
