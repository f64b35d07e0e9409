package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/daemon"
)

// daemonFlags are all a daemon is told on the command line; everything else is in the configuration.
type daemonFlags struct {
	config, state, node string
	debug               bool
}

func (a *app) daemonCommand() *cobra.Command {
	var f daemonFlags
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Run the daemon in the foreground, as its systemd unit does",
		Long: "Run the daemon in the foreground until SIGTERM or SIGINT. Its systemd unit\n" +
			"runs this.",
		Example:           "  sudo systemctl start futago\n  sudo futago daemon --debug",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.daemon(cmd.Context(), f)
		},
	}
	cmd.Flags().StringVar(&f.config, "config", defaultConfig, "configuration file")
	cmd.Flags().StringVar(&f.state, "state", "/var/lib/futago", "directory of the durable state")
	cmd.Flags().StringVar(&f.node, "node", "", "which node of the configuration this is; empty: by host name")
	cmd.Flags().BoolVar(&f.debug, "debug", false, "log more")
	return cmd
}

// daemon joins what the command line, the configuration and this machine say, and runs until it has left.
func (a *app) daemon(ctx context.Context, f daemonFlags) error {
	opts, err := a.daemonOptions(f)
	if err != nil {
		return err
	}
	d, err := daemon.New(opts)
	if err != nil {
		return err
	}
	frugal()
	reload := func() { d.Reload(config.Load(f.config)) }
	return untilLeft(ctx, d, reload, opts.Log)
}

func (a *app) daemonOptions(f daemonFlags) (daemon.Options, error) {
	c, err := a.load(f.config)
	if err != nil {
		return daemon.Options{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		return daemon.Options{}, fmt.Errorf("ask for the host name: %w", err)
	}
	self, err := c.Self(f.node, host)
	if err != nil {
		return daemon.Options{}, err
	}
	keys, err := config.LoadKey(c.KeyFile)
	if err != nil {
		return daemon.Options{}, err
	}
	where, err := placeOf(c.Fence).settled()
	if err != nil {
		return daemon.Options{}, err
	}
	v, _ := a.machine.version()
	log := a.logger(f.debug)
	var shutdowns daemon.Shutdowns
	if a.machine.Shutdowns != nil {
		shutdowns = a.machine.Shutdowns(log.With("part", "logind"))
	}
	return daemon.Options{
		Config: c, Keys: keys, Self: self, StateDir: f.state, Socket: a.socket,
		SlowDisk:     a.machine.SlowDisk,
		OpenBus:      func() (i2c.BusCloser, error) { return a.machine.OpenBus(where.bus) },
		BoardAddress: where.address, BoardWatchdog: where.watchdog,
		Guard:  func() *exec.Cmd { return a.guardProcess(where) },
		System: a.machine.System, Shutdowns: shutdowns, Version: v, Log: log,
	}, nil
}

// logger writes to standard error. The journal adds the time itself.
func (a *app) logger(debug bool) *slog.Logger {
	opts := &slog.HandlerOptions{}
	if debug {
		opts.Level = slog.LevelDebug
	}
	if os.Getenv("JOURNAL_STREAM") != "" {
		opts.ReplaceAttr = func(groups []string, at slog.Attr) slog.Attr {
			if len(groups) == 0 && at.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return at
		}
	}
	return slog.New(slog.NewTextHandler(a.err, opts))
}
