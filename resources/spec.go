package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Spec is one container. Zero durations and counts mean the defaults named with each field.
type Spec struct {
	Name    string   // the container's name, 2 to 63 of [a-zA-Z0-9_.-], not beginning with a sign
	Image   string   // as in docker run; must be on the node already
	Ports   []string // see ParsePort
	Env     []string // "KEY=value"
	Volumes []string // binds: "/host/path:/container/path[:ro]" or "volume:/container/path[:ro]"
	Command []string // instead of the image's command; empty: the image's
	Network string   // engine network, "host" or "" for the default bridge

	Overlap bool // may run on both nodes at once (stateless); default: exclusive
	Adopt   bool // take over an existing container of this name and image that futago did not make

	StopTimeout   time.Duration // from the stop signal to the kill, 1 s to 5 min, default 10 s
	StartTimeout  time.Duration // from the start to healthy, 1 s to 10 min, default 60 s
	Health        Health
	Restarts      int           // in place, within RestartWindow; default 3, negative: none
	RestartWindow time.Duration // 1 s to 24 h, default 10 min
}

// Health is the probe beside the image's own HEALTHCHECK, if it has one. Either or both may be set; all must succeed.
type Health struct {
	HTTP     string        // URL; any status from 200 to 399 is healthy; redirects are not followed
	TCP      string        // host:port that must accept a connection
	Interval time.Duration // 100 ms to 5 min, default 1 s
	Timeout  time.Duration // of one try, 10 ms to 1 min, default 1 s
	Rise     int           // successes on end that clear earlier failures, 1 to 100, default 1
	Fall     int           // failures on end that make it unhealthy, 1 to 100, default 3
}

var nameRule = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$`)

// Validate reports everything that is wrong with the spec, joined; each error names the field.
func (s Spec) Validate() error {
	d := s.withDefaults()
	errs := []error{s.validateRun()}
	if !nameRule.MatchString(s.Name) {
		errs = append(errs, fmt.Errorf("name %q: want 2 to 63 of a-z A-Z 0-9 _ . - beginning with a letter or digit", s.Name))
	}
	if s.Image == "" || strings.ContainsAny(s.Image, " \t\n") {
		errs = append(errs, fmt.Errorf("image %q: want a name as in docker run", s.Image))
	}
	errs = append(errs,
		within("stop_timeout", d.StopTimeout, time.Second, 5*time.Minute),
		within("start_timeout", d.StartTimeout, time.Second, 10*time.Minute),
		within("restart_window", d.RestartWindow, time.Second, 24*time.Hour),
		within("restarts", d.Restarts, 0, 100),
		d.Health.validate())
	return errors.Join(errs...)
}

// validateRun checks what becomes the arguments of docker run.
func (s Spec) validateRun() error {
	var errs []error
	seen := map[string]bool{}
	for _, text := range s.Ports {
		p, err := ParsePort(text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if key := fmt.Sprint(p.Address, p.Host, p.Proto); seen[key] {
			errs = append(errs, fmt.Errorf("port %q: host port %d/%s is published twice", text, p.Host, p.Proto))
		} else {
			seen[key] = true
		}
	}
	if s.Network == "host" && len(s.Ports) > 0 {
		errs = append(errs, errors.New(`ports: network "host" publishes nothing; remove one of the two`))
	}
	for _, e := range s.Env {
		if i := strings.IndexByte(e, '='); i < 1 || strings.ContainsRune(e, 0) {
			errs = append(errs, fmt.Errorf("env %q: want KEY=value", e))
		}
	}
	for _, v := range s.Volumes {
		parts := strings.Split(v, ":")
		if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || !strings.HasPrefix(parts[1], "/") {
			errs = append(errs, fmt.Errorf("volume %q: want SOURCE:/path/in/container[:ro]", v))
		}
	}
	return errors.Join(errs...)
}

func (h Health) validate() error {
	errs := []error{
		within("health.interval", h.Interval, 100*time.Millisecond, 5*time.Minute),
		within("health.timeout", h.Timeout, 10*time.Millisecond, time.Minute),
		within("health.rise", h.Rise, 1, 100),
		within("health.fall", h.Fall, 1, 100),
	}
	if h.HTTP != "" {
		u, err := url.Parse(h.HTTP)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
			errs = append(errs, fmt.Errorf("health.http %q: want http://host[:port]/path", h.HTTP))
		}
	}
	if h.TCP != "" {
		host, port, err := net.SplitHostPort(h.TCP)
		if err == nil {
			_, err = parseNumber(port)
		}
		if err != nil || host == "" {
			errs = append(errs, fmt.Errorf("health.tcp %q: want host:port", h.TCP))
		}
	}
	return errors.Join(errs...)
}

func within[T int | time.Duration](key string, v, low, high T) error {
	if v < low || v > high {
		return fmt.Errorf("%s: %v is not within %v to %v", key, v, low, high)
	}
	return nil
}

// withDefaults fills what was left zero.
func (s Spec) withDefaults() Spec {
	orDefault(&s.StopTimeout, 10*time.Second)
	orDefault(&s.StartTimeout, time.Minute)
	orDefault(&s.RestartWindow, 10*time.Minute)
	orDefault(&s.Restarts, 3)
	if s.Restarts < 0 {
		s.Restarts = 0
	}
	orDefault(&s.Health.Interval, time.Second)
	orDefault(&s.Health.Timeout, time.Second)
	orDefault(&s.Health.Rise, 1)
	orDefault(&s.Health.Fall, 3)
	return s
}

func orDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// probed says whether there is anything to ask besides the engine.
func (h Health) probed() bool { return h.HTTP != "" || h.TCP != "" }

// digest identifies everything that is fixed when a container is created. Two specs with the same digest can use the same
// container; timeouts and probes are not part of it, for they can change under a running one.
func (s Spec) digest() string {
	ports := make([]string, 0, len(s.Ports))
	for _, text := range s.Ports {
		if p, err := ParsePort(text); err == nil {
			ports = append(ports, p.String())
		}
	}
	data, err := json.Marshal(struct {
		Version                       int
		Image, Network                string
		Ports, Env, Volumes, Commands []string
	}{1, canonicalImage(s.Image), s.Network, ports, orEmpty(s.Env), orEmpty(s.Volumes), orEmpty(s.Command)})
	if err != nil {
		panic(fmt.Sprintf("strings always marshal: %v", err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// orEmpty makes nil and empty the same in the digest.
func orEmpty(s []string) []string { return append([]string{}, s...) }

// canonicalImage makes "httpd", "httpd:latest" and "docker.io/library/httpd" compare as equal, as the engine takes them.
func canonicalImage(ref string) string {
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		ref = strings.TrimPrefix(ref, prefix)
	}
	if strings.Contains(ref, "@") || strings.LastIndexByte(ref, ':') > strings.LastIndexByte(ref, '/') {
		return ref
	}
	return ref + ":latest"
}
