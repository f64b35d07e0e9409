package config

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// good is the configuration of the article's cluster, with changes: pairs of a text in it and what replaces it.
func good(t testing.TB, changes ...string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/good.toml")
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(s, changes[i]) {
			t.Fatalf("testdata/good.toml does not contain %q", changes[i])
		}
		s = strings.Replace(s, changes[i], changes[i+1], 1)
	}
	return s
}

func mustParse(t testing.TB, content string) *Config {
	t.Helper()
	c, err := Parse("futago.toml", []byte(content))
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return c
}

func TestArticleCluster(t *testing.T) {
	got, err := Load("testdata/good.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Cluster: "apache",
		KeyFile: "/etc/futago/key",
		Nodes: [2]Node{
			{Name: "raspberrypi-1", Address: netip.MustParseAddr("192.0.2.211"), Port: 7946},
			{Name: "raspberrypi-2", Address: netip.MustParseAddr("192.0.2.179"), Port: 7946},
		},
		Service: Service{
			Preferred: 0, Failback: FailbackAuto, FailbackDelay: time.Minute,
			Containers: []Container{{
				Name: "httpd-test", Image: "httpd", Network: "bridge", Overlap: true,
				Ports:        []Port{{Host: 80, Container: 80, Protocol: "tcp"}},
				StartTimeout: time.Minute, StopTimeout: 10 * time.Second,
				Health:   Health{HTTP: "http://127.0.0.1:80/", Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 3},
				Restarts: 3, RestartWindow: 10 * time.Minute,
			}},
			VIP: VIP{Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.215/24")}},
		},
		Fence: Fence{
			Device: SleePi3, Bus: -1, DefaultsFile: "/etc/default/sleepi3",
			Hold: 12 * time.Second, Pulse: time.Second,
			Heartbeat: "/sys/class/leds/sleepi:led0", WatchdogTimeout: time.Minute, HoldWatchdog: 6 * time.Second, RTCAlarm: 15 * time.Minute,
			ExtinWait: 10 * time.Minute, StartWait: time.Minute,
		},
		Reboot: Reboot{MinUptime: time.Hour, BackWithin: 5 * time.Minute, FailbackDelay: time.Minute},
	}
	got.written = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// TestAllowedEdges takes values at the very edge of what is allowed; testdata/bad has those just beyond.
func TestAllowedEdges(t *testing.T) {
	const device = `device = "sleepi3"`
	const vip = `"192.0.2.215/24"`
	for name, change := range map[string][2]string{
		"shortest hold":            {device, device + "\nhold = \"11.5s\""},
		"longest hold":             {device, device + "\nhold = \"30s\""},
		"no watchdog of a hold":    {device, device + "\nhold_watchdog = \"none\""},
		"watchdog fills its byte":  {device, device + "\nwatchdog_timeout = \"255s\""},
		"extin_wait never":         {device, device + "\nextin_wait = \"never\""},
		"no heartbeat":             {device, device + "\nheartbeat = \"none\""},
		"no defaults file":         {device, device + "\ndefaults_file = \"none\""},
		"last board address":       {device, device + "\ni2c_address = 0x6b"},
		"last port":                {`"80:80"`, `"65535:65535/sctp"`},
		"port on loopback":         {`"80:80"`, `"127.0.0.1:80:80"`},
		"port on IPv6 loopback":    {`"80:80"`, `"[::1]:80:80"`},
		"same port, two protocols": {`"80:80"`, `"53:53/tcp", "53:53/udp"`},
		"both families":            {vip, `["192.0.2.215/24", "2001:db8::215/64"]`},
		"IPv6 alone":               {vip, `"2001:db8::215/64"`},
		"own subnet, interface":    {vip, `"198.51.100.215/32"` + "\ninterface = \"eth1\""},
		"named volume":             {"overlap", "volumes = [\"www:/www\", \"/srv:/srv:rw\"]\noverlap"},
		"no restart in place":      {"overlap", "restarts = 0\noverlap"},
		"both probes":              {"health.http", "health.tcp = \"127.0.0.1:80\"\nhealth.http"},
		"back at once":             {device, device + "\n[reboot]\nback_within = \"30s\""},
		"back at leisure":          {device, device + "\n[reboot]\nback_within = \"1h\""},
		"empty lists":              {"overlap", "env = []\ncommand = []\noverlap"},
		"carriage returns":         {"\n", "\r\n"},
	} {
		t.Run(name, func(t *testing.T) { mustParse(t, good(t, change[0], change[1])) })
	}
}

func TestValuesAreReadAsWritten(t *testing.T) {
	c := mustParse(t, good(t,
		`"80:80"`, `"80:80", "[::1]:8443:443/udp"`,
		"overlap = true", "volumes = [\"/srv/www:/www:ro\", \"cache:/cache\"]\nenv = [\"A=b=c\"]\ncommand = [\"a\", \"b c\"]\nadopt = true",
		`"192.0.2.215/24"`, `["192.0.2.215/24", "2001:db8::215/64"]`+"\nreferences = [\"192.0.2.1\"]",
		`device = "sleepi3"`, "device = \"sleepi3\"\nbus = 3\ni2c_address = 0x6d\nextin_wait = \"never\"\nheartbeat = \"none\"\n"+
			"[reboot]\nback_within = \"90s\"",
		`preferred = "raspberrypi-1"`, `preferred = "raspberrypi-2"`,
	))
	ct := c.Service.Containers[0]
	for _, check := range []struct{ got, want any }{
		{ct.Ports, []Port{{Host: 80, Container: 80, Protocol: "tcp"}, {netip.IPv6Loopback(), 8443, 443, "udp"}}},
		{ct.Volumes, []Volume{{"/srv/www", "/www", true}, {"cache", "/cache", false}}},
		{ct.Env, []string{"A=b=c"}},
		{ct.Command, []string{"a", "b c"}},
		{[]bool{ct.Adopt, ct.Overlap}, []bool{true, false}},
		{c.Service.Preferred, 1},
		{c.Service.VIP.Addresses, []netip.Prefix{netip.MustParsePrefix("192.0.2.215/24"), netip.MustParsePrefix("2001:db8::215/64")}},
		{c.Service.VIP.References, []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		{c.Fence.Bus, 3},
		{c.Fence.I2CAddress, uint16(0x6d)},
		{c.Fence.ExtinWait, Never},
		{c.Fence.Heartbeat, ""},
		{c.Reboot.BackWithin, 90 * time.Second},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("got %+v, want %+v", check.got, check.want)
		}
	}
}

func TestTwoNodesOnLoopback(t *testing.T) {
	const second = `"192.0.2.179"`
	both := good(t, "192.0.2.211", "127.0.0.1", second, "\"127.0.0.1\"\nport = 7947")
	mustParse(t, both)
	if _, err := Parse("futago.toml", []byte(strings.Replace(both, "port = 7947", "port = 7946", 1))); err == nil {
		t.Error("two nodes at one address and port were accepted")
	}
}

func TestLoadWithoutFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	if _, err := Load(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read as a file")
	}
}

func TestFileTooLong(t *testing.T) {
	_, err := Parse("futago.toml", []byte(good(t)+strings.Repeat("#", maxFile)))
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != 1 || ps[0].Allowed != "at most 262144 bytes" {
		t.Errorf("got %v, want one problem about the length", err)
	}
}

func TestListTooLong(t *testing.T) {
	_, err := Parse("futago.toml", []byte(good(t, "overlap", "command = ["+strings.Repeat(`"x",`, maxList+1)+"]\noverlap")))
	if err == nil || !strings.Contains(err.Error(), "has 65 entries; allowed: at most 64 entries") {
		t.Errorf("got %v, want a complaint about 65 entries", err)
	}
}

func TestSelf(t *testing.T) {
	c := mustParse(t, good(t))
	for _, tc := range []struct {
		given, hostname string
		want            int
	}{
		{"", "raspberrypi-1", 0},
		{"", "raspberrypi-2.example.org", 1},
		{"", "RASPBERRYPI-2", 1},
		{"raspberrypi-2", "raspberrypi-1", 1},
	} {
		if got, err := c.Self(tc.given, tc.hostname); err != nil || got != tc.want {
			t.Errorf("Self(%q, %q) = %d, %v, want %d", tc.given, tc.hostname, got, err, tc.want)
		}
	}
	for _, tc := range [][2]string{{"", "raspberrypi"}, {"raspberrypi-3", "raspberrypi-1"}, {"", ""}} {
		_, err := c.Self(tc[0], tc[1])
		if err == nil {
			t.Errorf("Self(%q, %q) found a node", tc[0], tc[1])
			continue
		}
		for _, word := range []string{"raspberrypi-1", "raspberrypi-2", tc[0], tc[1]} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("Self(%q, %q): %q does not name %q", tc[0], tc[1], err, word)
			}
		}
	}
}

func TestDigestIsOfTheMeaning(t *testing.T) {
	want := mustParse(t, good(t)).Digest()
	for name, c := range map[string]*Config{
		"comments":          mustParse(t, "# other\n"+good(t)),
		"a default written": mustParse(t, good(t, `device = "sleepi3"`, "hold = \"12000ms\"\ndevice = \"sleepi3\"")),
		"an empty list":     mustParse(t, good(t, "overlap", "env = []\noverlap")),
		"another notation":  mustParse(t, good(t, "health.http", "health.rise = 1\nhealth.http", `"192.0.2.215/24"`, `["192.0.2.215/24"]`)),
	} {
		if got := c.Digest(); got != want {
			t.Errorf("%s changed the digest", name)
		}
	}
	for _, change := range [][2]string{
		{`"apache"`, `"nginx"`},
		{"192.0.2.179", "192.0.2.180"},
		{"192.0.2.215", "192.0.2.216"},
		{"overlap = true", "overlap = false"},
		{`preferred = "raspberrypi-1"`, `preferred = "raspberrypi-2"`},
		{`device = "sleepi3"`, "device = \"sleepi3\"\nhold = \"13s\""},
		{`device = "sleepi3"`, "device = \"sleepi3\"\n[reboot]\nback_within = \"6m\""},
	} {
		if mustParse(t, good(t, change[0], change[1])).Digest() == want {
			t.Errorf("%s instead of %s left the digest as it was", change[1], change[0])
		}
	}
	if len(want) != 32 {
		t.Errorf("the digest %q has %d digits, want 32", want, len(want))
	}
}
