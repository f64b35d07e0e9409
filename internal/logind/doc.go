// Package logind talks to systemd-logind over D-Bus: it asks for a reboot or a
// power-off in order, and has a person's shutdown wait a moment.
//
// It owns the connection to the system bus and one delay lock, which logind
// honours for InhibitDelayMaxSec (5 s unless changed): whoever says "shutdown
// -r now" or "poweroff" is announced first, and goes on as soon as [Watch.LetGo]
// gives the lock back. Interface: org.freedesktop.login1(5), inhibitors:
// systemd.io/INHIBITOR_LOCKS.
//
// A machine without logind, or whose bus is gone, loses only the announcement:
// systemd's stop of the unit says the same, a little later. So nothing here is
// an error that ends a daemon. The package knows nothing of ours.
package logind
