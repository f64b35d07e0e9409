package main

import (
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/demo"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// demoName is the lab's name unless --name gives another: a lab that is up to
// be played with is not in the way.
const demoName = "demo"

func demoCommand(o *lab.Options) *cobra.Command {
	var only []string
	var jsonFile, kind string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play the article's scenarios and measure what a client notices",
		Long: "Play the article's scenarios, and three that Pacemaker fails, on a lab of its\n" +
			"own, measure what a client notices, and print a table beside Pacemaker's\n" +
			"figures. Exit code 1: an expectation was not met. It takes about 6 minutes.\n\n" +
			"Scenarios: " + strings.Join(demo.Names(), " "),
		Example: "  sudo futago-lab demo\n  sudo futago-lab demo --only split,cable --json demo.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			full := *o
			full.Futago, full.Image = nodefutago.Command(), image.Kind(kind)
			if !cmd.Flags().Changed("name") {
				full.Name = demoName
			}
			return demo.Run(ctx, demo.Options{Lab: full, Only: only, JSON: jsonFile, Out: cmd.OutOrStdout()})
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "play these scenarios only")
	cmd.Flags().StringVar(&jsonFile, "json", "", "write the outcomes to this file as JSON")
	cmd.Flags().StringVar(&kind, "image", string(image.Apache), "image of the service's container: httpd (the real Apache) or busybox")
	return cmd
}
