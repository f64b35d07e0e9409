package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/config"
)

// defaultKey is the key_file of the reference configuration.
const defaultKey = "/etc/futago/key"

func (a *app) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen [FILE]",
		Short: "Make the pair's key, in " + defaultKey + " if no file is named",
		Long: "Make a new key for the pair and write it with mode 0600. A file that exists\n" +
			"is never replaced. Run it on one node and copy the file to the other.",
		Example: "  sudo futago keygen",
		Args:    args(atMostOneFile),
		RunE: func(_ *cobra.Command, given []string) error {
			path := defaultKey
			if len(given) > 0 {
				path = given[0]
			}
			if err := config.WriteKey(path); err != nil {
				return err
			}
			return a.lines(fmt.Sprintf("%s holds a new key. Copy it to the same place on the other node, mode 0600.", path))
		},
	}
}
