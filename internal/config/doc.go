// Package config reads futago's one configuration file, which is the same on both nodes, and the cluster key.
//
// It owns the meaning of every key: its type, its default and what is allowed. The typed Config it returns has
// passed every check, so no other package asks again. A file with faults is refused as a whole and all faults are
// reported together, each with file, line, key, what is wrong and what is allowed. Nothing is corrected silently.
//
// It must not import the parts it configures (membership, fencing, resources, vip), must not touch the network or
// the devices it names, and must not know the command line: paths of state and socket are flags of the daemon.
//
// How a file becomes a Config: document.go lets go-toml judge the syntax and remembers the line of every key;
// section.go hands out one key at a time, each to a kind (kinds.go) that knows its type and range; what was never
// asked for is an unknown key; cross.go judges keys against each other.
package config
