package nodeinit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// RoleEnv selects what a re-executed lab binary does. See lab.RunChild.
const RoleEnv = "FUTAGO_LAB_ROLE"

// The roles this package serves.
const (
	RoleInit    = "init"
	RoleManager = "manager"
	RoleCtl     = "ctl"
)

// standIns are the commands of systemd that a futago node or its operator
// calls. Each is a script that hands its own name and arguments to Ctl.
var standIns = []string{"systemctl", "reboot", "poweroff", "halt", "shutdown", "init-ctl"}

// writeStandIns fills BinDir. /proc/1/exe is the lab's own binary, whatever
// its path is and whether or not the node can see it.
func writeStandIns(s Spec) error {
	for _, name := range standIns {
		script := fmt.Sprintf("#!/bin/sh\n%s=%s exec /proc/1/exe %s \"$@\"\n", RoleEnv, RoleCtl, name)
		if err := os.WriteFile(filepath.Join(BinDir, name), []byte(script), 0o755); err != nil {
			return fmt.Errorf("write stand-in: %w", err)
		}
	}
	if len(s.Futago) == 0 {
		return nil
	}
	script := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", shellQuote(s.Futago))
	if err := os.WriteFile(filepath.Join(BinDir, "futago"), []byte(script), 0o755); err != nil {
		return fmt.Errorf("write stand-in: %w", err)
	}
	return nil
}

func shellQuote(argv []string) string {
	quoted := make([]string, len(argv))
	for i, a := range argv {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// searchPath is the PATH of everything on the node.
func searchPath() string {
	return BinDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
