package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/bench"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// benchName is the lab's name unless --name gives another.
const benchName = "bench"

type benchFlags struct {
	only         []string
	out, kind    string
	runs         int
	losses, idle time.Duration
	json, quick  bool
}

func (f *benchFlags) options(o *lab.Options, named bool) (bench.Options, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Options{}, fmt.Errorf("find own program: %w", err)
	}
	full := *o
	full.Image, full.Futago = image.Kind(f.kind), []string{nodefutago.Verb}
	if !named {
		full.Name = benchName
	}
	return bench.Options{
		Lab: full, Executable: self, Client: []string{self, "bench", "client"},
		Only: f.only, Runs: f.runs, Losses: f.losses, Idle: f.idle, Commit: commit, Out: os.Stderr,
	}, nil
}

// shorten makes a quick run of what was not asked for otherwise.
func (f *benchFlags) shorten(cmd *cobra.Command) {
	if !cmd.Flags().Changed("runs") {
		f.runs = 3
	}
	if !cmd.Flags().Changed("losses") {
		f.losses = time.Minute
	}
	if !cmd.Flags().Changed("idle") {
		f.idle = 20 * time.Second
	}
}

func benchCommand(o *lab.Options) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what futago promises in figures and write a page of it",
		Long: "Measure on labs of its own what futago promises in figures, and write a page\n" +
			"of them (Markdown) beside their goals and Pacemaker's figures. It takes about\n" +
			"an hour, with --quick 8 minutes. Exit code 1: a goal was missed.\n\n" +
			"Experiments: " + strings.Join(bench.Names(), " "),
		Example: "  sudo futago-lab bench --out docs/benchmarks.md\n  sudo futago-lab bench --only move --runs 20",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Geteuid() != 0 {
				return lab.ErrNotRoot
			}
			if f.quick {
				f.shorten(cmd)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			options, err := f.options(o, cmd.Flags().Changed("name"))
			if err != nil {
				return err
			}
			return f.run(ctx, options, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&f.out, "out", "", "write the page to this file; empty: to standard output")
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "do these experiments only")
	cmd.Flags().IntVar(&f.runs, "runs", 0, "how often to do what is repeated; 0: 100 moves, 20 crashes, splits and victims, 8 of the rest")
	cmd.Flags().DurationVar(&f.losses, "losses", 10*time.Minute, "how long to count false losses")
	cmd.Flags().DurationVar(&f.idle, "idle", time.Minute, "how long one idle measurement lasts (there are three)")
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 runs, 1 min for false losses, 20 s idle, unless given otherwise")
	cmd.Flags().BoolVar(&f.json, "json", false, "write JSON with every value instead of Markdown")
	cmd.Flags().StringVar(&f.kind, "image", string(image.Apache), "image of the service's container: httpd (the real Apache) or busybox")
	cmd.AddCommand(benchClientCommand())
	return cmd
}

// run measures and writes what came of it, also when a goal was missed.
func (f *benchFlags) run(ctx context.Context, o bench.Options, stdout io.Writer) error {
	result, err := bench.Run(ctx, o)
	if err != nil && !errors.Is(err, bench.ErrMissed) {
		return err
	}
	write := result.Page
	if f.json {
		write = func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(result)
		}
	}
	return errors.Join(toFile(f.out, stdout, write), err)
}

// toFile writes to a file that is there whole or not at all.
func toFile(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "" {
		return write(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bench-")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(write(file), file.Chmod(0o644), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

// benchClientCommand is the client's process; it is started inside the
// client's network namespace.
func benchClientCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "client",
		Short:   "Ask as a client by a plan on standard input",
		Example: "  futago-lab bench client < plan.json",
		Hidden:  true,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return measure.RunChild(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
