package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

const mainEnv = "FUTAGO_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The binary as it is shipped: the linker's word, the exit code, and a bus that does not exist.
func TestTheWholeProgram(t *testing.T) {
	for _, c := range []struct {
		line, want string
		code       int
	}{
		{"version", "futago ", 0},
		{"nonsense", "there is no command", 2},
		{"status --socket /nonexistent/futago.sock", "UNKNOWN", 3},
		{"fence release --bus 9999 --address 0x6e --config /nonexistent", "open I2C bus 9999", 1},
	} {
		cmd := exec.Command("/proc/self/exe", strings.Fields(c.line)...)
		cmd.Env = append(os.Environ(), mainEnv+"=1")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("futago %s: code %d, want %d\n%s", c.line, code, c.code, out)
		}
	}
}

func TestMachine(t *testing.T) {
	version, commit = "1.2.3", "abc"
	defer func() { version, commit = "", "" }()
	m := machine()
	if m.Version != "1.2.3" || m.Commit != "abc" || m.System == nil || len(m.Again) != 1 {
		t.Errorf("machine %+v", m)
	}
	if _, err := m.OpenBus(9999); err == nil {
		t.Error("a bus that does not exist was opened")
	}
}
