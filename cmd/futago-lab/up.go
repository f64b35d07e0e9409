package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// upLimit bounds how long both nodes may take from power to service.
const upLimit = 3 * time.Minute

// labFlags are what up passes on to the background process.
type labFlags struct {
	futago      string
	nodeCommand string
	image       string
	bootDelay   time.Duration
	keepDisks   bool
	debug       bool
	dark        bool
}

func (f *labFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.nodeCommand, "node-command", "", "shell command to run on the nodes instead of futago's daemon")
	flags.StringVar(&f.futago, "futago", "", "futago binary for the nodes that knows the lab's bus; empty: the one inside")
	flags.StringVar(&f.image, "image", string(image.Apache), "image of the service's container: httpd (the real Apache) or busybox")
	flags.DurationVar(&f.bootDelay, "boot-delay", 10*time.Second, "time from power to a node's first process")
	flags.BoolVar(&f.keepDisks, "keep-disks", false, "leave the nodes' disks for the next lab of this name")
	flags.BoolVar(&f.debug, "debug", false, "log more")
	flags.BoolVar(&f.dark, "dark", false, "give the nodes no power yet")
}

func (f *labFlags) args(o *lab.Options) []string {
	return []string{
		"--name", o.Name, "--run-dir", o.RunDir, "--disk-dir", o.DiskDir,
		"--futago", f.futago, "--node-command", f.nodeCommand, "--image", f.image, "--boot-delay", f.bootDelay.String(),
		fmt.Sprintf("--keep-disks=%t", f.keepDisks), fmt.Sprintf("--debug=%t", f.debug), fmt.Sprintf("--dark=%t", f.dark),
	}
}

// options completes o by the flags.
func (f *labFlags) options(o *lab.Options, log *slog.Logger) lab.Options {
	full := *o
	full.Image, full.BootDelay, full.KeepDisks, full.Log = image.Kind(f.image), f.bootDelay, f.keepDisks, log
	switch {
	case f.nodeCommand != "":
		full.Command = []string{"sh", "-c", f.nodeCommand}
	case f.futago != "":
		full.Futago = []string{f.futago}
	default:
		full.Futago = nodefutago.Command()
	}
	return full
}

func upCommand(o *lab.Options) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:     "up",
		Short:   "Start the lab in the background and wait until both nodes are up",
		Example: "  sudo futago-lab up\n  sudo futago-lab up --boot-delay 3s",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Geteuid() != 0 {
				return lab.ErrNotRoot
			}
			return up(cmd.OutOrStdout(), o, f)
		},
	}
	f.register(cmd)
	return cmd
}

// up starts this program again as the lab's process, apart from the terminal,
// and reads from a pipe how that goes.
func up(out io.Writer, o *lab.Options, f labFlags) error {
	dir := filepath.Join(o.RunDir, o.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	logPath := filepath.Join(dir, "lab.log")
	logFile, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer logFile.Close()
	news, newsEnd, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make pipe: %w", err)
	}
	defer news.Close()
	cmd := exec.Command("/proc/self/exe", append([]string{"serve", "--news-fd", "3"}, f.args(o)...)...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.ExtraFiles = []*os.File{newsEnd}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := errors.Join(cmd.Start(), newsEnd.Close()); err != nil {
		return fmt.Errorf("start the lab's process: %w", err)
	}
	return follow(out, news, cmd, logPath)
}

// readyLine ends the news of a lab that is up; failLine begins that of one
// that is not.
const (
	readyLine = "ready"
	failLine  = "failed: "
)

func follow(out io.Writer, news io.Reader, cmd *exec.Cmd, logPath string) error {
	lines := bufio.NewScanner(news)
	for lines.Scan() {
		if lines.Text() == readyLine {
			return cmd.Process.Release()
		}
		if reason, failed := strings.CutPrefix(lines.Text(), failLine); failed {
			return errors.Join(errors.New(reason), cmd.Wait(), fmt.Errorf("see %s", logPath))
		}
		if _, err := fmt.Fprintln(out, lines.Text()); err != nil {
			return err
		}
	}
	return fmt.Errorf("the lab's process ended (%w); see %s", errors.Join(lines.Err(), cmd.Wait()), logPath)
}

// serveCommand is the lab's own process.
func serveCommand(o *lab.Options) *cobra.Command {
	var f labFlags
	var newsFD uint
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the lab in the foreground",
		Example: "  sudo futago-lab serve --boot-delay 3s",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			var news io.Writer = cmd.OutOrStdout()
			if newsFD > 0 {
				pipe := os.NewFile(uintptr(newsFD), "news")
				syscall.CloseOnExec(int(newsFD))
				defer pipe.Close()
				news = pipe
			}
			return serve(ctx, news, f.options(o, logger(f.debug)), f.dark)
		},
	}
	f.register(cmd)
	cmd.Flags().UintVar(&newsFD, "news-fd", 0, "file descriptor to report progress on")
	if err := cmd.Flags().MarkHidden("news-fd"); err != nil {
		panic(err) // the flag is three lines above
	}
	return cmd
}

func logger(debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func serve(ctx context.Context, news io.Writer, o lab.Options, dark bool) error {
	l, err := lab.New(o)
	if err != nil {
		tell(news, failLine+err.Error())
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		err := l.Run(ctx)
		if err != nil {
			tell(news, failLine+err.Error())
		}
		return err
	})
	g.Go(func() error {
		select {
		case <-l.Ready():
		case <-ctx.Done():
			return nil
		}
		if err := powerUp(ctx, news, l, dark); err != nil && ctx.Err() == nil {
			tell(news, "the nodes are not up yet: "+err.Error())
		}
		tell(news, readyLine)
		return nil
	})
	return g.Wait()
}

func powerUp(ctx context.Context, news io.Writer, l *lab.Lab, dark bool) error {
	o := l.Options()
	if dark {
		tell(news, "The lab is up; its nodes have no power.")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, upLimit)
	defer cancel()
	tell(news, fmt.Sprintf("%s and %s have power; they take %s to boot.", o.Nodes[0].Name, o.Nodes[1].Name, o.BootDelay))
	for i := range o.Nodes {
		l.PowerOn(i)
	}
	for i, n := range o.Nodes {
		if _, err := l.WaitUp(ctx, i); err != nil {
			return err
		}
		tell(news, n.Name+" is up.")
	}
	return nil
}

// tell reports progress. Whoever started the lab may have gone away.
func tell(news io.Writer, line string) {
	_, _ = fmt.Fprintln(news, strings.ReplaceAll(line, "\n", "; "))
}
