package resources

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/vishvananda/netlink"
)

func TestForeignContainerIsRefusedAndNotTouched(t *testing.T) {
	e, s := needEngine(t), webSpec()
	id := e.make(t, s.Name, "web", nil, true)
	h := run(t, s)
	if h.state.Exclusive != No || h.state.Containers[0].Phase != PhaseForeign {
		t.Errorf("a foreign one is not our exclusive resource: %+v", h.state)
	}
	p := h.refused(Running, ContainerForeign)
	if !strings.Contains(p.Do, "docker rm") || !strings.Contains(p.Do, s.Name) || !strings.Contains(p.Text, "adopt") {
		t.Errorf("no way out told: %+v", p)
	}
	h.to(None)
	if !e.running(t, s.Name) || e.id(t, s.Name) != id {
		t.Fatal("it was touched")
	}
	e.remove(s.Name)
	h.apply(Running) // what the command told solves it
	h.await("healthy", func(st State) bool { return st.Healthy })
}

func TestAnotherClustersContainerIsForeign(t *testing.T) {
	s := webSpec()
	s.Adopt = true
	e := needEngine(t)
	other := options(e)
	other.Cluster = "another"
	if _, err := newEngine(other.Host, other.Cluster).create(t.Context(), s.withDefaults()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.remove(s.Name) })
	run(t, s).refused(Running, ContainerForeign)
}

func TestAdoptTakesOverTheArticlesContainer(t *testing.T) {
	e, s := needEngine(t), webSpec()
	s.Adopt, s.Image, s.Health = true, "web:latest", Health{}
	id := e.make(t, s.Name, "web", &container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "always"}}, true)
	h := run(t, s)
	if h.state.Exclusive != Yes {
		t.Fatalf("not seen as running: %+v", h.state)
	}
	h.to(Running)
	if now := e.id(t, s.Name); now != id {
		t.Fatal("made anew instead of taken over")
	}
	c, err := e.raw.ContainerInspect(t.Context(), s.Name)
	if err != nil || c.HostConfig.RestartPolicy.Name != "no" {
		t.Fatalf("the engine may still restart it: %v %v", c.HostConfig.RestartPolicy, err)
	}
	h.to(None)
	if e.running(t, s.Name) {
		t.Fatal("it runs")
	}
}

func TestAdoptRefusesAnotherImage(t *testing.T) {
	e, s := needEngine(t), webSpec()
	s.Adopt = true
	e.make(t, s.Name, "deaf", nil, false)
	run(t, s).refused(Running, ContainerForeign)
}

func TestImageMissing(t *testing.T) {
	s := webSpec()
	s.Image = "nowhere/such:1"
	h := run(t, s)
	if p := h.refused(Running, ImageMissing); p.Do != "sudo docker pull nowhere/such:1" {
		t.Errorf("do: %q", p.Do)
	}
	h.to(None) // nothing of ours runs, so this one is true all the same
	if c := h.await("None", func(st State) bool { return st.Applied && st.Reached && st.Wanted == None }).Containers[0]; c.Code != ImageMissing {
		t.Errorf("not shown while ready: %+v", c)
	}
}

// An image removed under a container made ahead is told, and does not keep it from starting.
func TestImageRemovedWhileReady(t *testing.T) {
	e, s := needEngine(t), webSpec()
	if err := e.raw.ImageTag(t.Context(), "web", "web-copy:latest"); err != nil {
		t.Fatal(err)
	}
	s.Image = "web-copy"
	h := run(t, s)
	h.to(None)
	h.await("made", func(st State) bool { return st.Ready })
	if _, err := e.raw.ImageRemove(t.Context(), "web-copy", image.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	h.await("image missing", func(st State) bool { return st.Ready && st.Containers[0].Code == ImageMissing })
	h.to(Running)
}

func TestPortTakenByAnotherProgram(t *testing.T) {
	needEngine(t)
	s := webSpec()
	s.Restarts = -1
	port := strings.TrimSuffix(s.Ports[0], ":80")
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := run(t, s)
	p := h.refused(Running, PortTaken)
	if !strings.Contains(p.Text, "port "+port) || !strings.Contains(p.Do, port) {
		t.Errorf("the port is not named: %+v", p)
	}
	l.Close()
	h.await("healthy once the port is free", func(st State) bool { return st.Healthy })
}

// TestRestartsDoNotHideAStart: however many restarts are allowed, a container that
// does not come up within start_timeout is said to fail, so that the other node
// can have the service.
func TestRestartsDoNotHideAStart(t *testing.T) {
	needEngine(t)
	s := webSpec()
	s.Restarts, s.RestartWindow, s.StartTimeout = 100, time.Second, 3*time.Second
	l, err := net.Listen("tcp", ":"+strings.TrimSuffix(s.Ports[0], ":80"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := run(t, s)
	h.refused(Running, PortTaken)
	l.Close()
	h.await("healthy once the port is free", func(st State) bool { return st.Healthy })
}

func TestPortTakenByAnotherContainer(t *testing.T) {
	a, b := webSpec(), webSpec()
	b.Ports, b.Health = a.Ports, Health{}
	b.Restarts = -1
	h := run(t, a, b)
	if p := h.refused(Running, PortTaken); !strings.Contains(p.Text, "port "+strings.TrimSuffix(a.Ports[0], ":80")) {
		t.Errorf("the port is not named: %+v", p)
	}
}

func TestContainerThatEndsAtOnce(t *testing.T) {
	s := webSpec()
	s.Image, s.Health = "brief", Health{TCP: "127.0.0.1:1"}
	h := run(t, s)
	if p := h.refused(Running, RestartsExhausted); !strings.Contains(p.Text, "exited with code 1") {
		t.Errorf("text: %q", p.Text)
	}
}

func TestProbeFailureRestartsInPlace(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	// The program lives on, but its server is gone: only the probe can tell.
	exe(t, h.e, s.Name, "/busybox", "sh", "-c", "read p < /pid; kill -9 $p")
	h.await("restarted", func(st State) bool { return st.Healthy && st.Containers[0].Restarts == 1 })
	if tr := report[Trouble](h); tr.Problem.Code != ContainerUnhealthy {
		t.Errorf("trouble: %+v", tr)
	}
	answers(t, s.Health.HTTP)
}

func TestDockersHealthcheckCounts(t *testing.T) {
	s := webSpec()
	s.Image = "checked"
	h := run(t, s)
	h.to(Running)
	exe(t, h.e, s.Name, "/busybox", "touch", "/sick") // the HTTP probe stays happy
	if tr := report[Trouble](h); tr.Problem.Code != ContainerUnhealthy || !strings.Contains(tr.Problem.Error(), "HEALTHCHECK") {
		t.Errorf("trouble: %+v", tr)
	}
}

func TestPausedContainerIsRestarted(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	if err := h.e.raw.ContainerPause(t.Context(), s.Name); err != nil {
		t.Fatal(err)
	}
	h.await("restarted", func(st State) bool { return st.Healthy && st.Containers[0].Restarts == 1 })
}

func exe(t *testing.T, e *testEngine, name string, argv ...string) {
	t.Helper()
	x, err := e.raw.ContainerExecCreate(t.Context(), name, container.ExecOptions{Cmd: argv})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.raw.ContainerExecStart(t.Context(), x.ID, container.ExecStartOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestRemovedByHandIsMadeAnew(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(None)
	h.await("made", func(st State) bool { return st.Ready })
	h.e.remove(s.Name)
	h.await("noticed", func(st State) bool { return !st.Ready })
	h.await("made again", func(st State) bool { return st.Ready })
}

func TestStartedByHandIsStopped(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(None)
	h.await("made", func(st State) bool { return st.Ready })
	if err := h.e.raw.ContainerStart(t.Context(), s.Name, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	h.await("seen running", func(st State) bool { return st.Exclusive == Yes })
	h.await("stopped again", func(st State) bool { return st.Exclusive == No && st.Reached })
	if h.e.running(t, s.Name) {
		t.Fatal("it runs")
	}
}

func TestChangedSpecWaitsUntilTheContainerIsDown(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	id := h.e.id(t, s.Name)
	h.stop()
	s.Env = []string{"NEW=1"}
	h = run(t, s)
	h.to(Running)
	c := h.await("outdated", func(st State) bool { return st.Reached }).Containers[0]
	if c.Code != ContainerOutdated || h.e.id(t, s.Name) != id {
		t.Fatalf("a running one must go on and say so: %+v", c)
	}
	h.to(None)
	h.await("made anew", func(st State) bool { return st.Ready && st.Containers[0].Code == "" })
	if h.e.id(t, s.Name) == id {
		t.Fatal("still the old one")
	}
}

func TestLeftOverContainerOfAnEarlierConfigIsRemoved(t *testing.T) {
	old, s := webSpec(), webSpec()
	h := run(t, old)
	h.to(Running)
	h.stop()
	h = run(t, s)
	if h.state.Exclusive != Yes || len(h.state.Containers) != 2 {
		t.Fatalf("the left-over one was not seen: %+v", h.state)
	}
	h.to(Running)
	h.await("gone", func(st State) bool { return len(st.Containers) == 1 })
	if h.e.running(t, old.Name) {
		t.Fatal("it runs")
	}
}

// Without this entry, whoever connects while the network comes up waits a second for the kernel's next ARP request.
func TestStartedContainerIsEnteredAsNeighbour(t *testing.T) {
	s := webSpec()
	s.Health = Health{} // nothing of ours sends it a packet
	h := run(t, s)
	h.to(Running)
	look := newEngine(h.e.host(), "apache")
	c, err := look.inspect(t.Context(), s.Name)
	look.close()
	if err != nil || len(c.Ends) == 0 {
		t.Fatalf("%+v %v", c, err)
	}
	all, err := netlink.NeighList(0, netlink.FAMILY_V4)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all, func(n netlink.Neigh) bool {
		return n.IP.String() == c.Ends[0].IP && n.HardwareAddr.String() == c.Ends[0].MAC && n.State == netlink.NUD_REACHABLE
	}) {
		t.Errorf("%+v is not among %+v", c.Ends[0], all)
	}
	if err := greet([]endpoint{{}, {IP: "x", MAC: "y"}}); err != nil {
		t.Errorf("a container without an address has nothing to enter: %v", err)
	}
}
