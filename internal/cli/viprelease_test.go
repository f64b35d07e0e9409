package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVIPRelease(t *testing.T) {
	s := newShell(t, "")
	// The reference's address is of a network for documents, so it is nowhere on this machine.
	code := s.run("/nonexistent/s", "vip release --config ../../packaging/futago.toml")
	if code != exitOK || s.out.String() != "192.0.2.215/24 is on no interface of this node\n" {
		t.Errorf("code %d: %s%s", code, s.out.String(), s.err.String())
	}
	s = newShell(t, "")
	if code := s.run("/nonexistent/s", "vip release --config /nonexistent"); code != exitFailure || !strings.Contains(s.err.String(), "/nonexistent") {
		t.Errorf("no configuration: code %d: %s", code, s.err.String())
	}
	code, _, stderr := withDaemon(t, &daemonStandIn{}, "vip release --config ../../packaging/futago.toml")
	if code != exitFailure || !strings.Contains(stderr, "the daemon runs") || !strings.Contains(stderr, "Do: sudo futago standby") {
		t.Errorf("under a running daemon: code %d: %s", code, stderr)
	}
}

// A restart keeps the addresses: the stand-in for systemctl says that one is under way.
func TestVIPReleaseUnlessStarted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for jobs, want := range map[string]string{
		"7 futago.service restart waiting":         "its addresses stay",
		"7 futago.service start waiting":           "its addresses stay",
		"7 futago.service stop running":            "is on no interface",
		"8 futago-release.service stop running":    "is on no interface",
		"9 reboot.target start waiting":            "is on no interface",
		"7 futago-release.service restart waiting": "is on no interface",
	} {
		if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte("#!/bin/sh\necho '"+jobs+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		s := newShell(t, "")
		code := s.run("/nonexistent/s", "vip release --unless-started --config ../../packaging/futago.toml")
		if code != exitOK || !strings.Contains(s.out.String(), want) {
			t.Errorf("%s: code %d: %s%s", jobs, code, s.out.String(), s.err.String())
		}
	}
}
