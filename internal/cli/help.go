package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// helpText is what --help prints, at most pageWidth wide. It is built here and not by cobra's templates, which know no
// width and would keep text/template in the binary.
func helpText(cmd *cobra.Command) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", about, cmd.UseLine())
	fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	verbs(&b, cmd)
	flags := cmd.NonInheritedFlags()
	fmt.Fprintf(&b, "\nFlags:\n%s", flags.FlagUsagesWrapped(pageWidth))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore: %s COMMAND --help\n", cmd.CommandPath())
	}
	return b.String()
}

func verbs(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString("\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			fmt.Fprintf(b, "  %-12s %s\n", c.Name(), c.Short)
		}
	}
}

// The checks of arguments, worded for those who typed them.

func noArguments(_ *cobra.Command, given []string) error {
	if len(given) > 0 {
		return fmt.Errorf("takes no argument, and %q is one", given[0])
	}
	return nil
}

func exactlyOneNode(cmd *cobra.Command, given []string) error {
	if len(given) == 0 {
		return errors.New("which node?")
	}
	return atMostOneNode(cmd, given)
}

func atMostOneNode(_ *cobra.Command, given []string) error {
	if len(given) > 1 {
		return errors.New("one node at a time")
	}
	return nil
}

func atMostOneFile(_ *cobra.Command, given []string) error {
	if len(given) > 1 {
		return errors.New("one file at a time")
	}
	return nil
}

func onOrOff(_ *cobra.Command, given []string) error {
	if len(given) != 1 || (given[0] != "on" && given[0] != "off") {
		return errors.New("say on or off")
	}
	return nil
}
