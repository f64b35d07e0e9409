package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vishvananda/netns"

	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// Phase is what a node's Pi does at the moment.
type Phase string

// The phases of a node. Halted and Panicked have power but nothing runs.
const (
	Off      Phase = "off"
	Booting  Phase = "booting"  // firmware and kernel: power, nothing runs yet
	Running  Phase = "running"  // the node's init runs
	Halted   Phase = "halted"   // shut down, power still there
	Panicked Phase = "panicked" // the kernel is dead, power still there
)

// order is what the lab tells a node's loop to do.
type order int

const (
	orderPowerOn order = iota
	orderPowerCut
	orderPanic
	orderReset // restart at once, as sysrq b
	orderHalt  // stop at once, as sysrq o
)

// orderQueue bounds the orders a busy loop may have outstanding; a board
// cannot make more events than a few per second.
const orderQueue = 64

// node is one Pi: everything but its board. Its loop alone changes its phase.
type node struct {
	index  int
	opts   Options
	disk   disk
	group  nodeCgroup
	net    *network
	thread *thread
	boards boardSide
	log    *slog.Logger
	orders chan order

	// Owned by the loop.
	ns    netns.NsHandle
	boot  *bootedNode // nil unless Running or Panicked
	timer *time.Timer // set while Booting

	mu    sync.Mutex
	state NodeStatus
	moved chan struct{} // closed and renewed at each change of state
}

// boardSide is what a node tells its power board.
type boardSide interface {
	Panic(node int)
	Halt(node int)
	Reboot(node int)
}

// NodeStatus is what there is to see of a node.
type NodeStatus struct {
	Name   string              `json:"name"`
	Phase  Phase               `json:"phase"`
	BootID string              `json:"boot_id,omitempty"`
	Boots  int                 `json:"boots"`         // since the lab began
	PID    int                 `json:"pid,omitempty"` // of the node's manager, for nsenter(1); 0: cannot be entered
	Since  time.Time           `json:"since"`         // of this phase
	Units  map[string]UnitView `json:"units,omitempty"`
	Up     bool                `json:"up"` // every unit was started once in this boot
}

// UnitView is the last that was heard of a unit.
type UnitView struct {
	State nodeinit.State `json:"state"`
	PID   int            `json:"pid,omitempty"` // inside the node
	Count int            `json:"count"`         // starts in this boot
	Text  string         `json:"text,omitempty"`
}

func newNode(l *Lab, i int) *node {
	o := l.opts
	return &node{
		index: i, opts: o, disk: disk{o.nodeDir(i)},
		group: nodeCgroup{root: l.cgroups, name: o.cgroupName() + "/" + o.Nodes[i].Name},
		net:   l.network, thread: l.thread, boards: l.boards,
		log: o.Log.With("node", o.Nodes[i].Name), orders: make(chan order, orderQueue),
		ns:    netns.None(),
		state: NodeStatus{Name: o.Nodes[i].Name, Phase: Off, Since: time.Now()},
		moved: make(chan struct{}),
	}
}

// tell queues an order without blocking.
func (n *node) tell(o order) error {
	select {
	case n.orders <- o:
		return nil
	default:
		return fmt.Errorf("%s does not keep up with its orders", n.opts.Nodes[n.index].Name)
	}
}

// run carries out orders until ctx ends, then cuts the power for good.
func (n *node) run(ctx context.Context) error {
	n.timer = time.NewTimer(time.Hour)
	n.timer.Stop()
	defer n.timer.Stop()
	for {
		var ended <-chan nodeEnd
		if n.boot != nil {
			ended = n.boot.ended
		}
		var err error
		select {
		case <-ctx.Done():
			return n.cut()
		case o := <-n.orders:
			err = n.obey(ctx, o)
		case <-n.timer.C:
			err = n.start()
		case end := <-ended:
			err = n.afterEnd(end)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("node %s: %w", n.opts.Nodes[n.index].Name, err), n.cut())
		}
	}
}

func (n *node) obey(ctx context.Context, o order) error {
	powered := n.status().Phase != Off
	switch o {
	case orderPowerOn:
		if powered {
			return nil
		}
		n.beginBoot()
	case orderPowerCut:
		return n.cut()
	case orderPanic:
		if n.status().Phase != Running {
			return nil
		}
		return n.panic(ctx)
	case orderReset:
		if !powered {
			return nil
		}
		return n.restart()
	case orderHalt:
		if !powered {
			return nil
		}
		return n.halt()
	}
	return nil
}

func (n *node) beginBoot() {
	n.timer.Reset(n.opts.BootDelay)
	n.setState(func(s *NodeStatus) {
		*s = NodeStatus{Name: s.Name, Phase: Booting, Boots: s.Boots, Since: time.Now()}
	})
}

// start is the moment a kernel would run its init.
func (n *node) start() error {
	id, err := n.disk.newBootID()
	if err != nil {
		return err
	}
	if err := n.net.change(func(c *cabling) { c.silent[n.index] = false }); err != nil {
		return err
	}
	if n.ns, err = n.net.plugNode(n.index); err != nil {
		return err
	}
	boot, err := n.launch()
	if err != nil {
		return err
	}
	n.boot = boot
	n.setState(func(s *NodeStatus) {
		s.Phase, s.BootID, s.Since = Running, id, time.Now()
		s.Boots++
		s.Units = map[string]UnitView{}
	})
	return nil
}

// cut takes the node's power: first its cable, so that no kernel sends a
// farewell for its connections, then every process at once.
func (n *node) cut() error {
	n.timer.Stop()
	err := n.sweep()
	n.setState(func(s *NodeStatus) {
		*s = NodeStatus{Name: s.Name, Phase: Off, Boots: s.Boots, Since: time.Now()}
	})
	return err
}

// sweep removes everything of the node that a kernel would forget.
func (n *node) sweep() error {
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	errs := []error{n.net.unplugNode(n.index), n.group.kill()}
	if n.boot != nil {
		errs = append(errs, n.boot.wait())
		n.boot = nil
	}
	errs = append(errs, n.group.waitEmpty(ctx), n.group.remove())
	if n.ns.IsOpen() {
		errs = append(errs, n.ns.Close())
	}
	return errors.Join(errs...)
}

// killTimeout bounds how long killed processes may take to vanish.
const killTimeout = 20 * time.Second

// panic stops the node as a dead kernel does: nothing runs, nothing answers,
// the carrier and the power stay. Only a power cut or the watchdog helps.
func (n *node) panic(ctx context.Context) error {
	if err := n.net.change(func(c *cabling) { c.silent[n.index] = true }); err != nil {
		return err
	}
	if err := n.group.freeze(ctx); err != nil {
		return err
	}
	n.boards.Panic(n.index)
	n.setPhase(Panicked)
	return nil
}

// restart is a reset without loss of power.
func (n *node) restart() error {
	if err := n.sweep(); err != nil {
		return err
	}
	n.boards.Reboot(n.index)
	n.beginBoot()
	return nil
}

// halt ends everything and leaves the board to take the power.
func (n *node) halt() error {
	if err := n.sweep(); err != nil {
		return err
	}
	n.boards.Halt(n.index)
	n.setPhase(Halted)
	return nil
}

// afterEnd handles a node whose first process ended without the lab's doing.
func (n *node) afterEnd(end nodeEnd) error {
	switch end {
	case endReboot:
		return n.restart()
	case endPowerOff:
		return n.halt()
	case endDied:
	}
	// A kernel whose init died panics. There is nothing left to freeze.
	n.log.Error("the node's init died", "console", n.disk.console())
	if err := n.sweep(); err != nil {
		return err
	}
	n.boards.Panic(n.index)
	n.setPhase(Panicked)
	return nil
}

func (n *node) setPhase(p Phase) {
	n.setState(func(s *NodeStatus) { s.Phase, s.Since, s.PID = p, time.Now(), 0 })
}

func (n *node) setState(edit func(*NodeStatus)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.state.Phase
	edit(&n.state)
	if n.state.Phase != before {
		n.log.Info("node changed", "phase", n.state.Phase, "boot", n.state.Boots)
	}
	close(n.moved)
	n.moved = make(chan struct{})
}

// status returns a copy.
func (n *node) status() NodeStatus {
	s, _ := n.statusAndChange()
	return s
}

func (n *node) statusAndChange() (NodeStatus, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.state
	s.Units = make(map[string]UnitView, len(n.state.Units))
	for k, v := range n.state.Units {
		s.Units[k] = v
	}
	return s, n.moved
}

// hear records an event of the node's init.
func (n *node) hear(e nodeinit.Event) {
	if e.Unit == "" {
		n.log.Debug("node said", "state", e.State, "text", e.Text)
		if e.State == nodeinit.Failed {
			n.log.Warn("a boot step failed", "text", e.Text)
		}
		n.setState(func(s *NodeStatus) {
			s.Up = s.Up || e.State == nodeinit.Booted
			if e.State == nodeinit.Mounted {
				s.PID = n.group.hostPID(e.PID)
			}
		})
		return
	}
	n.log.Debug("unit changed", "unit", e.Unit, "state", e.State, "text", e.Text)
	n.setState(func(s *NodeStatus) {
		if s.Units == nil {
			return // the node is gone; this line was late
		}
		v := s.Units[e.Unit]
		v.State, v.Text = e.State, e.Text
		if e.State == nodeinit.Started {
			v.PID = e.PID
			v.Count++
		}
		s.Units[e.Unit] = v
	})
}
