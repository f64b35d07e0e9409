package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestOutputOutlived: a command that is given up ends the call, though what it
// started goes on and keeps its output open.
func TestOutputOutlived(t *testing.T) {
	started, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	argv := []string{"sh", "-c", "sleep 60 & echo $! >&3; wait"}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.ExtraFiles = []*os.File{tell}
	done := make(chan error, 1)
	go func() {
		_, err := output(cmd, argv)
		done <- err
	}()
	var child int
	if _, err := fmt.Fscan(started, &child); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(child, syscall.SIGKILL) }()
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a command that was given up ended well")
		}
	case <-time.After(20 * time.Second):
		t.Error("the call waits for what the command started")
	}
}
