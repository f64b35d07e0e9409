package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/fencing"
)

// guardCommand is the small process beside the daemon that lowers the line when the daemon no longer can. The daemon
// starts it; nobody else should.
func (a *app) guardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "guard",
		Short:             "Lower EXTOUT when the daemon goes away (started by the daemon)",
		Example:           "  futago guard --bus 1 --address 0x6e",
		Hidden:            true,
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	p := placeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		// The end of the pipe ends a guard; a signal to the whole unit must not end it before its work.
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		where, err := p.settled()
		if err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(a.err, nil))
		in, ok := a.in.(io.ReadCloser)
		if !ok {
			in = io.NopCloser(a.in)
		}
		frugal()
		line := &lateLine{open: func() (fencing.Line, error) {
			dev, _, err := a.openBoard(where)
			return dev, err
		}}
		return fencing.Guard(cmd.Context(), in, a.out, line, log)
	}
	return cmd
}

// guardProcess is this very program again, with all it needs on its command line: it must not depend on a file that
// somebody is editing.
func (a *app) guardProcess(p place) *exec.Cmd {
	again := slices.Clone(a.machine.Again)
	cmd := exec.Command(again[0], append(again[1:], "guard", "--defaults=",
		"--bus="+strconv.Itoa(p.bus), fmt.Sprintf("--address=0x%02x", p.address))...)
	cmd.Args[0] = "futago" // its name in ps(1)
	cmd.Stderr = a.err
	return cmd
}
