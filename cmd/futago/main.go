// Command futago keeps one service alive on a pair of Raspberry Pis: it is the daemon and the operator's commands.
//
// This package only names the machine: the kernel's I2C buses, systemd, and this binary. The command line itself is
// internal/cli. Nothing simulated may be linked in here.
package main

import (
	"os"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"github.com/futago-ha/futago/internal/cli"
	"github.com/futago-ha/futago/internal/daemon"
)

// Set by the linker: -ldflags "-X main.version=0.1.0 -X main.commit=...".
var version, commit string

func main() {
	os.Exit(cli.Main(machine(), os.Args[1:]))
}

func machine() cli.Machine {
	return cli.Machine{
		OpenBus: func(number int) (i2c.BusCloser, error) { return sysfs.NewI2C(number) },
		System:  daemon.Machine{},
		Again:   []string{"/proc/self/exe"},
		Version: version, Commit: commit,
	}
}
