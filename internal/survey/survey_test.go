package survey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	bootTime = 8 * time.Second // from power to the hand's answer
	testPace = 20 * time.Millisecond
)

// rig is a pair of simulated boards with a Pi on each that can run a hand: all
// that a survey meets, in virtual time. The person in front of it does what it
// is asked to.
type rig struct {
	t    *testing.T
	live *board.Live
	work sync.WaitGroup
	ctx  context.Context

	mu     sync.Mutex
	boots  [2]int
	up     [2]time.Time // when the kernel started; zero: no kernel
	ends   [2]chan struct{}
	inWay  []string
	atBoot [2][]string
	asked  []string
	refuse map[string]string // answers other than yes, by question
	stopAt string            // question at which the person stops
}

func onRig(t *testing.T, o board.Options, body func(*testing.T, *rig)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		r := &rig{t: t, ctx: ctx, refuse: map[string]string{}}
		o.Seed = 7
		r.live = board.NewLive(o, o, r.power)
		r.work.Go(func() {
			if err := r.live.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		defer func() { // also after Fatal
			cancel()
			r.work.Wait()
		}()
		r.live.Supply(0, true)
		r.live.Supply(1, true)
		time.Sleep(bootTime)
		synctest.Wait()
		body(t, r)
	})
}

// power is what a board does to its Pi.
func (r *rig) power(e board.Event) {
	if e.Kind == board.PowerCut {
		r.endKernel(e.Node)
		return
	}
	r.startKernel(e.Node, 3*time.Second)
}

// startKernel is power or a reset: firmware first, then the kernel, whose
// early-boot unit lowers EXTOUT at once.
func (r *rig) startKernel(node int, firmware time.Duration) {
	r.mu.Lock()
	r.boots[node]++
	boot := r.boots[node]
	r.mu.Unlock()
	r.work.Go(func() {
		if sleep(r.ctx, firmware) != nil {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.boots[node] != boot || !r.live.Status()[node].Powered {
			return
		}
		r.up[node], r.ends[node] = time.Now(), make(chan struct{})
		r.work.Go(func() {
			if sleep(r.ctx, time.Second) == nil {
				_ = r.dev(node, 5).SetOut(false) // without power it fails
			}
		})
	})
}

func (r *rig) endKernel(node int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.boots[node]++
	if !r.up[node].IsZero() {
		r.up[node] = time.Time{}
		close(r.ends[node])
	}
}

func (r *rig) dev(node, retries int) *sleepi3.Dev {
	opts := sleepi3.DefaultOpts
	opts.Retries = retries
	d, err := sleepi3.New(board.LocalBus{Live: r.live, Node: node}, opts)
	if err != nil {
		panic(err)
	}
	return d
}

// dial is ssh: it answers once the Pi is up, and breaks when that ends.
func (r *rig) dial(node int) Dialer {
	return func(context.Context) (io.ReadWriteCloser, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.up[node].IsZero() || time.Since(r.up[node]) < bootTime-3*time.Second {
			return nil, errors.New("no route to host")
		}
		here, there := net.Pipe()
		end, up := r.ends[node], r.up[node]
		r.work.Go(func() {
			select {
			case <-end:
			case <-r.ctx.Done():
			}
			_ = here.Close()
			_ = there.Close()
		})
		pi := r.pi(node, up)
		r.work.Go(func() { _ = Serve(r.ctx, there, pi) })
		return here, nil
	}
}

func (r *rig) pi(node int, up time.Time) Pi {
	return Pi{
		Name: fmt.Sprintf("raspberrypi-%d", node+1), Boot: fmt.Sprintf("boot %d of %d", r.boots[node], node),
		Uptime: func() (time.Duration, error) { return time.Since(up), nil },
		Board:  r.dev(node, 2), Bare: r.dev(node, 0), Pace: testPace,
		InTheWay: func(context.Context) (now, atBoot []string) { return r.inWay, r.atBoot[node] },
		Feed:     func() error { r.live.Heartbeat(node); return nil },
		Sync:     func() {},
		Reboot: func() error {
			r.live.Reboot(node)
			r.endKernel(node)
			r.startKernel(node, 3*time.Second)
			return nil
		},
		PowerOff: func() error { r.live.Halt(node); r.endKernel(node); return nil },
		Panic:    func() error { r.live.Panic(node); r.endKernel(node); return nil },
	}
}

// Tell is a person who reads.
func (r *rig) Tell(text string) error {
	r.t.Log(text)
	return nil
}

// Ask is a person who does what is said.
func (r *rig) Ask(ctx context.Context, q Question) (string, error) {
	r.mu.Lock()
	r.asked = append(r.asked, q.ID)
	answer, stop := r.refuse[q.ID], r.stopAt == q.ID
	r.mu.Unlock()
	if stop {
		return "", ErrStop
	}
	if answer != "" {
		return answer, nil
	}
	switch q.ID {
	case AskDark:
		for r.live.Status()[1].Powered {
			if err := sleep(ctx, time.Second); err != nil {
				return "", err
			}
		}
	case AskSwitch:
		r.live.Push(1)
	case AskLight:
		return r.light(ctx)
	case AskSupply:
		r.live.Supply(1, false)
		if err := sleep(ctx, 10*time.Second); err != nil {
			return "", err
		}
		r.live.Supply(1, true)
	case AskCross:
		r.live.Wire(0, board.WireSwapped)
	case AskUncross:
		r.live.Wire(0, board.WireOK)
	}
	return Yes, nil
}

// light presses the switch and counts the seconds until the light goes.
func (r *rig) light(ctx context.Context) (string, error) {
	r.live.Push(1)
	for s := range 20 {
		if !r.live.Status()[1].Powered {
			if s <= 3 {
				return AtOnce, nil
			}
			return Later, nil
		}
		if err := sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	return StayOn, nil
}

func (r *rig) survey(file string, earlier *Findings) *Survey {
	return New(Options{Own: r.dial(0), Other: r.dial(1), Person: r, File: file}, earlier)
}

// run does a whole survey.
func (r *rig) run() *Findings {
	r.t.Helper()
	f, err := r.survey(filepath.Join(r.t.TempDir(), "f"), nil).Run(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for node, s := range r.live.Status() {
		if s.Out || s.Armed || s.Watchdog != 0 {
			r.t.Errorf("board %d is left as %+v", node, s)
		}
	}
	return f
}

// variants are the ways a board can be, each with the lines of the report that
// differ from the kind board's.
var variants = map[string]struct {
	board board.Options
	lines []string
}{
	"kind": {},
	"EXTOUT outlives a cut": {board.Options{OutSurvivesCut: true}, []string{
		"EXTOUT after a cut by EXTIN        STAYS UP",
		"- EXTOUT can stay up without its Pi",
	}},
	"EXTOUT outlives a panic": {board.Options{OutSurvivesPanic: true}, []string{
		"EXTOUT after a kernel panic        STAYS UP", "EXTOUT after a watchdog reset      low",
		"- EXTOUT can stay up without its Pi",
	}},
	"EXTOUT outlives all": {board.Options{OutSurvivesPanic: true, OutSurvivesCut: true, OutSurvivesReboot: true}, []string{
		"EXTOUT after a kernel panic        STAYS UP", "EXTOUT after a watchdog reset      STAYS UP",
		"EXTOUT after a cut by EXTIN        STAYS UP", "EXTOUT after a reboot              STAYS UP",
		"- EXTOUT can stay up without its Pi", "- Not even the board's watchdog lowers EXTOUT of a dead kernel",
	}},
	"EXTOUT outlives a reboot": {board.Options{OutSurvivesReboot: true}, []string{
		"EXTOUT after a reboot              STAYS UP", "- EXTOUT can stay up without its Pi",
	}},
	"EXTOUT reads the level": {board.Options{OutIsDriven: true}, []string{
		"EXTOUT reads                       the level on the wire", "- EXTOUT reads the wire",
	}},
	"cuts early": {board.Options{Threshold: 9 * time.Second}, []string{
		"EXTIN cuts after                   9.0 s", `hold               = "12s"     # the board cuts after 9.0 s`,
	}},
	"cuts late": {board.Options{Threshold: 11 * time.Second}, []string{
		"EXTIN cuts after                   11.0 s", `hold               = "13s"     # the board cuts after 11.0 s`,
	}},
	"counts while off": {board.Options{CountsWhileOff: true}, []string{
		"woken while EXTIN stands           it is CUT AT ONCE", "- A Pi that gets power while EXTIN stands is cut at once",
	}},
	"eipde lost": {board.Options{ArmedLost: true}, []string{
		"eipde after a cut                  LOST", "woken while EXTIN stands           it stays on", "- A node boots unarmed after a fence",
	}},
	"no wake by a rise": {board.Options{NoRiseWake: true}, []string{
		"wakes by a pulse of 1 s            NO", "wakes by a rising edge             NO", "- A pulse does not wake",
	}},
	"every fall wakes": {board.Options{FallWakes: true}, []string{
		"wakes when the hold ends           yes, by itself", "wakes by a pulse of 1 s            not known", "wakes by a falling edge            yes", "- A node that was fenced comes back by itself",
	}},
	"only falls wake": {board.Options{FallWakes: true, NoRiseWake: true}, []string{
		"wakes when the hold ends           yes, by itself", "wakes by a pulse of 1 s            not known", "wakes by a falling edge            yes", "wakes by a rising edge             NO",
	}},
	"the end of the hold wakes": {board.Options{HoldEndWakes: true}, []string{
		"wakes when the hold ends           yes, by itself", "wakes by a pulse of 1 s            not known", "wakes by a falling edge            no", "- A node that was fenced comes back by itself",
	}},
	"sticky flags": {board.Options{StickyFlags: true}, []string{
		"wakeup_status                      keeps old reasons", "- wakeup_status keeps old reasons",
	}},
	"EXTIN is slow": {board.Options{InLag: 600 * time.Millisecond}, []string{
		`pulse              = "2s"      # EXTIN follows only after 6`,
	}},
	"the count stays": {board.Options{CountLag: 4 * time.Second}, []string{
		"external_input_count is cleared    4.0 s after EXTIN fell", "- external_input_count outlives EXTIN",
	}},
	"watchdog lost": {board.Options{WatchdogLost: true}, []string{
		"hold_watchdog", "watchdog time-out after a cut      lost", "a kept time-out runs               not known",
		`watchdog_timeout   = "1m"      # the board forgets it`,
	}},
	"watchdog waits": {board.Options{WatchdogWaits: true}, []string{
		"a kept time-out runs               from the first heartbeat", `hold_watchdog      = "6s"`,
	}},
	"errors on the bus": {board.Options{NAKRate: 0.02}, []string{
		"I2C errors on raspberrypi-1        4", "- The bus has errors.",
	}},
	"a slow bus": {board.Options{HangRate: 0.002, HangFor: 400 * time.Millisecond}, []string{
		"I2C errors on raspberrypi-1        0 of 2000, slowest 400.0 ms", "- A transfer took longer than the 250 ms",
	}},
}

// kind are the lines of a board that does nothing unexpected.
var kind = []string{
	"I2C errors on raspberrypi-1        0 of 2000, slowest 0.0 ms", "both wires work                    yes",
	"external_input_count is cleared    at once when EXTIN falls",
	"EXTOUT after a reboot              low", "EXTOUT after a kernel panic        low", "EXTOUT after a cut by EXTIN        low",
	"EXTOUT after a watchdog reset      not known", "EXTIN cuts after                   10.0 s",
	"wakes when the hold ends           no", "wakes by a pulse of 1 s            yes", "wakes by a falling edge            no",
	"wakes by a rising edge             yes", "woken while EXTIN stands           it is cut again, the count begins",
	"wakeup_status                      has only the newest reason", "eipde after a cut                  kept",
	"eipde after loss of the 12 V       lost", "watchdog time-out after a cut      kept",
	"a kept time-out runs               FROM POWER ON", "EXTOUT reads                       what was written",
	`hold               = "12s"     # the board cuts after 10.0 s`, `pulse              = "1s"      # EXTIN follows fast enough`,
	`hold_watchdog      = "none"`, `start_wait         = "1m"`,
}

// TestEachBoardIsTold: the report names what a board does, and says of no board
// what another one does.
func TestEachBoardIsTold(t *testing.T) {
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onRig(t, v.board, func(t *testing.T, r *rig) {
				text := r.run().Report()
				t.Log(text)
				for _, line := range v.lines {
					if line != "hold_watchdog" && !strings.Contains(text, line) {
						t.Errorf("%q is not in the report", line)
					}
				}
				for _, line := range kind {
					ours := func(l string) bool { return subject(l) == subject(line) }
					if !anyOf(v.lines, ours) && !strings.Contains(text, line) {
						t.Errorf("%q is not in the report", line)
					}
				}
			})
		})
	}
}

// subject is what a line of the report is about.
func subject(line string) string {
	if key, _, setting := strings.Cut(line, " = "); setting {
		return strings.TrimSpace(key)
	}
	about, _, _ := strings.Cut(line, "  ")
	return about
}

func anyOf(list []string, is func(string) bool) bool {
	for _, l := range list {
		if is(l) {
			return true
		}
	}
	return false
}
