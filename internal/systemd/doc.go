// Package systemd holds the tests of the units in packaging/: what systemd says
// of them, and how the real futago lives under a real systemd 252.
//
// It owns no code of the product. A test boots systemd as process 1 of its own
// namespaces, with the binary built from this tree, the units as they are
// shipped, and nothing else of the machine's units (testdata/boot.sh). It must
// not touch the machine's own systemd, and it must not test what the daemon
// decides; that is the daemon's own.
//
// docs/systemd.md says what cannot be seen there and waits for a Pi.
package systemd
