package logind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of logind's interface.
const (
	service   = "org.freedesktop.login1"
	manager   = "org.freedesktop.login1.Manager"
	signal    = "PrepareForShutdown"
	path      = dbus.ObjectPath("/org/freedesktop/login1")
	callLimit = 2 * time.Second // a bus that hangs must not hold up who asks
)

// Bus is the address of a message bus; the empty one is the system's
// (DBUS_SYSTEM_BUS_ADDRESS, else /var/run/dbus/system_bus_socket).
type Bus string

func (b Bus) dial(ctx context.Context) (*dbus.Conn, error) {
	var conn *dbus.Conn
	var err error
	if b == "" {
		conn, err = dbus.ConnectSystemBus(dbus.WithContext(ctx))
	} else {
		conn, err = dbus.Connect(string(b), dbus.WithContext(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the system bus: %w", err)
	}
	return conn, nil
}

// Reboot has logind reboot the machine, or power it off, in order. It returns as
// soon as logind has begun, within seconds in any case.
func (b Bus) Reboot(ctx context.Context, off bool) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	conn, err := b.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	method := "Reboot"
	if off {
		method = "PowerOff"
	}
	const interactive = false // nobody is there to be asked for a password
	if err := call(ctx, conn, method, interactive).Store(); err != nil {
		return fmt.Errorf("ask logind for %s: %w", method, err)
	}
	return nil
}

func call(ctx context.Context, conn *dbus.Conn, method string, args ...any) *dbus.Call {
	return conn.Object(service, path).CallWithContext(ctx, manager+"."+method, 0, args...)
}

var errGone = errors.New("the connection to the system bus ended")
