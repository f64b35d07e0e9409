package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

const lossPercent = 5

// falseLosses lets the pair hear badly and wait for the processor, and counts
// how often a node takes the other for lost.
func falseLosses(ctx context.Context, p *pair, o Options, s sheet) error {
	if err := p.quiet(); err != nil {
		return err
	}
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	for i := range 2 {
		if err := p.lab.SetLoss(i, lossPercent); err != nil {
			return err
		}
	}
	from := time.Now()
	if err := busy(func() error { return stand(ctx, o.Losses) }); err != nil {
		return err
	}
	for i := range 2 {
		list, err := p.entries(ctx, i, from)
		if err != nil {
			return err
		}
		count := map[string]int{}
		for _, e := range list {
			count[e.Code]++
		}
		s.add(figFalse, float64(count[scheduler.CodePeerLost]))
		if n := count[scheduler.CodeSlept]; n > 0 {
			s.note(figFalse, fmt.Sprintf("%s noticed %d times that it had itself been late, and looked again.", p.name(i), n))
		}
	}
	s.note(figFalse, fmt.Sprintf("It lasted %s, with %d busy loops on %d cores.", o.Losses, runtime.NumCPU(), runtime.NumCPU()))
	return nil
}

// busy runs a loop for each core while f runs. They end with this process.
func busy(f func() error) error {
	runtime.LockOSThread() // a parent-death signal is for the thread that forked (prctl(2))
	defer runtime.UnlockOSThread()
	var err error
	var loops []*exec.Cmd
	for range runtime.NumCPU() {
		cmd := exec.Command("sh", "-c", "while :; do :; done")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err = cmd.Start(); err != nil {
			break
		}
		loops = append(loops, cmd)
	}
	if err == nil {
		err = f()
	}
	for _, cmd := range loops {
		err = errors.Join(err, cmd.Process.Kill())
		_ = cmd.Wait() // says that it was killed
	}
	return err
}
