package lab

import (
	"fmt"
	"os"

	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// roleMeasure is the client's measuring process.
const roleMeasure = "measure"

// RunChild turns this process into one of the lab's own if it was started as
// such, and then does not return. A program that uses the lab calls it first
// in main (a test in TestMain): the lab re-executes it for each node's init
// and for the measuring client.
func RunChild() {
	role := os.Getenv(nodeinit.RoleEnv)
	if role == "" {
		return
	}
	if err := os.Unsetenv(nodeinit.RoleEnv); err != nil {
		os.Exit(2)
	}
	code, err := runRole(role)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func runRole(role string) (int, error) {
	switch role {
	case nodeinit.RoleInit:
		return 1, nodeinit.Init(os.Stdin)
	case nodeinit.RoleManager:
		return nodeinit.Manage(os.Stdin)
	case nodeinit.RoleCtl:
		return 0, nodeinit.Ctl(os.Args[1:], os.Stdout)
	case roleMeasure:
		return 0, measure.RunChild(os.Stdin, os.Stdout)
	}
	return 2, fmt.Errorf("unknown role %q", role)
}
