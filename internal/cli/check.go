package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/config"
)

// defaultConfig is where the daemon looks.
const defaultConfig = "/etc/futago/futago.toml"

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration file and report every fault in it",
		Long: "Check a configuration file, " + defaultConfig + " if none is named,\n" +
			"and report every fault in it: file, line, key, what is wrong, what is\n" +
			"allowed. The key file it names is looked at, too; nothing is changed.",
		Example: "  futago check\n  futago check ./futago.toml",
		Args:    args(atMostOneFile),
		RunE: func(_ *cobra.Command, given []string) error {
			path := defaultConfig
			if len(given) > 0 {
				path = given[0]
			}
			return a.check(path)
		},
	}
}

func (a *app) check(path string) error {
	c, err := a.load(path)
	if err != nil {
		return err
	}
	if _, err := config.LoadKey(c.KeyFile); errors.Is(err, fs.ErrPermission) {
		_, _ = fmt.Fprintf(a.err, "%s was not looked at, because only root may read it; try again with sudo\n", c.KeyFile)
	} else if err != nil {
		return err
	}
	return a.lines(fmt.Sprintf("%s is valid: cluster %s of %s and %s, digest %.8s",
		path, c.Cluster, c.Nodes[0].Name, c.Nodes[1].Name, c.Digest()))
}

// load reads a configuration and prints each fault on a line of its own, bare, so that an editor can jump to it.
func (a *app) load(path string) (*config.Config, error) {
	c, err := config.Load(path)
	var faults config.Problems
	if !errors.As(err, &faults) {
		return c, err
	}
	for _, f := range faults {
		_, _ = fmt.Fprintln(a.err, f)
	}
	return nil, fmt.Errorf("%s has %s", path, count(len(faults), "fault"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
