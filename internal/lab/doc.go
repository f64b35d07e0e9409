// Package lab builds a futago pair on one machine with everything real
// except the power boards: real processes, network, ARP, engines and disks.
//
// A node is a network namespace on a bridge plus a PID, mount, UTS and IPC
// namespace below an init process of ours (package nodeinit). Its power is
// that process: cutting power takes the node's port off the switch and kills
// every process of its control group at once, containers included, and
// powering up starts a fresh kernel's worth of it after the boot delay, with
// a new boot id, an empty /run and the same disk.
//
// The package owns the namespaces, the switch, the control groups, the nodes'
// life and the control socket. The boards and the harness belong to
// internal/board; the measuring of what a client notices to lab/measure; what
// happens inside a node to lab/nodeinit; the test images to lab/image.
//
// It must not be imported by the shipped binary, must not load kernel
// modules, and must not leave anything behind: namespaces are held only by
// file descriptors and processes of the lab, so that even a kill -9 of the
// lab takes the whole lab down. Only directories and empty control groups can
// survive that, and the next lab removes them (see Sweep).
package lab
