// Command futago-lab runs a pair of nodes on one machine, with everything
// real except the power boards: to play with, to demonstrate, to measure.
//
// This package owns the command line only; the lab itself is internal/lab.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/lab"
)

func main() {
	lab.RunChild()
	err := root().ExecuteContext(context.Background())
	if code := exitCode(0); errors.As(err, &code) {
		os.Exit(int(code))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "futago-lab:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	o := &lab.Options{}
	cmd := &cobra.Command{
		Use:   "futago-lab",
		Short: "Run a futago pair on one machine",
		Long: "futago-lab runs two nodes in namespaces of this machine: real daemons, real network,\n" +
			"a real Docker engine each; only the power boards are simulated. It needs root.",
		Example: "  sudo futago-lab up\n  sudo futago-lab exec raspberrypi-1 futago status\n" +
			"  sudo futago-lab cut-link\n  sudo futago-lab down",
		SilenceErrors:     true, // main prints them
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&o.Name, "name", "lab", "name of the lab; two labs can live side by side")
	flags.StringVar(&o.RunDir, "run-dir", lab.DefaultRunDir, "where the sockets of labs are")
	flags.StringVar(&o.DiskDir, "disk-dir", lab.DefaultDiskDir, "where the nodes' disks are")
	cmd.AddCommand(upCommand(o), serveCommand(o), downCommand(o), statusCommand(o), execCommand(o), futagoCommand(), demoCommand(o), benchCommand(o), chaosCommand(o),
		simCommand(), replayCommand(), exploreCommand(), mutateCommand())
	for _, v := range lab.Verbs() {
		cmd.AddCommand(verbCommand(o, v))
	}
	return cmd
}
