package nodeinit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// supervisor keeps one unit running as systemd's Restart=always does.
type supervisor struct {
	unit Unit
	emit func(Event)

	stopping context.Context // ended by stop, for good
	cancel   context.CancelFunc
	done     chan struct{} // closed when run has returned
	wake     chan struct{} // wanted changed; capacity 1

	mu      sync.Mutex
	started bool
	wanted  bool
	pid     int           // 0 while no process runs
	idle    chan struct{} // closed while neither process nor ExecStopPost runs
}

func newSupervisor(unit Unit, emit func(Event)) *supervisor {
	ctx, cancel := context.WithCancel(context.Background())
	s := &supervisor{
		unit: unit, emit: emit, stopping: ctx, cancel: cancel,
		done: make(chan struct{}), wake: make(chan struct{}, 1),
		wanted: true, idle: make(chan struct{}),
	}
	close(s.idle)
	return s
}

// want says whether the unit shall run. The change is carried out by run.
func (s *supervisor) want(on bool) {
	s.mu.Lock()
	s.wanted = on
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *supervisor) isWanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted
}

// waitDown waits until nothing of the unit runs, or the unit was ended.
func (s *supervisor) waitDown() {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	<-idle
}

// begin tells whether to start the process now; if so the unit is busy until
// rest is called.
func (s *supervisor) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wanted {
		return false
	}
	s.idle = make(chan struct{})
	return true
}

func (s *supervisor) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.idle)
}

// stop ends the unit for good and waits for it. A unit that was never
// started is left so.
func (s *supervisor) stop() {
	s.cancel()
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	if started {
		<-s.done
	}
}

// mainPID returns the pid of the running process, 0 if there is none.
func (s *supervisor) mainPID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// signal sends sig to the unit's main process only.
func (s *supervisor) signal(sig syscall.Signal) error {
	pid := s.mainPID()
	if pid == 0 {
		return fmt.Errorf("unit %s does not run", s.unit.Name)
	}
	return syscall.Kill(pid, sig)
}

// run serves the unit until stop. ready is called once, when the unit is up
// for the first time or its start time is over.
func (s *supervisor) run(ready func()) {
	defer close(s.done)
	once := sync.OnceFunc(ready)
	defer once()
	for s.stopping.Err() == nil {
		if !s.begin() {
			select {
			case <-s.stopping.Done():
			case <-s.wake:
			}
			continue
		}
		how := s.runOnce(s.stopping, once)
		s.emit(Event{Unit: s.unit.Name, State: Ended, Text: how})
		s.stopPost()
		s.rest()
		s.pause(s.stopping)
	}
}

func (s *supervisor) markStarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = true
}

// pause waits for the restart delay, cut short by a change of wish.
func (s *supervisor) pause(ctx context.Context) {
	timer := time.NewTimer(s.unit.RestartDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case <-ctx.Done():
	}
}

// runOnce runs the process from start to end and says how it ended.
func (s *supervisor) runOnce(ctx context.Context, ready func()) string {
	sock, err := listenNotify(s.unit.Name)
	if err != nil {
		return err.Error()
	}
	cmd := s.command(sock)
	if err := startWith(s.unit.TimerSlack, cmd); err != nil {
		return errors.Join(err, sock.close()).Error()
	}
	s.setPID(cmd.Process.Pid)
	s.emit(Event{Unit: s.unit.Name, State: Started, PID: cmd.Process.Pid})
	if !s.unit.Notify {
		ready()
	}
	run := &unitRun{supervisor: s, pid: cmd.Process.Pid, ready: ready, fed: make(chan struct{}, 1)}
	alive := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error { sock.serve(run.hear()); return nil })
	g.Go(func() error { run.stopWhenAsked(ctx, alive); return nil })
	g.Go(func() error { run.watchdog(alive); return nil })
	g.Go(func() error { run.giveUpWaiting(alive); return nil })
	waitErr := cmd.Wait()
	s.setPID(0)
	close(alive)
	closeErr := sock.close()
	if err := errors.Join(closeErr, g.Wait()); err != nil {
		return err.Error()
	}
	run.endGroup()
	if waitErr != nil {
		return waitErr.Error()
	}
	return "exit status 0"
}

// startWith starts a command whose timers may be so late, which a process has
// from the thread that makes it (prctl(2), PR_SET_TIMERSLACK; 0 is the default).
func startWith(slack time.Duration, cmd *exec.Cmd) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if slack > 0 {
		if err := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack.Nanoseconds()), 0, 0, 0); err != nil {
			return fmt.Errorf("set the timer slack: %w", err)
		}
		defer func() { err = errors.Join(err, unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0)) }()
	}
	return cmd.Start()
}

func (s *supervisor) setPID(pid int) {
	s.mu.Lock()
	s.pid = pid
	s.mu.Unlock()
}

func (s *supervisor) command(sock *notifySocket) *exec.Cmd {
	cmd := exec.Command(s.unit.Argv[0], s.unit.Argv[1:]...)
	cmd.Env = append(append(os.Environ(), s.unit.Env...), sock.env())
	if s.unit.Watchdog > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("WATCHDOG_USEC=%d", s.unit.Watchdog.Microseconds()))
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// stopPost runs ExecStopPost to its end, bounded by the stop time-out.
func (s *supervisor) stopPost() {
	if len(s.unit.StopPost) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.unit.StopTimeout)
	defer cancel()
	if err := runStep(ctx, s.unit.StopPost); err != nil {
		s.emit(Event{Unit: s.unit.Name, State: Failed, Text: err.Error()})
	}
}

// runStep runs one command of the boot or stop sequence to its end.
func runStep(ctx context.Context, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %q: %w", argv, err)
	}
	return nil
}
