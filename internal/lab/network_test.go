package lab

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// answersARP asks from the client's side.
func answersARP(t *testing.T, l *Lab, addr string) bool {
	t.Helper()
	_, err := l.ExecClient(limited(t), "arping", "-q", "-c", "2", "-C", "1", "-W", "0.2", "-i", hostPort, addr)
	return err == nil
}

// nodeHears asks from one node for the other.
func nodeHears(t *testing.T, l *Lab, from int) bool {
	t.Helper()
	to := l.opts.Nodes[1-from].Addr.String()
	_, err := l.Exec(limited(t), from, "arping", "-q", "-c", "2", "-C", "1", "-W", "0.2", "-i", hostPort, to)
	return err == nil
}

func carrier(t *testing.T, l *Lab, node int) string {
	t.Helper()
	return mustExec(t, l, node, "cat", "/sys/class/net/eth0/carrier")
}

// reach is who reaches whom.
type reach struct {
	link     bool // node 1 and node 2
	client   [2]bool
	carriers [2]string
	router   bool // from the client
}

func look(t *testing.T, l *Lab) reach {
	t.Helper()
	var r reach
	r.link = nodeHears(t, l, 0)
	r.router = answersARP(t, l, "192.0.2.1")
	for i, n := range l.opts.Nodes {
		r.client[i] = answersARP(t, l, n.Addr.String())
		r.carriers[i] = carrier(t, l, i)
	}
	return r
}

// TestNetworkFaults makes each fault of the network and heals it again.
func TestNetworkFaults(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	yes, up := [2]bool{true, true}, [2]string{"1", "1"}
	sound := reach{link: true, client: yes, carriers: up, router: true}
	for _, c := range []struct {
		cut, heal []string
		want      reach
	}{
		{[]string{"cut-link"}, []string{"heal-link"}, reach{link: false, client: yes, carriers: up, router: true}},
		{
			[]string{"cut-uplink", "raspberrypi-2"},
			[]string{"heal-uplink", "raspberrypi-2"},
			reach{client: [2]bool{true, false}, carriers: [2]string{"1", "0"}, router: true},
		},
		{[]string{"switch", "off"}, []string{"switch", "on"}, reach{carriers: [2]string{"0", "0"}}},
		{[]string{"router", "off"}, []string{"router", "on"}, reach{link: true, client: yes, carriers: up}},
		{[]string{"deaf", "raspberrypi-1"}, []string{"heal-link"}, reach{client: yes, carriers: up, router: true}},
		{[]string{"loss", "raspberrypi-1", "100"}, []string{"heal-link"}, reach{client: [2]bool{false, true}, carriers: up, router: true}},
	} {
		do(t, l, c.cut...)
		if got := look(t, l); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.cut, got, c.want)
		}
		if len(l.Status().Network) != 1 {
			t.Errorf("%v: status says %q", c.cut, l.Status().Network)
		}
		do(t, l, c.heal...)
		if got := look(t, l); got != sound {
			t.Errorf("after %v: got %+v, want %+v", c.heal, got, sound)
		}
	}
}

func do(t *testing.T, l *Lab, words ...string) {
	t.Helper()
	if err := l.Do(limited(t), Command{Verb: words[0], Args: words[1:]}); err != nil {
		t.Fatal(err)
	}
}

// TestDeafIsOneWay shows that the other direction is heard: the kernel that
// gets an ARP request notes its sender.
func TestDeafIsOneWay(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	do(t, l, "deaf", "raspberrypi-1")
	for node, want := range []bool{false, true} {
		nodeHears(t, l, 1-node)
		other := l.opts.Nodes[1-node]
		neighbours := mustExec(t, l, node, "ip", "neigh", "show", other.Addr.String())
		if got := strings.Contains(neighbours, other.MAC.String()); got != want {
			t.Errorf("%s heard the other node: %t, want %t: %s", l.opts.Nodes[node].Name, got, want, neighbours)
		}
	}
}

// TestPanicSilencesTheNode checks what the others and the board see of a
// dead kernel, and that a power cut and a wake bring the node back.
func TestPanicSilencesTheNode(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	do(t, l, "panic", "raspberrypi-1")
	if _, err := l.WaitPhase(limited(t), 0, Panicked); err != nil {
		t.Fatal(err)
	}
	if answersARP(t, l, "192.0.2.211") || nodeHears(t, l, 1) {
		t.Error("a dead kernel answers ARP")
	}
	link, err := l.ExecSwitch(limited(t), "ip", "-o", "link", "show", portOf(0))
	if err != nil || !strings.Contains(link, "LOWER_UP") {
		t.Errorf("the panicked node's port lost its carrier: %s %v", link, err)
	}
	if !l.Status().Boards[0].Powered {
		t.Error("a panic took the board's power")
	}
	l.PowerOff(0)
	if _, err := l.WaitPhase(limited(t), 0, Off); err != nil {
		t.Fatal(err)
	}
	l.PowerOn(0)
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if !answersARP(t, l, "192.0.2.211") || !nodeHears(t, l, 1) {
		t.Error("the node does not answer after its cut and wake")
	}
}

// TestFaultsOutliveReboot: the network does not heal because a node boots.
func TestFaultsOutliveReboot(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	do(t, l, "cut-link")
	endNode(t, l, 0, "reboot", "-f")
	if _, err := l.WaitNode(limited(t), 0, "up again", func(s NodeStatus) bool { return s.Up && s.Boots == 2 }); err != nil {
		t.Fatal(err)
	}
	if nodeHears(t, l, 0) {
		t.Error("the link works after a reboot though it is cut")
	}
}

func TestRuleLines(t *testing.T) {
	for _, c := range []struct {
		in   cabling
		want []string
	}{
		{cabling{linkCut: true, switchOff: true}, nil},
		{cabling{deaf: [2]bool{false, true}}, []string{`iifname "port-1" oifname "port-2" drop`}},
		{cabling{loss: [2]int{0, 100}}, []string{`iifname "port-2" drop`}},
		{cabling{loss: [2]int{5, 0}}, []string{`iifname "port-1" numgen random mod 100 < 5 drop`}},
	} {
		if got := ruleLines(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestCablesGoWhileOthersChange: boards cut both nodes at their own moments.
func TestCablesGoWhileOthersChange(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	var g errgroup.Group
	g.Go(func() error {
		for i := range 200 {
			ns, err := l.network.plugNode(0)
			if err != nil {
				return err
			}
			for range i % 40 { // so that the cable goes at another point of a change each time
				if _, err := l.network.swLink.LinkByName(bridgeName); err != nil {
					return err
				}
			}
			if err := errors.Join(l.network.unplugNode(0), ns.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for i := range 1000 {
			if err := l.network.change(func(c *cabling) { c.linkCut = i%2 == 0 }); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
