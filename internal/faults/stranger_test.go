package faults

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/mdlayher/arp"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/membership"
)

const memberPort = 7946

// runStranger is a machine of the subnet that is not of the pair; it talks to
// node 1 until it is killed. keyFile is the pair's.
func runStranger(kind, keyFile string) error {
	self, peer := netip.MustParseAddr("192.0.2.50"), netip.MustParseAddr("192.0.2.211")
	switch kind {
	case "plain":
		return runPlain(self, peer)
	case "claims-vip":
		return runClaim()
	}
	keys, err := config.LoadKey(keyFile)
	if err != nil {
		return err
	}
	c := membership.Config{
		Cluster: "apache", Keys: [][]byte{keys.Current[:]},
		Name: two, Address: self, Port: memberPort, PeerName: one, PeerAddress: peer, PeerPort: memberPort,
		BootID: "stranger", Session: 7, Version: "test",
	}
	if kind == "other-cluster" {
		c.Cluster, c.Name = "nginx", "stranger"
	}
	m, err := membership.New(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stepLimit)
	defer cancel()
	go func() {
		for range m.Events() { //nolint:revive // only read, so that it goes on
		}
	}()
	return m.Run(ctx)
}

// runPlain joins by memberlist without any encryption, again and again.
func runPlain(self, peer netip.Addr) error {
	c := memberlist.DefaultLANConfig()
	c.Label = "apache" // or it would be told apart by its cluster first
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = "plain", self.String(), memberPort, memberPort
	c.LogOutput = io.Discard
	list, err := memberlist.Create(c)
	if err != nil {
		return err
	}
	ticks := time.NewTicker(200 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(stepLimit); time.Now().Before(end); <-ticks.C {
		_, _ = list.Join([]string{fmt.Sprintf("%s:%d", peer, memberPort)}) // refused every time
	}
	return list.Shutdown()
}

// runClaim says by gratuitous ARP (RFC 5227), again and again, that the VIP is
// this machine's.
func runClaim() error {
	vip := netip.MustParsePrefix(vipPrefix).Addr()
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(interfaces, func(i net.Interface) bool { return len(i.HardwareAddr) == 6 && i.Flags&net.FlagUp != 0 })
	if i < 0 {
		return errors.New("the client has no Ethernet interface")
	}
	client, err := arp.Dial(&interfaces[i])
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	broadcast := net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	claim, err := arp.NewPacket(arp.OperationRequest, interfaces[i].HardwareAddr, vip, broadcast, vip)
	if err != nil {
		return err
	}
	ticks := time.NewTicker(200 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(stepLimit); time.Now().Before(end); <-ticks.C {
		if err := client.WriteTo(claim, broadcast); err != nil {
			return err
		}
	}
	return nil
}

// TestStrangers lets machines talk to a pair that is well. Each is named in
// the history, and the pair stays well.
func TestStrangers(t *testing.T) {
	t.Parallel()
	whole := startPair(t, lab.Options{})
	whole.powerUp()
	whole.moveTo(0)
	key := filepath.Join(whole.dir, "key")
	secret, err := os.ReadFile(filepath.Join(whole.disk(one), "etc-futago", "key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, code := range map[string]string{
		"plain": "NOT_ENCRYPTED", "other-cluster": "OTHER_CLUSTER", "same-name": "NAME_CONFLICT",
		"claims-vip": "VIP_FOREIGN",
	} {
		t.Run(kind, func(t *testing.T) {
			p := whole.during(t)
			since := time.Now()
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if out, err := p.ExecClient(ctx, "/proc/self/exe", strangerVerb, kind, key); ctx.Err() == nil {
					t.Errorf("the stranger ended: %v, %s", err, out)
				}
			}()
			defer func() { cancel(); <-done }()
			e := p.awaitEntry(0, since, code)
			t.Log(e.Text, "Do:", e.Do)
			p.settle()
		})
	}
	t.Run("wrong_key", func(t *testing.T) { whole.during(t).wrongKey() })
}

// wrongKey gives node 2 another key and restarts its daemon.
func (p *pair) wrongKey() {
	p.moveTo(0)
	since := time.Now()
	path := filepath.Join(p.disk(two), "etc-futago", "key")
	good, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	bad := config.NewKey()
	write := func(content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			p.t.Error(err)
		}
	}
	p.exec(1, "systemctl", "stop", "futago")
	write([]byte(base64.StdEncoding.EncodeToString(bad[:]) + "\n"))
	p.exec(1, "systemctl", "start", "futago")
	for node := range 2 {
		e := p.awaitEntry(node, since, "KEY_MISMATCH")
		p.t.Log(e.Text, "Do:", e.Do)
	}
	if st := p.status(0); st.Serving != one {
		p.t.Errorf("node 1 stopped serving: %+v", st)
	}
	p.restarted(func() { write(good) }, func() {})
	p.settle()
}
