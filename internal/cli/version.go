package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version of this program",
		Example:           "  futago version",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(*cobra.Command, []string) error {
			v, c := a.machine.version()
			return a.lines(fmt.Sprintf("futago %s commit %s %s %s/%s", v, c, runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}

// version is what the linker was told, or else what the go command noted about the source.
func (m Machine) version() (v, c string) {
	v, c = m.Version, m.Commit
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if v == "" {
		v = info.Main.Version
	}
	if c == "" {
		c = noted(info.Settings)
	}
	return orUnknown(v), orUnknown(c)
}

func noted(settings []debug.BuildSetting) string {
	var revision, changed string
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				changed = "+changes"
			}
		}
	}
	if revision == "" {
		return ""
	}
	return revision + changed
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
