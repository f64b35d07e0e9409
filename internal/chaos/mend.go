package chaos

import (
	"context"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// mend undoes whatever the kinds do, and gives power to what nothing else would.
func (r *run) mend(ctx context.Context) error {
	for i := range 2 {
		if err := r.mendNode(ctx, i); err != nil {
			return err
		}
	}
	if err := r.lab.Do(ctx, lab.Command{Verb: "heal-link"}); err != nil {
		return err
	}
	if err := r.lab.SetRouter(true); err != nil {
		return err
	}
	return r.lab.SetSwitch(true)
}

func (r *run) mendNode(ctx context.Context, node int) error {
	if err := r.lab.SetUplink(node, true); err != nil {
		return err
	}
	r.lab.Wire(node, board.WireOK)
	if err := r.lab.Boards().SetOptions(node, r.plan.boards[node]); err != nil {
		return err
	}
	r.lab.Boards().Unhang(node)
	s := r.lab.Status()
	switch {
	case !s.Boards[node].Supply:
		r.lab.PowerOn(node)
	case s.Nodes[node].Phase == lab.Running:
		// What the node does not need it refuses.
		_ = r.lab.Unhang(ctx, node)
		_ = r.on(ctx, node, "sh", "-c", "kill -CONT $(cat /run/docker.pid)")
		_ = r.on(ctx, node, "systemctl", "start", "--no-block", "futago")
	}
	return nil
}

// recover waits until the mended pair is well. After a while an operator takes
// back what operators said and what only they can take back.
func (r *run) recover(ctx context.Context) bool {
	end, help := time.Now().Add(recoverLimit), time.Now()
	for time.Now().Before(end) && ctx.Err() == nil {
		if v, ok := r.await(ctx, min(20*time.Second, time.Until(end)), view.well); ok {
			return true
		} else if time.Since(help) >= 20*time.Second {
			r.operate(ctx, v)
			help = time.Now()
		}
	}
	return false
}

// operate is what an operator who reads the status would do.
func (r *run) operate(ctx context.Context, v view) {
	r.diary.say("an operator looks: %s", v)
	for i, n := range v.lab.Nodes {
		switch n.Phase {
		case lab.Panicked, lab.Halted:
			r.diary.say("an operator cycles the power of %s, which is %s", n.Name, n.Phase)
			r.lab.PowerOff(i)
			r.lab.PowerOn(i)
		case lab.Off:
			// Where nobody is left to pulse only the clock of the board would.
			if v.lab.Nodes[1-i].Phase == lab.Off {
				r.diary.say("an operator pushes the switch of %s: both nodes are dark", n.Name)
				_ = r.lab.Do(ctx, lab.Command{Verb: "push", Args: []string{n.Name}})
			}
		case lab.Booting, lab.Running:
		}
		for _, c := range []control.Command{
			{Verb: control.VerbUnstandby, Node: n.Name},
			{Verb: control.VerbMaintenance, Args: map[string]string{control.ArgState: "off"}},
			{Verb: control.VerbClear},
		} {
			_ = r.order(ctx, i, c) // what is not so is refused
		}
	}
	for i := range 2 {
		if v.nodes[i] != nil && !allTested(*v.nodes[i]) {
			_ = r.order(ctx, i, control.Command{Verb: control.VerbFenceTest}) // the status says what came of it
		}
	}
}
