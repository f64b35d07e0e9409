package faults

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

const strangerVerb = "stranger"

// TestMain makes the test binary five programs: the tests, the lab's own
// processes, futago on the nodes, the strangers of TestStrangers, and the
// client of TestConnectionAcrossMove.
func TestMain(m *testing.M) {
	lab.RunChild()
	switch {
	case len(os.Args) > 1 && os.Args[1] == nodefutago.Verb:
		os.Exit(nodefutago.Main("test", "", os.Args[2:]))
	case len(os.Args) > 3 && os.Args[1] == strangerVerb:
		if err := runStranger(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "stranger:", err)
			os.Exit(1)
		}
		return
	case len(os.Args) > 2 && os.Args[1] == connectionVerb:
		if err := runConnection(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "connection:", err)
			os.Exit(1)
		}
		return
	}
	// These tests wait most of their time, for holds, boots and boards: as many at
	// once as there are cores would be few. More than three leave a virtual machine
	// whose forks and page faults are slow nothing to spare: the containers' probes
	// then run out of time. The command line has the last word.
	if err := flag.Set("test.parallel", "3"); err != nil {
		fmt.Fprintln(os.Stderr, "set the number of tests side by side:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
