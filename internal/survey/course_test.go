package survey

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// A survey that was stopped goes on where it was, on the boards as they are by
// then, and leaves them as it found them first.
func TestGoesOnWhereItWasStopped(t *testing.T) {
	onRig(t, board.Options{}, func(t *testing.T, r *rig) {
		if err := errors.Join(r.dev(0, 2).Arm(), r.dev(1, 2).Arm(), r.dev(1, 2).SetSleepTimeout(7*time.Second)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "dir", "survey.json")
		r.atBoot[0] = []string{"sleepi3-heartbeat (starts at boot)"} // as it should on the node that measures
		r.stopAt = AskDark
		if _, err := r.survey(file, nil).Run(t.Context()); !errors.Is(err, ErrStop) {
			t.Fatalf("stopped: %v", err)
		}
		if s := r.live.Status(); s[0].Out || !s[0].Armed {
			t.Errorf("the own board is left as %+v", s[0])
		}
		time.Sleep(15 * time.Second) // its board takes the power of what was shut down
		r.live.Push(1)               // and the person switches it on again
		time.Sleep(2 * bootTime)
		earlier, err := Load(file)
		if err != nil || earlier.Steps["cut"] != Done || earlier.Steps["edge"] != "" || earlier.CutAfter == nil {
			t.Fatalf("kept %+v, %v", earlier, err)
		}
		r.stopAt, r.asked = "", nil
		f, err := r.survey(file, earlier).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.asked); r.asked[0] != AskAgree || r.asked[1] != AskDark || n > 10 {
			t.Errorf("asked %v: a step was done again", r.asked)
		}
		if text := f.Report(); strings.Contains(text, "not done") || !strings.Contains(text, "wakes by a rising edge             yes") {
			t.Errorf("the report is\n%s", text)
		}
		s := r.live.Status()
		if sleep, err := r.dev(1, 2).SleepTimeout(); !s[0].Armed || !s[1].Armed || sleep != 7*time.Second || err != nil {
			t.Errorf("left as %+v, sleep time-out %s, %v", s, sleep, err)
		}
	})
}

func TestSkippedStepsAreSaid(t *testing.T) {
	onRig(t, board.Options{}, func(t *testing.T, r *rig) {
		r.refuse[AskAgree] = Skip
		f := r.run()
		if events := r.live.Status(); !events[1].Powered {
			t.Error("the other node was cut though nobody agreed")
		}
		if text := f.Report(); !strings.Contains(text, "not done: reboot (skipped), cut (skipped), edge (skipped)") || strings.Contains(text, "\nhold ") {
			t.Errorf("the report is\n%s", text)
		}
	})
}

func TestWhatCannotBeMeasured(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*rig)
		earlier *Findings
		want    string
	}{
		"a service in the way":  {func(r *rig) { r.inWay = []string{"sleepi3-monitor (active)"} }, nil, "on raspberrypi-1 these run or start at boot: sleepi3-monitor"},
		"a service at boot":     {func(r *rig) { r.atBoot[1] = []string{"sleepi3-start (starts at boot)"} }, nil, "on raspberrypi-2 these run or start at boot"},
		"a wire that is open":   {func(r *rig) { r.live.Wire(0, board.WireCut) }, nil, `step "lines": the wire raspberrypi-1 -> raspberrypi-2: EXTOUT went high, EXTIN saw nothing`},
		"a wire that is stuck":  {func(r *rig) { r.live.Wire(1, board.WireHigh) }, nil, "EXTIN stands on one of the nodes"},
		"a wire back to itself": {func(r *rig) { r.live.Wire(0, board.WireLooped) }, nil, "rose with its own EXTOUT"},
		"wires that touch":      {func(r *rig) { r.live.Wire(1, board.WireShorted) }, nil, "rose with its own EXTOUT"},
		"another pair":          {func(*rig) {}, &Findings{Own: "alpha", Other: "beta"}, "the earlier survey was by alpha of beta"},
		"a dead other node":     {func(r *rig) { r.live.Supply(1, false) }, nil, "it does not answer"},
		"a bus that is dead":    {func(r *rig) { must(r.live.SetOptions(1, board.Options{NAKRate: 1})) }, nil, "read on raspberrypi-2"},
	} {
		t.Run(name, func(t *testing.T) {
			onRig(t, board.Options{}, func(t *testing.T, r *rig) {
				c.prepare(r)
				_, err := r.survey(filepath.Join(t.TempDir(), "f"), c.earlier).Run(t.Context())
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				if slices.Contains(r.asked, AskAgree) {
					t.Errorf("went on to ask %v", r.asked)
				}
			})
		})
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// A person who presses Ctrl-C in the middle of a hold leaves no line up.
func TestCancelledInTheHold(t *testing.T) {
	onRig(t, board.Options{}, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r.work.Go(func() {
			for !r.live.Status()[0].Out || !r.live.Status()[1].Armed {
				if sleep(r.ctx, 100*time.Millisecond) != nil {
					return
				}
			}
			_ = sleep(r.ctx, 3*time.Second)
			cancel()
		})
		if _, err := r.survey(filepath.Join(t.TempDir(), "f"), nil).Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if s := r.live.Status(); s[0].Out || s[1].Out || !s[1].Powered || s[1].Armed {
			t.Errorf("left as %+v", s)
		}
	})
}

// A hand whose survey hangs lowers its line after 3 s, one whose pipe ends at
// once; and it says what it does not understand.
func TestHandIsNotTrustedWithALine(t *testing.T) {
	onRig(t, board.Options{}, func(t *testing.T, r *rig) {
		rw, err := r.dial(0)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.work.Go(func() { _, _ = io.Copy(io.Discard, rw) })
		write := func(req request) {
			line, err := json.Marshal(req)
			must(err)
			if _, err := rw.Write(append(line, '\n')); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			write(request{ID: 1, Do: doOut, Arg: 1})
			time.Sleep(time.Second)
		}
		if !r.live.Status()[0].Out {
			t.Error("the line fell although the survey spoke")
		}
		time.Sleep(4 * time.Second)
		if r.live.Status()[0].Out {
			t.Error("the line of a silent survey stays up")
		}
		_ = rw.Close()
		h, err := shake(t.Context(), r.dial(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.do(t.Context(), "dance", 0); err == nil || !strings.Contains(err.Error(), "the same version") {
			t.Errorf("an unknown verb: %v", err)
		}
		if _, err := h.do(t.Context(), doOut, 1); err != nil || !r.live.Status()[0].Out {
			t.Errorf("raise: %v", err)
		}
		_ = h.close()
		synctest.Wait()
		if r.live.Status()[0].Out {
			t.Error("the line outlives its pipe")
		}
	})
}

func TestShakeRefusesOtherVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := func(context.Context) (io.ReadWriteCloser, error) {
			here, there := net.Pipe()
			go func() {
				_, _ = io.WriteString(there, "Welcome to raspberrypi-2\n"+`{"hello":{"protocol":99,"name":"x"}}`+"\n")
				_, _ = io.Copy(io.Discard, there)
			}()
			return here, nil
		}
		if _, err := shake(t.Context(), dial); err == nil || !strings.Contains(err.Error(), "speaks version 99") {
			t.Errorf("got %v", err)
		}
		mute := func(context.Context) (io.ReadWriteCloser, error) {
			here, there := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, there) }()
			return here, nil
		}
		if _, err := shake(t.Context(), mute); !errors.Is(err, errSilent) {
			t.Errorf("a program that says nothing: %v", err)
		}
	})
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if f, err := Load(filepath.Join(dir, "none")); f != nil || err != nil {
		t.Errorf("nothing there: %v, %v", f, err)
	}
	torn := filepath.Join(dir, "torn")
	must(os.WriteFile(torn, []byte(`{"own": `), 0o600))
	if _, err := Load(torn); err == nil || !strings.Contains(err.Error(), torn) {
		t.Errorf("a torn file: %v", err)
	}
	f := &Findings{Own: "a", Other: "b", Steps: map[string]Mark{"bus": Done}}
	put(&f.WokeByFall, false)
	must(f.save(filepath.Join(dir, "new", "f")))
	got, err := Load(filepath.Join(dir, "new", "f"))
	if err != nil || got.Own != "a" || got.WokeByFall == nil || *got.WokeByFall || got.WokeByRise != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The page is fit for an 80 column terminal and for a mail.
func TestReportIsNarrow(t *testing.T) {
	f := &Findings{Own: "raspberrypi-1", Other: "raspberrypi-2", Standing: AtOnce}
	for _, v := range []**bool{
		&f.OutAfterPanic, &f.OutAfterWatchdog, &f.WokeByItself, &f.FlagsSticky, &f.OutIsLevel, &f.WokeByFall, &f.WatchdogRuns,
	} {
		put(v, true)
	}
	put(&f.WokeByPulse, false)
	put(&f.ForcedKept, false)
	put(&f.CutAfter, 12*time.Second)
	put(&f.Boot, 47*time.Second)
	put(&f.CountClears, time.Minute)
	put(&f.InFollows, time.Second)
	text := f.Report()
	if strings.Count(text, "\n- ") < 8 || !strings.Contains(text, `hold               = "14s"`) || !strings.Contains(text, `watchdog_timeout   = "100s"`) {
		t.Errorf("the report is\n%s", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 90 || strings.HasPrefix(line, "  ") && len(line) > 80 {
			t.Errorf("%d wide: %q", len(line), line)
		}
	}
}
