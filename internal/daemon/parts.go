package daemon

import (
	"os/exec"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// This file turns the one configuration into what each part wants to know.

func (d *Daemon) schedulerConfig() scheduler.Config {
	c := d.opts.Config
	s := scheduler.Config{
		Self: d.opts.node().Name, Peer: d.opts.peer().Name,
		First: d.opts.Self == 0, Preferred: c.Service.Preferred == d.opts.Self,
		Failback: c.Service.Failback == config.FailbackAuto, FailbackDelay: c.Service.FailbackDelay,
		Hold: c.Fence.Hold, Pulse: c.Fence.Pulse, StartWait: c.Fence.StartWait, ExtinWait: max(c.Fence.ExtinWait, 0),
		BackWithin: c.Reboot.BackWithin, Calendar: c.Reboot.Calendars[d.opts.Self], MinUptime: c.Reboot.MinUptime,
		RebootFailbackDelay: c.Reboot.FailbackDelay,
		Software:            d.opts.Version, Digest: c.Digest(),
		Started: wallClock().Add(-time.Duration(bootClock())).Round(time.Second),
	}
	for _, container := range c.Service.Containers {
		s.Overlap = s.Overlap || container.Overlap
		s.Exclusive = s.Exclusive || !container.Overlap
		s.StartTimeout = max(s.StartTimeout, container.StartTimeout)
		s.StopTimeout = max(s.StopTimeout, container.StopTimeout)
	}
	s.StartTimeout += startMargin
	s.StopTimeout += stopMargin
	return s
}

// startMargin lets the containers' keeper say first why a start failed: a node
// that only gave up waiting would count as ready and be asked again.
const startMargin = 5 * time.Second

// stopMargin is what a stop may take beyond the engine's own limit: the kill,
// and the proof that nothing runs.
const stopMargin = 10 * time.Second

func (d *Daemon) memberConfig() membership.Config {
	self, peer := d.opts.node(), d.opts.peer()
	keys := [][]byte{d.opts.Keys.Current[:]}
	if d.opts.Keys.Old != nil {
		keys = append(keys, d.opts.Keys.Old[:])
	}
	return membership.Config{
		Cluster: d.opts.Config.Cluster, Keys: keys,
		Name: self.Name, Address: self.Address, Port: self.Port,
		PeerName: peer.Name, PeerAddress: peer.Address, PeerPort: peer.Port,
		BootID: d.boot.ID, Session: d.boot.Session, Version: d.opts.Version,
		Logger: d.opts.Log.With("part", "membership"),
	}
}

func (d *Daemon) fencerOptions() fencing.Options {
	return fencing.Options{
		StartGuard:   func() (*fencing.GuardPipe, error) { return fencing.StartGuard(d.guardCommand()) },
		HeartbeatFed: d.heartbeat.Fed,
		WatchdogRest: d.opts.Config.Fence.WatchdogTimeout, WatchdogOn: d.opts.BoardWatchdog, WatchdogTight: tight(d.opts.Config.Fence.HoldWatchdog),
		Log: d.opts.Log.With("part", "fencing"),
	}
}

// tight says "none" in the words of package fencing.
func tight(t time.Duration) time.Duration {
	if t == 0 {
		return fencing.NeverTight
	}
	return t
}

func (d *Daemon) guardCommand() *exec.Cmd { return d.opts.Guard() }

// toggle moves the heartbeat pin: over the bus where that can carry it, else
// through the LED of the device tree.
func (d *Daemon) toggle() func(bool) error {
	led := d.opts.Config.Fence.Heartbeat
	if led == "" {
		return func(bool) error { return errNotFed }
	}
	byLED := fencing.LED(led)
	return func(high bool) error {
		if beat, ok := d.bus.beat(); ok {
			return beat(high)
		}
		return byLED(high)
	}
}

func (d *Daemon) groupOptions() resources.Options {
	return resources.Options{Host: d.opts.Engine, Cluster: d.opts.Config.Cluster}
}

func (d *Daemon) specs() []resources.Spec {
	var specs []resources.Spec
	for _, c := range d.opts.Config.Service.Containers {
		specs = append(specs, resources.Spec{
			Name: c.Name, Image: c.Image, Ports: portTexts(c.Ports), Env: c.Env, Volumes: volumeTexts(c.Volumes),
			Command: c.Command, Network: c.Network, Overlap: c.Overlap, Adopt: c.Adopt,
			StopTimeout: c.StopTimeout, StartTimeout: c.StartTimeout,
			Health: resources.Health{
				HTTP: c.Health.HTTP, TCP: c.Health.TCP, Interval: c.Health.Interval, Timeout: c.Health.Timeout,
				Rise: c.Health.Rise, Fall: c.Health.Fall,
			},
			Restarts: restarts(c.Restarts), RestartWindow: c.RestartWindow,
		})
	}
	return specs
}

// restarts keeps a configured zero from meaning the package's default.
func restarts(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func portTexts(ports []config.Port) []string {
	var texts []string
	for _, p := range ports {
		texts = append(texts, resources.Port{Address: p.HostIP, Host: p.Host, Container: p.Container, Proto: p.Protocol}.String())
	}
	return texts
}

func volumeTexts(volumes []config.Volume) []string {
	var texts []string
	for _, v := range volumes {
		text := v.Source + ":" + v.Target
		if v.ReadOnly {
			text += ":ro"
		}
		texts = append(texts, text)
	}
	return texts
}
