// Package translate turns what the parts report into the events of the decision
// machine: several VIPs into one, a container that is being started into what
// must be feared of it, the end of a raised line into both of its names. It
// reads no clock and writes nothing. The daemon and the simulator share it, so
// that what is proved is what ships.
package translate
