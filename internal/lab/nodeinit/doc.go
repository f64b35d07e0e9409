// Package nodeinit is what runs inside a lab node: the first process of its
// PID namespace (Init), which prepares the mounts and reaps orphans, and the
// manager below it (Manage), which boots the node's services, restarts them
// as systemd would and answers the stand-ins for systemctl, reboot and
// shutdown (Ctl).
//
// It owns the node from within: mounts, units, orderly shutdown. It must not
// know the lab, the boards or the network outside: a node that is cut never
// gets a word in. It tells the lab what happens by lines on a pipe (Event)
// and how it ended by the way its first process ends: the kernel ends it by
// SIGHUP for reboot(2) RESTART and by SIGINT for POWER_OFF, see
// reboot(2) "Behavior inside PID namespaces".
package nodeinit
