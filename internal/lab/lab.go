package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/board"
)

// ErrNotRoot is returned where the lab lacks the rights it needs.
var ErrNotRoot = errors.New("the lab needs root: it makes namespaces, control groups and Docker engines")

// Lab is two nodes, their boards and harness, a switch, a client and a
// router. New makes one, Run gives it life; the other methods need Ready.
// They are safe for concurrent use.
type Lab struct {
	opts    Options
	log     *slog.Logger
	cgroups cgroupRoot
	thread  *thread
	boards  *board.Server

	// Set by Run before Ready.
	network *network
	nodes   [2]*node

	ready chan struct{}
}

// New checks the options and the machine. It starts and makes nothing.
func New(opts Options) (*Lab, error) {
	if os.Geteuid() != 0 {
		return nil, ErrNotRoot
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("check lab options: %w", err)
	}
	groups, err := findCgroups()
	if err != nil {
		return nil, fmt.Errorf("look at this machine: %w", err)
	}
	l := &Lab{opts: opts, log: opts.Log, cgroups: groups, thread: newThread(), ready: make(chan struct{})}
	live := board.NewLive(opts.Boards[0], opts.Boards[1], l.hearBoard)
	l.boards = board.NewServer(live, [2]string{opts.busSocket(0), opts.busSocket(1)}, opts.Log)
	return l, nil
}

// Options returns the options with all defaults filled in.
func (l *Lab) Options() Options { return l.opts }

// Ready is closed when Run has built the lab. The nodes have no power then;
// see PowerOn.
func (l *Lab) Ready() <-chan struct{} { return l.ready }

// Run builds the lab, keeps it until ctx ends and removes it. When it
// returns nothing of the lab is left, whatever the error was.
func (l *Lab) Run(ctx context.Context) error {
	claim, err := claimName(l.opts)
	if err != nil {
		return err
	}
	defer claim.release()
	threadCtx, endThread := context.WithCancel(context.Background())
	var outer errgroup.Group
	outer.Go(func() error { return l.thread.run(threadCtx) })
	err = l.runInside(ctx)
	endThread()
	return errors.Join(err, outer.Wait(), claim.removeTraces(l.cgroups))
}

// runInside needs the thread, before and after.
func (l *Lab) runInside(ctx context.Context) (err error) {
	if err := formatDisks(l.opts); err != nil {
		return err
	}
	l.network, err = newNetwork(l.thread, l.opts)
	defer func() { err = errors.Join(err, l.network.close()) }()
	if err != nil {
		return fmt.Errorf("build network: %w", err)
	}
	control, err := l.listenControl(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for i := range l.nodes {
		l.nodes[i] = newNode(l, i)
	}
	for i, n := range l.nodes {
		g.Go(func() error { return n.run(ctx) })
		g.Go(func() error { return l.watchSysrq(ctx, i) })
		g.Go(func() error { return l.playVendor(ctx, i) })
	}
	g.Go(func() error { return l.boards.Run(ctx) })
	g.Go(func() error { return l.serveControl(ctx, control) })
	close(l.ready)
	return g.Wait()
}

// hearBoard turns what a board did to its Pi into an order to the node.
func (l *Lab) hearBoard(e board.Event) {
	l.log.Info("board acted", "node", l.opts.Nodes[e.Node].Name, "did", e.Kind, "reason", e.Reason)
	o := orderPowerOn
	if e.Kind == board.PowerCut {
		o = orderPowerCut
	}
	if err := l.nodes[e.Node].tell(o); err != nil {
		l.log.Error("a node missed its board's act", "err", err)
	}
}

// index finds a node by name.
func (l *Lab) index(name string) (int, error) {
	i := slices.IndexFunc(l.opts.Nodes[:], func(n NodeOptions) bool { return n.Name == name })
	if i < 0 {
		return 0, fmt.Errorf("node %q is not in this lab: it has %s and %s", name, l.opts.Nodes[0].Name, l.opts.Nodes[1].Name)
	}
	return i, nil
}
