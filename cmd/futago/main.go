// Command futago keeps one service alive on a pair of Raspberry Pis: it is the daemon and the operator's commands.
//
// This package owns the command line: what is typed, asked, printed and returned to the shell. It must not decide
// anything about the pair: it asks the daemon over the control socket, and hands the few verbs that work without a
// daemon (check, keygen, fence release, guard) to the packages that know. One file per verb.
package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"github.com/futago-ha/futago/internal/control"
)

// app is what the commands share: the process's ends, so that tests can put others in their place.
type app struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // in is a terminal: somebody is there to be asked
	redraw   bool // out is a terminal: it can be cleared
	width    int  // columns of out, at most 80
	now      func() time.Time
	openBus  func(number int) (i2c.BusCloser, error)

	socket string // --socket
}

func main() {
	a := &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, openBus: openI2C,
		terminal: isTerminal(os.Stdin), redraw: isTerminal(os.Stdout), width: columns(os.Stdout),
	}
	os.Exit(a.run(context.Background(), os.Args[1:]))
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
		a.confirmCommand(), a.rebootCommand(), a.historyCommand(), a.clearCommand(), a.versionCommand(), a.guardCommand(),
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

// openI2C opens /dev/i2c-N. It lives here because only the shipped binary talks to a real bus.
func openI2C(number int) (i2c.BusCloser, error) { return sysfs.NewI2C(number) }
