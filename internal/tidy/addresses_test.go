package tidy

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fictional are the networks that no real machine has, or that never leave one link: what is copied from our texts, or
// sent by a test that goes astray, disturbs nobody.
var fictional = prefixes(
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // RFC 5737
	"2001:db8::/32",          // RFC 3849
	"127.0.0.0/8", "::1/128", // loopback
	"0.0.0.0/32", "::/128", // every address of a machine, or none yet
	"169.254.0.0/16", "fe80::/10", // one link
	"224.0.0.0/4", "ff00::/8", "255.255.255.255/32", // groups and all
)

// otherAddresses are those outside of these networks, by file, each with the reason.
var otherAddresses = map[string]string{
	"resources/unit_test.go: 172.17.0.2": "the engine's own message, word by word, with an address of its bridge",
	"vip/choose_test.go: 192.0.0.1":      "a subnet around 192.0.2.0/24 has its own addresses outside of it",
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		list[i] = netip.MustParsePrefix(s)
	}
	return list
}

func TestAddressesAreNobodys(t *testing.T) {
	used := map[string]bool{}
	total := 0
	for _, file := range writtenFiles(t) {
		for i, line := range strings.Split(read(t, file), "\n") {
			for _, a := range addressesIn(line) {
				total++
				key := file + ": " + a.String()
				used[key] = true
				if !isFictional(a) && otherAddresses[key] == "" {
					t.Errorf("%s:%d: %s may be somebody's: take one of %v", file, i+1, a, fictional[:4])
				}
			}
		}
	}
	for key := range otherAddresses {
		if !used[key] {
			t.Errorf("%s is there no longer: take it out of the list", key)
		}
	}
	if total < 100 {
		t.Errorf("found %d addresses: the test proved nothing", total)
	}
}

// writtenFiles are the texts of the repository, what tests compare with among them, but not what a fuzzer found.
func writtenFiles(t *testing.T) []string {
	t.Helper()
	endings := []string{".go", ".toml", ".md", ".sh", ".txt", ".service", ".rules", ".conf", ".json"}
	return walk(t, []string{".git", ".cache", "bin", "fuzz"}, func(p string) bool {
		if p == "internal/tidy/addresses_test.go" { // the bad examples
			return false
		}
		return slices.Contains(endings, path.Ext(p)) || path.Base(p) == "Makefile" || within(p, "scripts") || within(p, ".ci")
	})
}

func isFictional(a netip.Addr) bool {
	return slices.ContainsFunc(fictional, func(p netip.Prefix) bool { return p.Contains(a) })
}

var (
	fourBytes = regexp.MustCompile(`(?:^|[^\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:[^\w.]|\.\W|\.?$)`)
	colons    = regexp.MustCompile(`(?:^|[^\w:.])((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})(?:[^\w:.]|\.\W|\.?$)`)
)

// addressesIn finds the IPv4 and IPv6 addresses of a line. Times, versions and hardware addresses are none.
func addressesIn(line string) []netip.Addr {
	line = strings.ReplaceAll(line, "::ffff:", " ") // an IPv4 address in other clothes
	var found []netip.Addr
	for _, form := range []*regexp.Regexp{fourBytes, colons} {
		for rest := line; strings.Count(rest, ".") > 2 || strings.Count(rest, ":") > 1; { // a regexp is slow
			at := form.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			if a, err := netip.ParseAddr(rest[at[2]:at[3]]); err == nil {
				found = append(found, a)
			}
			rest = rest[at[3]:] // with what separates it from the next
		}
	}
	return found
}

// TestAddressesAreSeen proves the test above.
func TestAddressesAreSeen(t *testing.T) {
	for line, want := range map[string]string{
		`x := "192.0.2.1:80", "10.1.2.3/8" and 172.16.0.1.`:                                 "192.0.2.1 10.1.2.3 172.16.0.1",
		`192.0.2.1 192.0.2.2,192.0.2.3`:                                                     "192.0.2.1 192.0.2.2 192.0.2.3",
		`"[2001:db8::1]:80", fd00::7/64; fe80::1%eth0`:                                      "2001:db8::1 fd00::7 fe80::1",
		`::ffff:192.0.2.1 and :: alone`:                                                     "192.0.2.1 ::",
		`10:20:30, 02:00:00:00:00:01, v1.2.3.4, 1.2.3.4.5, Class::method, 300.1.1.1, a[1:]`: "",
	} {
		var got []string
		for _, a := range addressesIn(line) {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s\ngot  %s\nwant %s", line, strings.Join(got, " "), want)
		}
	}
	for a, want := range map[string]bool{"192.0.2.7": true, "10.0.0.1": false, "2001:db8::1": true, "2001:db9::1": false, "fd00::1": false} {
		if isFictional(netip.MustParseAddr(a)) != want {
			t.Errorf("%s: fictional is not %v", a, want)
		}
	}
}
