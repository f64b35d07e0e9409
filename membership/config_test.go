package membership

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestConfigIsRefusedByField(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no cluster", func(c *Config) { c.Cluster = "" }, `cluster ""`},
		{"long cluster", func(c *Config) { c.Cluster = strings.Repeat("a", 64) }, "cluster"},
		{"name with slash", func(c *Config) { c.Name = "a/b" }, `name "a/b"`},
		{"name not ASCII", func(c *Config) { c.PeerName = "双子" }, "peer name"},
		{"no keys", func(c *Config) { c.Keys = nil }, "there are 0 keys"},
		{"five keys", func(c *Config) { c.Keys = [][]byte{testKey, testKey, testKey, testKey, testKey} }, "there are 5 keys"},
		{"short second key", func(c *Config) { c.Keys = [][]byte{testKey, testKey[:16]} }, "key 2 has 16 bytes, not 32"},
		{"empty key", func(c *Config) { c.Keys = [][]byte{{}} }, "key 1 has 0 bytes"},
		{"key of zeros", func(c *Config) { c.Keys = [][]byte{make([]byte, 32)} }, "key 1 is one byte repeated"},
		{"no address", func(c *Config) { c.Address = netip.Addr{} }, "address invalid IP"},
		{"every address", func(c *Config) { c.Address = netip.IPv4Unspecified() }, "address 0.0.0.0"},
		{"multicast peer", func(c *Config) { c.PeerAddress = netip.MustParseAddr("224.0.0.1") }, "peer address 224.0.0.1"},
		{"zone", func(c *Config) { c.Address = netip.MustParseAddr("fe80::1%eth0") }, "has a zone"},
		{"mapped", func(c *Config) { c.Address = netip.MustParseAddr("::ffff:192.0.2.1") }, "in IPv6 form"},
		{"families", func(c *Config) { c.PeerAddress = netip.MustParseAddr("2001:db8::2") }, "different families"},
		{"port", func(c *Config) { c.Port = 0 }, "port 0"},
		{"peer port", func(c *Config) { c.PeerPort = 0 }, "peer port 0"},
		{"own name", func(c *Config) { c.PeerName = c.Name }, "own name"},
		{"own address", func(c *Config) { c.PeerAddress = c.Address }, "is this node's own"},
		{"no boot id", func(c *Config) { c.BootID = "" }, `boot id ""`},
		{"long version", func(c *Config) { c.Version = strings.Repeat("1", 65) }, "version"},
		{"quoted version", func(c *Config) { c.Version = `1"` }, "version"},
		{"short detection", func(c *Config) { c.Detection = time.Millisecond }, "detection 1ms"},
		{"long detection", func(c *Config) { c.Detection = time.Hour }, "detection 1h"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := pairConfig(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"))
			tt.change(&c)
			_, err := New(c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestConfigReportsAllFaultsAtOnce(t *testing.T) {
	_, err := New(Config{})
	for _, want := range []string{"cluster", "name", "peer name", "keys", "address", "peer address", "port", "peer port", "boot id"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestKeysAreNotInErrors(t *testing.T) {
	c, _ := pairConfig(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"))
	c.Keys = [][]byte{bytes.Repeat([]byte("secret"), 3)}
	if _, err := New(c); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want an error without the key", err)
	}
}

func TestLongestConfigFitsTheMetadataAndTheDatagram(t *testing.T) {
	c, _ := pairConfig(netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"))
	c.Cluster, c.Name = strings.Repeat("c", maxName), strings.Repeat("n", maxName)
	c.BootID, c.Version = strings.Repeat("b", maxStamp), strings.Repeat("1", maxStamp)
	c.Session = 1<<64 - 1
	if _, err := New(c); err != nil {
		t.Fatal(err)
	}
	const (
		labelHeader, seal, userType = 2, 29, 1
		frame                       = 1500 - 40 - 8 // Ethernet without IPv6 and UDP headers
	)
	inner := len(envelope{c.Name, c.Address, make([]byte, MaxPayload)}.encode())
	if n := labelHeader + len(c.Cluster) + seal + userType + inner; n > frame {
		t.Errorf("the longest datagram has %d bytes, more than %d", n, frame)
	}
}
