// Command futago keeps one service alive on a pair of Raspberry Pis: it is the daemon and the operator's commands.
//
// This package only names the machine: the kernel's I2C buses, systemd, and this binary. The command line itself is
// internal/cli. Nothing simulated may be linked in here.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"github.com/futago-ha/futago/internal/cli"
	"github.com/futago-ha/futago/internal/daemon"
	"github.com/futago-ha/futago/internal/logind"
)

// Set by the linker: -ldflags "-X main.version=0.1.0 -X main.commit=...".
var version, commit string

func main() {
	os.Exit(cli.Main(machine(), os.Args[1:]))
}

// openBus opens the kernel's bus. That it is not there at all is told apart from a bus that cannot be opened (periph
// makes one text of both): such a machine has no line that a guard would have to lower.
func openBus(number int) (i2c.BusCloser, error) {
	if _, err := os.Stat(fmt.Sprintf("/dev/i2c-%d", number)); err != nil {
		return nil, fmt.Errorf("i2c bus %d: %w", number, err)
	}
	return sysfs.NewI2C(number)
}

func machine() cli.Machine {
	return cli.Machine{
		OpenBus:   openBus,
		System:    daemon.Machine{Logind: logind.Bus("")},
		Panic:     func() error { return daemon.Sysrq('c') },
		Shutdowns: func(log *slog.Logger) daemon.Shutdowns { return logind.NewWatch("", log) },
		Again:     []string{"/proc/self/exe"},
		Version:   version, Commit: commit,
	}
}
