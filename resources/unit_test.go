package resources

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/go-connections/nat"
)

func TestPlan(t *testing.T) {
	up := view{run: Yes, healthy: true, made: true}
	down := view{run: No, made: true, checked: true}
	with := func(v view, change func(*view)) view { change(&v); return v }
	over := func(v view) view { v.overlap = true; return v }
	for _, c := range []struct {
		what  string
		level Level
		views []view
		want  []verb
	}{
		{"all is well", Running, []view{up, over(up)}, []verb{rest, rest}},
		{"starts go in order", Running, []view{down, down}, []verb{raise, rest}},
		{"the second waits while the first comes up", Running, []view{with(down, func(v *view) { v.busy = raise }), down}, []verb{rest, rest}},
		{"a healthy first lets the second start", Running, []view{up, down}, []verb{rest, raise}},
		{"one that rests holds up those behind it", Running, []view{with(down, func(v *view) { v.resting = true }), down}, []verb{rest, rest}},
		{"a dead first leaves a healthy second alone", Running, []view{down, up}, []verb{raise, rest}},
		{"stops go in reverse", None, []view{up, up}, []verb{rest, lower}},
		{"exclusive ones stop first", None, []view{up, over(up)}, []verb{lower, rest}},
		{"a failed stop is passed over", None, []view{up, with(up, func(v *view) { v.resting = true })}, []verb{lower, rest}},
		{"a failed stop whose call hangs is passed over", None, []view{up, with(up, func(v *view) { v.busy, v.resting = lower, true })}, []verb{lower, rest}},
		{"a stop under way holds up the next", None, []view{up, with(up, func(v *view) { v.busy = lower })}, []verb{rest, rest}},
		{"unknown is stopped", None, []view{{run: Unknown, made: true}}, []verb{lower}},
		{"down is verified once per Apply", None, []view{with(down, func(v *view) { v.verify = true })}, []verb{lower}},
		{"only overlap runs when prepared", Prepared, []view{over(down), down}, []verb{raise, rest}},
		{"exclusive is stopped when prepared", Prepared, []view{over(up), up}, []verb{rest, lower}},
		{"nothing starts before stops ended", Prepared, []view{over(down), up}, []verb{rest, lower}},
		{"made ahead", None, []view{{run: No}, {run: No}}, []verb{ensure, ensure}},
		{"never while something is being started", Prepared, []view{over(down), {run: No}}, []verb{raise, rest}},
		{"sick is stopped first", Running, []view{with(up, func(v *view) { v.sick, v.healthy = true, false })}, []verb{lower}},
		{"sick of unknown state is asked, not stopped", Running, []view{{run: Unknown, sick: true}}, []verb{raise}},
		{"unknown but healthy is left alone", Running, []view{{run: Unknown, healthy: true}}, []verb{rest}},
		{"left over goes before anything starts", Running, []view{down, {leftover: true, run: No}}, []verb{rest, lower}},
	} {
		if got := plan(c.level, c.views); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// A level wanted again while its containers are still being stopped does not
// hold: whoever believed it would hand the service to a container that dies.
func TestReachedOnlyWhenNothingIsBeingStopped(t *testing.T) {
	up := view{run: Yes, healthy: true, made: true, overlap: true}
	going := up
	going.busy = lower
	for _, level := range []Level{Prepared, Running} {
		if !reached(level, []view{up}) {
			t.Errorf("%s: not reached by what runs and is healthy", level)
		}
		if reached(level, []view{going}) {
			t.Errorf("%s: reached by what is being stopped", level)
		}
	}
}

// Properties that no combination of views may break.
func TestPlanHoldsForAnyViews(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	flip := func() bool { return r.IntN(2) == 0 }
	for range 200000 {
		level := Level(r.IntN(3))
		views := make([]view, 1+r.IntN(4))
		for i := range views {
			views[i] = view{
				overlap: flip(), leftover: r.IntN(5) == 0, run: Truth(r.IntN(3)), healthy: flip(), sick: flip(), verify: flip(),
				made: flip(), checked: flip(), busy: verb(r.IntN(5)), resting: flip(),
			}
		}
		checkPlan(t, level, views, plan(level, views))
		if t.Failed() {
			return
		}
	}
}

func checkPlan(t *testing.T, level Level, views []view, steps []verb) {
	t.Helper()
	count := map[verb]int{}
	for i, s := range steps {
		v := views[i]
		count[s]++
		switch {
		case s != rest && (v.busy != rest || v.resting):
			t.Errorf("begun on a busy or resting one: %+v %v", v, s)
		case s == raise && (level == None || level == Prepared && !v.overlap || v.leftover):
			t.Errorf("raised against the level %v: %+v", level, v)
		case s == lower && v.wantUp(level) && !v.sick:
			t.Errorf("lowered what is wanted at %v: %+v", level, v)
		case s == ensure && v.run != No:
			t.Errorf("made anew what may run: %+v", v)
		}
	}
	if count[raise] > 1 || count[lower] > 1 || count[raise] > 0 && count[lower]+count[ensure] > 0 {
		t.Errorf("too much at once: %v for %v %+v", steps, level, views)
	}
	if reached(level, views) {
		for _, v := range views {
			if up := v.run == Yes; v.run == Unknown || up != v.wantUp(level) {
				t.Errorf("%v is not reached with %+v", level, v)
			}
		}
	}
}

func TestBudget(t *testing.T) {
	b := budget{limit: 2, window: 10 * time.Second}
	now := time.Unix(1000, 0)
	if !b.spend(now) || b.pause(now) != 0 {
		t.Error("the first restart must be at once")
	}
	if !b.spend(now.Add(time.Second)) || b.pause(now.Add(time.Second)) == 0 {
		t.Error("the second must wait a little")
	}
	if b.spend(now.Add(9999*time.Millisecond)) || b.count(now.Add(5*time.Second)) != 2 {
		t.Error("two within the window are all")
	}
	if !b.spend(now.Add(10 * time.Second)) {
		t.Error("the window slides")
	}
	b.reset()
	if b.count(now.Add(10*time.Second)) != 0 {
		t.Error("reset")
	}
	if none := (budget{window: time.Hour}); none.spend(now) {
		t.Error("limit 0 allows none")
	}
}

func TestParsePort(t *testing.T) {
	for in, want := range map[string]string{
		"80:80": "80:80/tcp", "8080:80/udp": "8080:80/udp", "192.0.2.1:8080:80/udp": "192.0.2.1:8080:80/udp",
		"[2001:db8::1]:53:53/udp": "[2001:db8::1]:53:53/udp", "65535:1/sctp": "65535:1/sctp",
	} {
		if p, err := ParsePort(in); err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", in, p, err)
		}
	}
	for _, in := range []string{
		"", "80", ":80", "80:", "0:80", "80:0", "65536:80", "080:80", "+80:80", "80-81:80-81", "a:80", "80:80/", "80:80/icmp",
		":80:80", "localhost:80:80", "2001:db8::1:80:80", "[192.0.2.1]:80:80", "[fe80::1%eth0]:80:80", "[::ffff:192.0.2.1]:80:80",
		"[2001:db8::1:80:80", "192.0.2.1:80:80:80", "80:80/tcp/udp", " 80:80",
	} {
		if p, err := ParsePort(in); err == nil {
			t.Errorf("%q gave %v", in, p)
		}
	}
}

// FuzzParsePort: what we take, docker takes in the same sense; and it survives being written and read again.
func FuzzParsePort(f *testing.F) {
	for _, s := range []string{"80:80", "192.0.2.1:8080:80/udp", "[2001:db8::1]:53:53/udp", "[::]:1:1", "0:0", "1:1/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := ParsePort(in)
		if err != nil {
			return
		}
		if again, err := ParsePort(p.String()); err != nil || again != p {
			t.Fatalf("%q: %v is read back as %v, %v", in, p, again, err)
		}
		theirs, err := nat.ParsePortSpec(in)
		if err != nil || len(theirs) != 1 {
			t.Fatalf("%q: docker's parser gives %v, %v", in, theirs, err)
		}
		_, bindings, err := portMaps([]string{in})
		if err != nil {
			t.Fatal(err)
		}
		ours := bindings[theirs[0].Port]
		if len(ours) != 1 || ours[0].HostPort != theirs[0].Binding.HostPort || !sameHost(ours[0].HostIP, theirs[0].Binding.HostIP) {
			t.Fatalf("%q: ours %v, docker's %v", in, bindings, theirs)
		}
	})
}

func sameHost(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	return net.ParseIP(a).Equal(net.ParseIP(b))
}

func TestSpecValidateNamesEveryFault(t *testing.T) {
	bad := Spec{
		Name: "-x", Image: "a b", Ports: []string{"80:80", "80:81", "x"}, Env: []string{"NOVALUE"}, Volumes: []string{"/only"},
		Network: "host", StopTimeout: time.Hour, StartTimeout: -1, RestartWindow: time.Millisecond, Restarts: 1000,
		Health: Health{HTTP: "ftp://x", TCP: "nohost", Interval: time.Millisecond, Timeout: time.Hour, Rise: -1, Fall: 1000},
	}
	err := bad.Validate()
	for _, want := range []string{
		"name", "image", "published twice", `port "x"`, "env", "volume", "network \"host\"", "stop_timeout", "start_timeout",
		"restart_window", "restarts", "health.http", "health.tcp", "health.interval", "health.timeout", "health.rise", "health.fall",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
	if err := webSpec().Validate(); err != nil {
		t.Error(err)
	}
}

// FuzzSpec: any texts either are refused or give a digest and port maps without a panic.
func FuzzSpec(f *testing.F) {
	f.Add("httpd-test", "httpd", "80:80", "A=b", "/srv:/www:ro", "http://127.0.0.1:80/", "127.0.0.1:80")
	f.Fuzz(func(t *testing.T, name, image, port, env, volume, url, tcp string) {
		s := Spec{
			Name: name, Image: image, Ports: []string{port}, Env: []string{env}, Volumes: []string{volume},
			Health: Health{HTTP: url, TCP: tcp},
		}
		if s.Validate() != nil {
			return
		}
		if d := s.digest(); len(d) != 16 {
			t.Fatalf("digest %q", d)
		}
		if _, _, err := portMaps(s.Ports); err != nil {
			t.Fatalf("validated, then %v", err)
		}
	})
}

func TestDigestFollowsWhatIsFixedAtCreation(t *testing.T) {
	base := Spec{Name: "a", Image: "httpd", Ports: []string{"80:80"}}
	same := []Spec{
		{Name: "a", Image: "docker.io/library/httpd:latest", Ports: []string{"80:80/tcp"}, Env: []string{}},
		{Name: "a", Image: "httpd", Ports: []string{"80:80"}, StopTimeout: time.Minute, Health: Health{TCP: "x:1"}, Adopt: true},
	}
	other := []Spec{
		{Name: "a", Image: "httpd:2", Ports: []string{"80:80"}},
		{Name: "a", Image: "httpd", Ports: []string{"81:80"}},
		{Name: "a", Image: "httpd", Ports: []string{"80:80"}, Env: []string{"A=1"}},
		{Name: "a", Image: "httpd", Ports: []string{"80:80"}, Command: []string{"A=1"}},
		{Name: "a", Image: "httpd", Ports: []string{"80:80"}, Volumes: []string{"A=1"}},
		{Name: "a", Image: "httpd", Ports: []string{"80:80"}, Network: "A=1"},
	}
	seen := map[string]bool{base.digest(): true}
	for i, s := range same {
		if s.digest() != base.digest() {
			t.Errorf("same %d differs", i)
		}
	}
	for i, s := range other {
		if seen[s.digest()] {
			t.Errorf("other %d is the same", i)
		}
		seen[s.digest()] = true
	}
}

func TestCanonicalImage(t *testing.T) {
	for in, want := range map[string]string{
		"httpd": "httpd:latest", "docker.io/library/httpd": "httpd:latest", "httpd:2.4": "httpd:2.4",
		"registry.example:5000/a/b": "registry.example:5000/a/b:latest", "a@sha256:00": "a@sha256:00",
	} {
		if got := canonicalImage(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTakenPort(t *testing.T) {
	for in, want := range map[string]string{
		"driver failed programming external connectivity on endpoint a (00): Bind for 0.0.0.0:80 failed: port is already allocated":                               "80",
		"driver failed: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use":                                                    "8080",
		"failed to bind host port for 192.0.2.1:443:172.17.0.2:443/tcp: address already in use":                                                                   "443",
		"failed to set up container networking: driver failed programming external connectivity: failed to bind host port 0.0.0.0:80/tcp: address already in use": "80",
	} {
		if got, taken := takenPort(in); !taken || got != want {
			t.Errorf("%q: %q, %v", in, got, taken)
		}
	}
	if _, taken := takenPort("no such file"); taken {
		t.Error("not about a port")
	}
}

func TestProbe(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
		w.Header().Set("Location", "/hang")
		w.WriteHeader(status)
	}))
	defer s.Close()
	p := newProber()
	try := func(h Health) error {
		h.Timeout = 200 * time.Millisecond
		return p.probe(context.Background(), h)
	}
	for code, healthy := range map[int]bool{200: true, 204: true, 302: true, 399: true, 400: false, 503: false} {
		status = code
		if err := try(Health{HTTP: s.URL}); (err == nil) != healthy {
			t.Errorf("status %d: %v", code, err)
		}
	}
	address := s.Listener.Addr().String()
	status = http.StatusOK
	if err := try(Health{TCP: address, HTTP: s.URL}); err != nil {
		t.Error(err)
	}
	if try(Health{HTTP: s.URL + "/hang"}) == nil {
		t.Error("a hung server is not healthy")
	}
	s.Close()
	if try(Health{TCP: address}) == nil || try(Health{HTTP: s.URL}) == nil {
		t.Error("nobody listens there")
	}
	if err := try(Health{}); err != nil {
		t.Errorf("nothing to ask is healthy: %v", err)
	}
}
