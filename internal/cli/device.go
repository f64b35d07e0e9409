package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/config"
)

// place says where the board is. What is not given is looked up in the next best source.
type place struct {
	bus      int    // -1: not given
	address  uint16 // 0: not given
	defaults string // the vendor's settings; empty: not read
	watchdog bool   // the vendor's settings, where they exist, have the board's watchdog on
}

// placeFlags are those of commands that work without a configuration.
func placeFlags(cmd *cobra.Command) *place {
	p := &place{}
	cmd.Flags().IntVar(&p.bus, "bus", -1, "I2C bus N of /dev/i2c-N; -1: as "+sleepi3.DefaultsPath+" says")
	cmd.Flags().Uint16Var(&p.address, "address", 0, "I2C address; 0: as "+sleepi3.DefaultsPath+" says")
	cmd.Flags().StringVar(&p.defaults, "defaults", sleepi3.DefaultsPath, "settings of the vendor's utilities")
	return p
}

// placeOf is where the configuration says the board is.
func placeOf(f config.Fence) place {
	return place{bus: f.Bus, address: f.I2CAddress, defaults: f.DefaultsFile}
}

// or fills what p leaves open from q.
func (p place) or(q place) place {
	if p.bus < 0 {
		p.bus = q.bus
	}
	if p.address == 0 {
		p.address = q.address
	}
	return p
}

// settled fills what is still open from the vendor's settings, or the board's defaults where that file does not exist.
// Where that file has faults the place is that of the board's defaults, and the error says so.
func (p place) settled() (place, error) {
	d, found, err := vendorSettings(p.defaults)
	p.watchdog = found && d.HeartbeatTimeout != 0
	return p.or(place{bus: d.Bus, address: d.Addr}), err
}

// vendorSettings are those of the vendor's utilities, and whether there are any.
func vendorSettings(path string) (sleepi3.Defaults, bool, error) {
	if path == "" {
		return sleepi3.VendorDefaults(), false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sleepi3.VendorDefaults(), false, nil
	}
	if err != nil {
		return sleepi3.VendorDefaults(), false, fmt.Errorf("read the board's settings: %w", err)
	}
	defer func() { _ = f.Close() }()
	d, err := sleepi3.ParseDefaults(path, f)
	if err != nil {
		return sleepi3.VendorDefaults(), false, fmt.Errorf("read the board's settings: %w", err)
	}
	return d, true, nil
}

// openBoard opens the bus and the board at p, which is settled, without talking to it. The closer is the bus.
func (a *app) openBoard(p place) (*sleepi3.Dev, io.Closer, error) {
	bus, err := a.machine.OpenBus(p.bus)
	if err != nil {
		return nil, nil, fmt.Errorf("open I2C bus %d: %w", p.bus, err)
	}
	opts := sleepi3.DefaultOpts
	opts.Addr = p.address
	dev, err := sleepi3.New(bus, opts)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open the board: %w", err), bus.Close())
	}
	return dev, bus, nil
}
