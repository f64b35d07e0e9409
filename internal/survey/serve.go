package survey

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
)

// Pi is the machine a hand works on. All fields are required but Pace.
type Pi struct {
	Name   string
	Boot   string // the kernel's boot id
	Uptime func() (time.Duration, error)
	Board  *sleepi3.Dev
	Bare   *sleepi3.Dev  // the same board without retries, to count what fails
	Pace   time.Duration // between two looks; 0 stands for the constant Pace

	// InTheWay names the services that would disturb a survey on either node, and
	// those whose start at boot would on the measured one.
	InTheWay func(ctx context.Context) (now, atBoot []string)
	Feed     func() error // one toggle of the heartbeat pin
	Sync     func()
	// Reboot, PowerOff and Panic end the kernel; they may return before that.
	Reboot, PowerOff, Panic func() error
}

// lowerLimit is how long a hand tries to lower its line at its end.
const lowerLimit = 30 * time.Second

// Serve is the body of a hand: it does what comes on rw until that ends or ctx
// does, and lowers EXTOUT before it returns. It also lowers it when its survey
// has been silent for 3 s. rw is closed on return.
func Serve(ctx context.Context, rw io.ReadWriteCloser, pi Pi) error {
	if pi.Pace == 0 {
		pi.Pace = Pace
	}
	s := &server{pi: pi, out: json.NewEncoder(rw)}
	if err := s.greet(ctx); err != nil {
		return errors.Join(err, rw.Close())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.obey(rw) })
	g.Go(func() error { return s.watch(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		return rw.Close() // unblocks obey
	})
	err := g.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		err = nil
	}
	if s.keeps() {
		return err
	}
	lowering, cancel := context.WithTimeout(context.WithoutCancel(ctx), lowerLimit)
	defer cancel()
	return errors.Join(err, fencing.Release(lowering, pi.Board))
}

type server struct {
	pi Pi

	mu    sync.Mutex // of what follows
	out   *json.Encoder
	heard time.Time // the survey's last word
	up    bool      // the survey wants the line up
	keep  bool      // the kernel is about to end, and the line is to be seen outliving it
}

func (s *server) say(m message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.out.Encode(m); err != nil {
		return fmt.Errorf("answer the survey: %w", err)
	}
	return nil
}

func (s *server) greet(ctx context.Context) error {
	up, err := s.pi.Uptime()
	if err != nil {
		return fmt.Errorf("ask how long the kernel is up: %w", err)
	}
	s.heard = time.Now()
	now, atBoot := s.pi.InTheWay(ctx)
	return s.say(message{Hello: &Hello{
		Protocol: protocol, Name: s.pi.Name, Boot: s.pi.Boot, Uptime: up, Pace: s.pi.Pace, InTheWay: now, AtBoot: atBoot,
	}})
}

// obey carries out requests one after another.
func (s *server) obey(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, lineMax)
	for in.Scan() {
		var req request
		if err := json.Unmarshal(in.Bytes(), &req); err != nil {
			return fmt.Errorf("understand the survey: %w", err)
		}
		s.mu.Lock()
		s.heard = time.Now()
		s.mu.Unlock()
		m, then := s.carryOut(req)
		m.ID = req.ID
		if err := s.say(m); err != nil {
			return err
		}
		if then == nil {
			continue
		}
		if err := then(); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return io.EOF
}

// carryOut does what was asked; then is what ends the kernel, after the answer.
func (s *server) carryOut(req request) (m message, then func() error) {
	var err error
	b := s.pi.Board
	switch req.Do {
	case doStill:
	case doRead:
		var r sleepi3.Registers
		r, err = b.Registers()
		m.Regs = &r
	case doArm:
		err = b.Arm()
	case doDisarm:
		err = b.Disarm()
	case doOut:
		err = s.drive(req.Arg != 0)
	case doWatchdog:
		err = errors.Join(b.SetRestart(true), b.SetWatchdogTimeout(time.Duration(req.Arg)*time.Second))
	case doSleep:
		err = b.SetSleepTimeout(time.Duration(req.Arg) * time.Second)
	case doFeed:
		err = s.pi.Feed()
	case doBus:
		m.Bus = s.count(req.Arg)
	case doReboot:
		then = s.last(s.pi.Reboot)
	case doPowerOff:
		then = s.last(s.pi.PowerOff)
	case doPanic:
		then = s.last(s.pi.Panic)
	default:
		err = fmt.Errorf("%q is unknown: both nodes need the same version of futago", req.Do)
	}
	if err != nil {
		m = message{Err: err.Error()}
	}
	return m, then
}

// last prepares the end of the kernel. The line stays as it is: whether it
// outlives the kernel is what is asked.
func (s *server) last(end func() error) func() error {
	s.pi.Sync()
	s.mu.Lock()
	s.keep = true
	s.mu.Unlock()
	return end
}

func (s *server) keeps() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep
}

func (s *server) drive(up bool) error {
	s.mu.Lock()
	s.up = up
	s.mu.Unlock()
	return s.pi.Board.SetOut(up)
}

// busMost bounds one count: 0.5 ms each on a bus of 100 kHz.
const busMost = 10_000

func (s *server) count(n int) *Bus {
	c := &Bus{}
	for range min(n, busMost) {
		began := time.Now()
		if _, err := s.pi.Bare.Lines(); err != nil {
			c.Failed++
		}
		c.Transfers++
		c.Slowest = max(c.Slowest, time.Since(began))
	}
	return c
}

// watch says what the lines do. A look that fails is left out: the survey sees
// its silence.
func (s *server) watch(ctx context.Context) error {
	tick := time.NewTicker(s.pi.Pace)
	defer tick.Stop()
	var said lines
	for n := 0; ; n++ {
		now, err := s.look()
		if err == nil && (now != said || n%tickEach == 0) {
			said = now
			if err := s.say(message{Lines: &now}); err != nil {
				return err
			}
		}
		if s.orphaned() {
			if err := s.drive(false); err == nil {
				return errors.New("the survey was silent for " + silentFor.String() + ": EXTOUT was lowered")
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *server) look() (lines, error) {
	l, err := s.pi.Board.Lines()
	if err != nil {
		return lines{}, err
	}
	seconds, err := s.pi.Board.InSeconds()
	return lines{Out: l.Out, In: l.In, Seconds: seconds}, err
}

// orphaned tells whether the line is up for a survey that does not speak.
func (s *server) orphaned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up && !s.keep && time.Since(s.heard) > silentFor
}
