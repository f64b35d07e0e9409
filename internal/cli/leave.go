package cli

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/scheduler"
)

// unit is the daemon's own, in systemd's list of jobs.
const unit = "futago.service"

// jobsTimeout bounds asking systemd, which is busy when a machine goes down.
const jobsTimeout = 2 * time.Second

// leaver is a daemon that can be told to go.
type leaver interface {
	Run(ctx context.Context) error
	Leave(how scheduler.StopRequested)
}

// untilLeft runs d. The first SIGTERM or SIGINT has it leave in order: hand off, stop, say goodbye. The second ends it
// at once.
//
// SIGHUP has it reload instead, whenever it comes.
func untilLeft(ctx context.Context, d leaver, reload func(), log *slog.Logger) error {
	signals, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	defer signal.Stop(signals)
	ctx, end := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error {
		defer end()
		return d.Run(ctx)
	})
	g.Go(func() error {
		obey(ctx, end, d, signals, log)
		return nil
	})
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-hangups:
				reload()
			}
		}
	})
	return g.Wait()
}

func obey(ctx context.Context, end context.CancelFunc, d leaver, signals <-chan os.Signal, log *slog.Logger) {
	select {
	case <-ctx.Done():
		return
	case s := <-signals:
		how := scheduler.StopRequested{}
		if s == syscall.SIGTERM {
			how = askSystemd(ctx)
		}
		log.Info("leaving", "signal", s.String(), "restart", how.Restart, "reboot", how.Reboot, "off", how.Off)
		d.Leave(how)
	}
	select {
	case <-ctx.Done():
	case <-signals:
		log.Warn("leaving at once", "reason", "second signal")
		end()
	}
}

// askSystemd finds out what a SIGTERM is part of. Where systemd cannot be asked it is a plain stop, the safe guess: the
// service is handed off.
func askSystemd(ctx context.Context) scheduler.StopRequested {
	return stopOf(listJobs(ctx))
}

// listJobs is what systemd is doing; nothing where it cannot be asked.
func listJobs(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, jobsTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "systemctl", "list-jobs", "--no-legend", "--plain").Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// stopOf reads systemd's list of jobs: number, unit, type and state of each, one per line (systemctl(1), list-jobs).
func stopOf(jobs string) scheduler.StopRequested {
	var how scheduler.StopRequested
	for line := range strings.Lines(jobs) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		switch name, kind := fields[1], fields[2]; {
		case name == unit && kind == "restart":
			how.Restart = true
		case kind != "start":
		case name == "reboot.target" || name == "kexec.target":
			how.Reboot = true
		case name == "poweroff.target" || name == "halt.target":
			how.Off = true
		}
	}
	if how.Reboot || how.Off {
		how.Restart = false // the machine goes down whatever else was asked
	}
	return how
}
