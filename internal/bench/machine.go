package bench

import (
	"os"
	"runtime"
	"strings"
	"time"
)

// Machine is where and when a run was made.
type Machine struct {
	Time       time.Time `json:"time"`
	Commit     string    `json:"commit"`
	System     string    `json:"system"`      // of /etc/os-release
	Kernel     string    `json:"kernel"`      // release
	Arch       string    `json:"arch"`        // in Go's word
	CPU        string    `json:"cpu"`         // model, where the kernel says it
	Cores      int       `json:"cores"`       // that the run could use
	LoadBefore string    `json:"load_before"` // load averages of 1, 5 and 15 min
	LoadAfter  string    `json:"load_after"`
}

func thisMachine(commit string) Machine {
	return Machine{
		Time: time.Now().UTC(), Commit: commit,
		System: valueOf(text("/etc/os-release"), "PRETTY_NAME", "="),
		Kernel: strings.TrimSpace(text("/proc/sys/kernel/osrelease")),
		CPU:    valueOf(text("/proc/cpuinfo"), "model name", ":"),
		Arch:   runtime.GOARCH, Cores: runtime.NumCPU(), LoadBefore: load(),
	}
}

// load is the kernel's three load averages (proc_loadavg(5)).
func load() string {
	fields := strings.Fields(text("/proc/loadavg"))
	return strings.Join(fields[:min(3, len(fields))], ", ")
}

// text is a file's, empty where the machine has none.
func text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

// valueOf is the first value of a key in lines of "key separator value".
func valueOf(lines, key, separator string) string {
	for line := range strings.Lines(lines) {
		k, v, found := strings.Cut(line, separator)
		if found && strings.TrimSpace(k) == key {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}
