package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// nodeEnd is how a node's first process ended, see the package doc of
// nodeinit.
type nodeEnd int

const (
	endDied nodeEnd = iota
	endReboot
	endPowerOff
)

// bootedNode is the init process of one boot.
type bootedNode struct {
	ended chan nodeEnd // capacity 1; the loop may take it or not
	work  errgroup.Group
}

// wait waits until the init is reaped and its event pipe is read out.
func (b *bootedNode) wait() error { return b.work.Wait() }

// launch starts the node's init in its namespaces and control group.
func (n *node) launch() (*bootedNode, error) {
	if err := n.group.create(); err != nil {
		return nil, err
	}
	spec, err := json.Marshal(n.spec())
	if err != nil {
		return nil, fmt.Errorf("encode node spec: %w", err)
	}
	console, err := os.OpenFile(n.disk.console(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open console: %w", err)
	}
	defer console.Close()
	events, eventsEnd, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make event pipe: %w", err)
	}
	defer eventsEnd.Close()
	cmd := exec.Command(n.opts.Executable)
	cmd.Env = []string{nodeinit.RoleEnv + "=" + nodeinit.RoleInit, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(spec), console, console
	cmd.ExtraFiles = []*os.File{eventsEnd}
	if err := n.startIn(cmd); err != nil {
		return nil, errors.Join(err, events.Close())
	}
	b := &bootedNode{ended: make(chan nodeEnd, 1)}
	b.work.Go(func() error { b.ended <- judgeEnd(cmd.Wait()); return nil })
	b.work.Go(func() error { return n.readEvents(events) })
	return b, nil
}

// startIn starts the init from the lab's thread inside the node's network
// namespace, born into the control group: it never runs outside of it. It
// dies with the lab, whatever kills that.
func (n *node) startIn(cmd *exec.Cmd) error {
	group, err := os.Open(n.group.path("init"))
	if err != nil {
		return fmt.Errorf("open control group: %w", err)
	}
	defer group.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:   syscall.SIGKILL,
		Setsid:      true,
		UseCgroupFD: true,
		CgroupFD:    int(group.Fd()),
	}
	if err := n.thread.do(n.ns, cmd.Start); err != nil {
		return fmt.Errorf("start init of the node: %w", err)
	}
	return nil
}

// judgeEnd reads the way the kernel ends an init that called reboot(2).
func judgeEnd(err error) nodeEnd {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return endDied
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return endDied
	}
	if status.Signal() == syscall.SIGHUP {
		return endReboot
	}
	if status.Signal() == syscall.SIGINT {
		return endPowerOff
	}
	return endDied
}

// readEvents ends when the last process that holds the pipe has ended.
func (n *node) readEvents(pipe io.ReadCloser) error {
	defer pipe.Close()
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		var e nodeinit.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			n.log.Warn("the node's init said something unknown", "line", lines.Text(), "err", err)
			continue
		}
		n.hear(e)
	}
	return lines.Err()
}

// spec says how the node boots.
func (n *node) spec() nodeinit.Spec {
	o := n.opts
	s := nodeinit.Spec{
		Hostname:   o.Nodes[n.index].Name,
		Hosts:      hostsFile(o),
		BootIDFile: n.disk.bootID(),
		SysrqFIFO:  n.disk.sysrq(),
		BusSocket:  o.busSocket(n.index),
		EtcFutago:  n.disk.etcFutago(),
		Sleepi3:    n.disk.sleepi3(),
		VarFutago:  n.disk.varFutago(),
		VarDocker:  n.disk.varDocker(),
		Futago:     o.Futago,
	}
	if !o.NoEngine {
		s.Units = append(s.Units, engineUnit(n.group.name))
		s.Images = []nodeinit.Image{{Name: string(o.Image), TarFile: n.disk.image(o.Image), Changes: image.Changes(o.Image)}}
	}
	if len(o.Futago) > 0 {
		s.EarlyBoot = futagoCommand(o, "fence", "release")
	}
	s.Units = append(s.Units, daemonUnit(o))
	return s
}

func hostsFile(o Options) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	for _, n := range o.Nodes {
		fmt.Fprintf(&b, "%s %s\n", n.Addr, n.Name)
	}
	return b.String()
}

// engineUnit is the node's own Docker engine. Its state of running
// containers is in /run and goes with the power; images and containers stay.
func engineUnit(group string) nodeinit.Unit {
	return nodeinit.Unit{
		Name: "docker",
		Argv: []string{
			"dockerd", "--data-root", "/var/lib/docker", "--exec-root", "/run/docker",
			"--host", "unix:///run/docker.sock", "--pidfile", "/run/docker.pid",
			"--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", "/" + group + "/docker",
			"--log-level", "warn",
		},
		Notify:       true,
		StartTimeout: time.Minute,
		RestartDelay: 2 * time.Second,
		StopTimeout:  20 * time.Second,
	}
}

// DaemonUnit is the name of the unit that runs futago on a node.
const DaemonUnit = "futago"

// daemonUnit follows packaging's futago.service.
func daemonUnit(o Options) nodeinit.Unit {
	u := nodeinit.Unit{
		Name:         DaemonUnit,
		Argv:         o.Command,
		RestartDelay: time.Second,
		StartTimeout: 30 * time.Second,
		StopTimeout:  30 * time.Second,
		KillGroup:    true,
		Watchdog:     o.Watchdog,
		TimerSlack:   time.Millisecond,
	}
	if len(o.Futago) > 0 {
		u.StopPost = futagoCommand(o, "fence", "release")
	}
	if len(o.Command) == 0 {
		u.Argv, u.Notify = futagoCommand(o, "daemon"), true
	}
	return u
}

func futagoCommand(o Options, args ...string) []string {
	return append(append([]string{}, o.Futago...), args...)
}
