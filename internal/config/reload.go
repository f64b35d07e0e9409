package config

import (
	"maps"
	"slices"
	"strings"
)

// live are the keys that a running daemon takes over: they say when and how long,
// and no part was built from them. Each is a key or all below a table.
var live = []string{"service.failback", "service.failback_delay", "fence.extin_wait", "fence.start_wait", "reboot."}

func isLive(key string) bool {
	return slices.ContainsFunc(live, func(l string) bool {
		return key == l || strings.HasSuffix(l, ".") && strings.HasPrefix(key, l)
	})
}

// Reload is what becomes of a running configuration when the file was changed to
// next: the one to go on with, which has next's values where a running daemon
// can take them over, the keys of those, and the keys that keep their old values
// until a restart. Keys are sorted; neither configuration is changed.
func (c *Config) Reload(next *Config) (now *Config, taken, restart []string) {
	merged := *c
	merged.written = maps.Clone(c.written)
	// The calendars are kept in the order of the nodes: with other nodes they mean others.
	same := c.Nodes[0].Name == next.Nodes[0].Name && c.Nodes[1].Name == next.Nodes[1].Name
	for _, key := range c.changed(next) {
		if !isLive(key) || !same && strings.HasPrefix(key, "reboot.") {
			restart = append(restart, key)
			continue
		}
		taken = append(taken, key)
		merged.written[key] = next.written[key]
	}
	merged.Service.Failback, merged.Service.FailbackDelay = next.Service.Failback, next.Service.FailbackDelay
	merged.Fence.ExtinWait, merged.Fence.StartWait = next.Fence.ExtinWait, next.Fence.StartWait
	if same {
		merged.Reboot = next.Reboot
	}
	return &merged, taken, restart
}

// changed lists the keys whose meaning differs, sorted.
func (c *Config) changed(next *Config) []string {
	keys := map[string]bool{}
	for _, pair := range [][2]map[string]string{{c.written, next.written}, {next.written, c.written}} {
		for key, value := range pair[0] {
			if other, there := pair[1][key]; !there || other != value {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
