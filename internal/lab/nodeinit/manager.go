package nodeinit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// Bounds of the steps that have no unit of their own.
const (
	earlyBootTimeout = 10 * time.Second
	imageTimeout     = 2 * time.Minute
	goodbyeTimeout   = 5 * time.Second
)

// manager boots a node, keeps its units and ends it.
type manager struct {
	spec   Spec
	units  []*supervisor
	ending chan ending // capacity 1
	jobs   jobList

	mu     sync.Mutex
	events io.Writer
}

// ending is how the node shall end.
type ending struct {
	code  int
	force bool // without stopping the units, as reboot -f
}

// Manage runs the node until it shall end and returns the exit code for its
// process: Init acts on it.
func Manage(spec io.Reader) (int, error) {
	s, err := ReadSpec(spec)
	if err != nil {
		return 1, err
	}
	unix.CloseOnExec(eventFD)
	m := &manager{spec: s, ending: make(chan ending, 1), events: os.NewFile(eventFD, "events")}
	for _, u := range s.Units {
		m.units = append(m.units, newSupervisor(u, m.emit))
	}
	return m.run()
}

// emit tells the lab. A lab that does not listen any more is no reason for a
// node to stop, so the error of the write has no one to go to.
func (m *manager) emit(e Event) {
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.events.Write(append(line, '\n'))
}

func (m *manager) run() (int, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, err := listenCtl()
	if err != nil {
		return 1, err
	}
	m.emit(Event{State: Mounted, PID: os.Getpid()})
	var units, g errgroup.Group
	booted := make(chan struct{})
	g.Go(func() error { return server.serve(m.obey) })
	g.Go(func() error { defer close(booted); m.boot(ctx, &units); return nil })
	end := <-m.ending
	if end.force {
		return end.code, nil // the kernel ends the rest
	}
	m.emit(Event{State: Stopping})
	cancel()
	<-booted
	m.stopUnits()
	if err := errors.Join(server.close(), units.Wait(), g.Wait()); err != nil {
		m.emit(Event{State: Failed, Text: err.Error()})
	}
	sayGoodbye()
	return end.code, nil
}

// boot starts everything in order and returns when all was started once or
// ctx ended.
func (m *manager) boot(ctx context.Context, units *errgroup.Group) {
	if len(m.spec.EarlyBoot) > 0 {
		m.step(ctx, earlyBootTimeout, m.spec.EarlyBoot)
	}
	for _, u := range m.units {
		if ctx.Err() != nil {
			return
		}
		ready := make(chan struct{})
		u.markStarted()
		units.Go(func() error { u.run(func() { close(ready) }); return nil })
		select {
		case <-ready:
		case <-ctx.Done():
			return
		}
		if u.unit.Name == engineUnit {
			m.importImages(ctx)
		}
	}
	m.emit(Event{State: Booted})
}

func (m *manager) step(ctx context.Context, limit time.Duration, argv []string) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := runStep(ctx, argv); err != nil {
		m.emit(Event{State: Failed, Text: err.Error()})
	}
}

// importImages makes the images of a node's first boot; its disk keeps them.
func (m *manager) importImages(ctx context.Context) {
	for _, img := range m.spec.Images {
		inspect, cancel := context.WithTimeout(ctx, imageTimeout)
		missing := exec.CommandContext(inspect, "docker", "image", "inspect", img.Name).Run() != nil
		cancel()
		if !missing {
			continue
		}
		argv := []string{"docker", "import"}
		for _, c := range img.Changes {
			argv = append(argv, "--change", c)
		}
		m.step(ctx, imageTimeout, append(argv, img.TarFile, img.Name))
	}
}

// stopUnits stops the units last first, each within its own time-out.
func (m *manager) stopUnits() {
	for i := len(m.units) - 1; i >= 0; i-- {
		m.units[i].stop()
	}
}

// sayGoodbye ends what is left as the end of every shutdown does: SIGTERM to
// all, a bounded wait. The kernel kills the rest when the node ends.
func sayGoodbye() {
	if err := syscall.Kill(-1, syscall.SIGTERM); err != nil {
		return // nobody left
	}
	for deadline := time.Now().Add(goodbyeTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if !othersAlive() {
			return
		}
	}
}

// othersAlive tells whether a process besides the first one and this one is
// left on the node.
func othersAlive() bool {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	self := fmt.Sprint(os.Getpid())
	for _, e := range entries {
		name := e.Name()
		if name[0] >= '1' && name[0] <= '9' && name != "1" && name != self {
			return true
		}
	}
	return false
}
