package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/daemon"
)

// Machine is what futago needs of the machine it runs on. All fields are required but SlowDisk, the version and Shutdowns.
type Machine struct {
	// SlowDisk is added to each write of the daemon's state; 0 but in the lab.
	SlowDisk time.Duration
	// OpenBus opens I2C bus number N, /dev/i2c-N on a Pi.
	OpenBus func(number int) (i2c.BusCloser, error)
	// System is the kernel and the init of the machine.
	System daemon.System
	// Shutdowns makes what announces shutdowns of the machine; nil: nothing does.
	Shutdowns func(log *slog.Logger) daemon.Shutdowns
	// Panic kills the kernel at once, as a fault in it would.
	Panic func() error
	// Again is the command line that runs this very program with futago's verbs after it, even if its file was
	// replaced since it was started: /proc/self/exe on a Pi. The daemon starts its guard by it.
	Again []string
	// Version and Commit are what the linker was told; empty: what the go command noted about the source.
	Version, Commit string
}

// Main runs futago with the process's own standard files and returns its exit code. args are those after the
// program's name.
func Main(m Machine, args []string) int {
	a := &app{
		machine: m, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now,
		terminal: isTerminal(os.Stdin), redraw: isTerminal(os.Stdout), width: columns(os.Stdout),
	}
	return a.run(context.Background(), args)
}

// app is what the commands share: the process's ends, so that tests can put others in their place.
type app struct {
	machine  Machine
	in       io.Reader
	out, err io.Writer
	terminal bool // in is a terminal: somebody is there to be asked
	redraw   bool // out is a terminal: it can be cleared
	width    int  // columns of out, at most 80
	now      func() time.Time

	socket string // --socket
}

// run is the whole process but for its end; it returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	return a.exitCode(cmd, err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "futago",
		Short: "Keep one service alive on a pair of Raspberry Pis",
		Long: "futago keeps one service, a container and its address, alive on a pair of\n" +
			"Raspberry Pis whose power boards can cut each other.",
		Example:           "  futago status\n  sudo futago move raspberrypi-2\n  sudo futago standby raspberrypi-1",
		SilenceErrors:     true, // exitCode prints them, with a hint
		SilenceUsage:      true,
		Args:              cobra.ArbitraryArgs, // so that a misspelt verb reaches unknownCommand
		RunE:              unknownCommand,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _, _ = io.WriteString(a.out, helpText(c)) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, err) })
	root.PersistentFlags().StringVar(&a.socket, "socket", control.DefaultSocket, "control socket of the daemon")
	root.AddCommand(
		a.daemonCommand(), a.statusCommand(), a.checkCommand(), a.keygenCommand(), a.standbyCommand(),
		a.unstandbyCommand(), a.moveCommand(), a.maintenanceCommand(), a.fenceCommand(), a.wakeCommand(),
		a.confirmCommand(), a.rebootCommand(), a.scheduleCommand(), a.historyCommand(), a.explainCommand(),
		a.clearCommand(), a.versionCommand(), a.guardCommand(),
		a.boardCommand(), a.vipCommand(),
	)
	return root
}

func (a *app) client() *control.Client { return control.NewClient(a.socket) }

// pageWidth is the widest text; operators' terminals over slow lines have no more.
const pageWidth = 80

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func columns(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return pageWidth
	}
	return min(int(size.Col), pageWidth)
}
