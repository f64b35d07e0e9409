package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestUnitsAreSound has systemd look at the shipped units, and at a broken one, lest silence prove nothing.
func TestUnitsAreSound(t *testing.T) {
	m := boot(t)
	for _, unit := range []string{"futago.service", "futago-early.service", "futago-release.service"} {
		out, err := m.try(t, "env", "SYSTEMD_LOG_LEVEL=notice", "systemd-analyze", "--man=no", "verify", m.dir+"/units/"+unit)
		if err != nil || out != "" {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
		t.Logf("%s", lastLine(m.run(t, "systemd-analyze", "security", "--no-pager", unit)))
	}
	m.write(t, "broken/futago.service", strings.Replace(read(t, filepath.Join(packaging, "futago.service")), "WatchdogSec=", "WatchDogSec=", 1))
	if out, _ := m.try(t, "systemd-analyze", "--man=no", "verify", m.dir+"/broken/futago.service"); !strings.Contains(out, "WatchDogSec") {
		t.Errorf("a misspelt setting goes through: %q", out)
	}
}

// TestUnitsSay asks systemd what it has understood: each of these has a reason in the unit, and a test of life cannot
// tell most of them.
func TestUnitsSay(t *testing.T) {
	m := boot(t)
	for _, want := range []struct{ unit, property, value string }{
		{"futago", "Type", "notify"},
		{"futago", "Restart", "always"},
		{"futago", "RestartUSec", "1s"},
		{"futago", "StartLimitIntervalUSec", "0"},
		{"futago", "TimeoutAbortUSec", "5s"},
		{"futago", "TimeoutStopUSec", "3min"},
		{"futago", "KillMode", "process"},
		{"futago", "TimerSlackNSec", "1000000"},
		{"futago", "OOMScoreAdjust", "-1000"},
		{"futago", "OOMPolicy", "continue"},
		{"futago", "CapabilityBoundingSet", "cap_kill cap_net_admin cap_net_raw"},
		{"futago", "SupplementaryGroups", "futago"},
		{"futago", "ProtectKernelTunables", "no"}, // sysrq and the LED
		{"futago", "ProtectClock", "no"},          // adjtimex
		{"futago", "ProtectProc", "default"},      // the kill past a hung engine
		{"futago", "PrivateDevices", "no"},        // I2C
		{"futago", "DevicePolicy", "closed"},
		{"futago", "DeviceAllow", "char-i2c rw"},
		{"futago-early", "DefaultDependencies", "no"},
		{"futago-early", "Type", "oneshot"},
		{"futago-early", "RemainAfterExit", "yes"},
		{"futago-early", "CapabilityBoundingSet", ""},
	} {
		if got := m.show(t, want.unit+".service", want.property); got != want.value {
			t.Errorf("%s: %s=%s, want %q", want.unit, want.property, got, want.value)
		}
	}
	for _, want := range []struct{ unit, property, among string }{
		{"futago", "Conflicts", "pacemaker.service corosync.service"},
		{"futago", "After", "pacemaker.service corosync.service sleepi3-start.service docker.service network.target futago-early.service modprobe@i2c_dev.service"},
		{"futago", "Wants", "docker.service futago-early.service futago-release.service modprobe@i2c_dev.service"},
		{"futago", "SystemCallFilter", "adjtimex clock_adjtime"}, // only read: CAP_SYS_TIME is not there
		{"futago-early", "Before", "basic.target sleepi3-start.service shutdown.target"},
		{"futago-early", "After", "systemd-modules-load.service modprobe@i2c_dev.service"},
	} {
		got := strings.Fields(m.show(t, want.unit+".service", want.property))
		for name := range strings.FieldsSeq(want.among) {
			if !slices.Contains(got, name) {
				t.Errorf("%s: %s=%v, want %s among them", want.unit, want.property, got, name)
			}
		}
	}
	if after := m.show(t, "futago.service", "After"); strings.Contains(after, "network-online") {
		t.Error("futago would wait minutes for a cable")
	}
}

// TestRuleNamesTheUnit: no udev runs in the tests' machine, so this is all that is known of the rule besides its form.
func TestRuleNamesTheUnit(t *testing.T) {
	rule := regexp.MustCompile(`(?m)^ACTION=="add", SUBSYSTEM=="i2c-dev", KERNEL=="i2c-1", TAG\+="systemd", ENV\{SYSTEMD_WANTS\}\+="(\S+)"$`)
	found := rule.FindStringSubmatch(read(t, filepath.Join(packaging, "60-futago.rules")))
	if found == nil {
		t.Fatal("no rule starts a unit when the bus appears")
	}
	if _, err := os.Stat(filepath.Join(packaging, found[1])); err != nil {
		t.Errorf("the rule starts a unit that does not exist: %v", err)
	}
}

// TestPackageHasAll compares the list of the Debian package with the files there are.
func TestPackageHasAll(t *testing.T) {
	list := read(t, filepath.Join(packaging, "nfpm.yaml"))
	for _, line := range regexp.MustCompile(`packaging/[\w./-]+`).FindAllString(list, -1) {
		if _, err := os.Stat(filepath.Join("../..", line)); err != nil {
			t.Errorf("the package wants a file that does not exist: %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(packaging, "*"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, path := range files {
		if name := filepath.Base(path); !strings.Contains(list, "packaging/"+name) {
			t.Errorf("%s is not in the package", name)
		}
	}
	for _, name := range []string{"postinst", "prerm", "postrm"} {
		if out, err := exec.Command("sh", "-n", filepath.Join(packaging, "deb", name)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func lastLine(text string) string {
	return text[strings.LastIndex(text, "\n")+1:]
}
