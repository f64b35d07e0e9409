package config

import "time"

// engineName is what the Docker engine takes as the name of a container, a volume or a network.
var engineName = matching("2 to 63 letters, digits, dots, hyphens and underscores, the first a letter or digit",
	`[A-Za-z0-9][A-Za-z0-9_.-]{1,62}`)

var (
	imageName = matching("an image such as httpd, httpd:2.4 or registry.example/httpd@sha256:...",
		`[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}`)
	environment = matching(`"KEY=value"`, `[A-Za-z_][A-Za-z0-9_.-]*=[^\x00]*`)
	argument    = matching("text", `[^\x00]*`)
)

func readContainer(s *section) Container {
	c := Container{
		Network: "bridge", StartTimeout: time.Minute, StopTimeout: 10 * time.Second,
		Restarts: 3, RestartWindow: 10 * time.Minute,
	}
	required(s, "name", &c.Name, engineName)
	required(s, "image", &c.Image, imageName)
	list(s, "ports", &c.Ports, publishedPort)
	list(s, "env", &c.Env, environment)
	list(s, "volumes", &c.Volumes, mount)
	list(s, "command", &c.Command, argument)
	optional(s, "network", &c.Network, engineName)
	optional(s, "overlap", &c.Overlap, boolean)
	optional(s, "adopt", &c.Adopt, boolean)
	optional(s, "start_timeout", &c.StartTimeout, duration(time.Second, 10*time.Minute))
	optional(s, "stop_timeout", &c.StopTimeout, duration(time.Second, 5*time.Minute))
	optional(s, "restarts", &c.Restarts, integer(0, 100))
	optional(s, "restart_window", &c.RestartWindow, duration(time.Second, 24*time.Hour))
	c.Health = readHealth(s.table("health"))
	s.close()
	return c
}

func readHealth(s *section) Health {
	h := Health{Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 3}
	optional(s, "http", &h.HTTP, probeURL)
	optional(s, "tcp", &h.TCP, hostPort)
	optional(s, "interval", &h.Interval, duration(100*time.Millisecond, 5*time.Minute))
	optional(s, "timeout", &h.Timeout, duration(10*time.Millisecond, time.Minute))
	optional(s, "rise", &h.Rise, integer(1, 100))
	optional(s, "fall", &h.Fall, integer(1, 100))
	s.close()
	checkHealth(s)
	return h
}

// checkHealth refuses timings of a probe that is not there.
func checkHealth(s *section) {
	if s.has("http") || s.has("tcp") {
		return
	}
	for _, key := range []string{"interval", "timeout", "rise", "fall"} {
		if s.has(key) {
			s.fail(key, "has no probe to apply to", "beside health.http or health.tcp")
		}
	}
}
