package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab"
)

// downLimit bounds an orderly end of the lab.
const downLimit = time.Minute

func downCommand(o *lab.Options) *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "End the lab and remove all of it, and what dead labs left",
		Example: "  sudo futago-lab down",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Geteuid() != 0 {
				return lab.ErrNotRoot
			}
			return down(cmd, o)
		},
	}
}

func down(cmd *cobra.Command, o *lab.Options) error {
	remote := lab.Connect(*o)
	if s, err := remote.Status(cmd.Context()); err == nil {
		if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil {
			return fmt.Errorf("end the lab's process %d: %w", s.PID, err)
		}
		if err := lab.WaitGone(cmd.Context(), *o, downLimit); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(o.RunDir, o.Name)); err != nil {
			return fmt.Errorf("remove the lab's log: %w", err)
		}
		_ = os.Remove(o.RunDir) // only when no other lab is there
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is down.\n", s.Name)
		return sweep(cmd.OutOrStdout(), o, err)
	}
	return sweep(cmd.OutOrStdout(), o, nil)
}

func sweep(out io.Writer, o *lab.Options, before error) error {
	if before != nil {
		return before
	}
	names, err := lab.Sweep(*o)
	for _, n := range names {
		if _, err := fmt.Fprintf(out, "%s had died; what it left is removed.\n", n); err != nil {
			return err
		}
	}
	return err
}

func statusCommand(o *lab.Options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show nodes, boards and what is broken on purpose",
		Example: "  sudo futago-lab status\n  sudo futago-lab status --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := lab.Connect(*o).Status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(s)
			}
			return printStatus(cmd.OutOrStdout(), s)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printStatus(out io.Writer, s lab.Status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tIS\tSINCE\tBOOT\tSERVICES\tWOKEN BY\tARMED\tEXTOUT\tEXTIN\tWIRE")
	for i, n := range s.Nodes {
		b := s.Boards[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", n.Name, n.Phase, n.Since.Format(time.TimeOnly), n.Boots,
			services(n), orDash(b.Wakeup), word(b.Armed, "yes", "no"), word(b.ExtOut, "high", "low"), word(b.ExtIn, "high", "low"), b.Wire)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	broken := slices.Clone(s.Network)
	for i, b := range s.Boards {
		if b.Wire != board.WireOK.String() {
			broken = append(broken, "wire of "+s.Nodes[i].Name+" "+b.Wire)
		}
	}
	if len(broken) == 0 {
		broken = []string{"nothing"}
	}
	_, err := fmt.Fprintf(out, "BROKEN  %s\n", strings.Join(broken, "; "))
	return err
}

func services(n lab.NodeStatus) string {
	switch {
	case n.Phase != lab.Running:
		return "-"
	case n.Up:
		return "started"
	}
	return "starting"
}

func word(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func execCommand(o *lab.Options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "exec MACHINE COMMAND [ARGUMENT]...",
		Short:   "Run a command on a node, or on the client, the switch or the router",
		Example: "  sudo futago-lab exec raspberrypi-1 futago status\n  sudo futago-lab exec client curl -s http://192.0.2.215/",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := lab.Connect(*o).Status(cmd.Context())
			if err != nil {
				return err
			}
			argv, err := s.Enter(args[0], args[1:])
			if err != nil {
				return err
			}
			path, err := exec.LookPath(argv[0])
			if err != nil {
				return fmt.Errorf("find nsenter (apt install util-linux): %w", err)
			}
			return fmt.Errorf("run %s: %w", path, syscall.Exec(path, argv, os.Environ()))
		},
	}
	// What follows the machine's name is the command's own.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func verbCommand(o *lab.Options, v lab.Verb) *cobra.Command {
	example := "  sudo futago-lab " + v.Name
	for _, arg := range strings.Fields(v.Usage) {
		first, _, _ := strings.Cut(arg, "|")
		switch first {
		case "NODE":
			first = "raspberrypi-1"
		case "PERCENT":
			first = "5"
		}
		example += " " + first
	}
	return &cobra.Command{
		Use:     strings.TrimSpace(v.Name + " " + v.Usage),
		Short:   strings.ToUpper(v.Help[:1]) + v.Help[1:],
		Example: example,
		Args:    cobra.ExactArgs(len(strings.Fields(v.Usage))),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := lab.Connect(*o).Do(cmd.Context(), lab.Command{Verb: v.Name, Args: args})
			return err
		},
	}
}
