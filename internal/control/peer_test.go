package control

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		what string
		id   identity
		gid  int
		want access
	}{
		{"root", identity{UID: 0}, 50, accessCommand},
		{"root without a group", identity{UID: 0}, -1, accessCommand},
		{"primary group", identity{UID: 1000, GID: 50}, 50, accessRead},
		{"supplementary group", identity{UID: 1000, GID: 1000, Groups: []uint32{4, 50}}, 50, accessRead},
		{"other groups", identity{UID: 1000, GID: 1000, Groups: []uint32{4, 51}}, 50, accessNone},
		{"root's group is not root", identity{UID: 1000, GID: 0}, 50, accessNone},
		{"no group is nobody's group", identity{UID: 1000, GID: ^uint32(0), Groups: []uint32{^uint32(0)}}, -1, accessNone},
	} {
		if got := c.id.access(c.gid); got != c.want {
			t.Errorf("%s: access %d, want %d", c.what, got, c.want)
		}
	}
}

func TestName(t *testing.T) {
	if got := (identity{UID: 0, PID: -1}).name(); got != "root" {
		t.Errorf("name of uid 0 is %q", got)
	}
	if got := (identity{UID: 4_000_000_000, PID: -1}).name(); got != "uid 4000000000" {
		t.Errorf("name of an unknown uid is %q", got)
	}
}

// The kernel's word about real processes of other users. The socket is opened to all, so that the server's own
// judgement is what answers, and not the file's mode.
func TestCallersOfEveryKind(t *testing.T) {
	needRoot(t)
	r := start(t, newStandIn())
	if err := os.Chmod(r.socket, 0o666); err != nil {
		t.Fatal(err)
	}
	many := make([]uint32, 200) // more than the first buffer of SO_PEERGROUPS
	for i := range many {
		many[i] = uint32(70_000 + i)
	}
	for _, c := range []struct {
		what          string
		cred          syscall.Credential
		reads, orders bool
	}{
		{"root", syscall.Credential{Uid: 0, Gid: 0}, true, true},
		{"member by primary group", syscall.Credential{Uid: 1234, Gid: testGroupGID}, true, false},
		{"member by supplementary group", syscall.Credential{Uid: 1234, Gid: 1234, Groups: []uint32{testGroupGID}}, true, false},
		{"member of many", syscall.Credential{Uid: 1234, Gid: 1234, Groups: append(slices.Clone(many), testGroupGID)}, true, false},
		{"member of many others", syscall.Credential{Uid: 1234, Gid: 1234, Groups: many}, false, false},
		{"stranger", syscall.Credential{Uid: 1234, Gid: 1234}, false, false},
		{"stranger in root's group", syscall.Credential{Uid: 1234, Gid: 0}, false, false},
	} {
		got := asChild(t, r.socket, c.cred)
		checkAnswer(t, c.what+" reads", got.Status, c.reads, "only root and members of the group "+testGroup)
		checkAnswer(t, c.what+" orders", got.Command, c.orders, "only root may give commands, and this is uid 1234")
	}
}

func checkAnswer(t *testing.T, what, got string, allowed bool, refusal string) {
	t.Helper()
	switch {
	case allowed && got != "":
		t.Errorf("%s: refused with %q", what, got)
	case !allowed && !(strings.HasPrefix(got, "forbidden: ") && strings.Contains(got, refusal)):
		t.Errorf("%s: answer %q, want a refusal with %q", what, got, refusal)
	}
}

// With its real mode the file itself keeps strangers out, and the client says so in words.
func TestModeKeepsStrangersOut(t *testing.T) {
	needRoot(t)
	r := start(t, newStandIn())
	got := asChild(t, r.socket, syscall.Credential{Uid: 1234, Gid: 1234})
	if got.Status != ErrPermission.Error() || got.Command != ErrPermission.Error() {
		t.Errorf("stranger was told %+v", got)
	}
	got = asChild(t, r.socket, syscall.Credential{Uid: 1234, Gid: testGroupGID})
	if got.Status != "" || !strings.HasPrefix(got.Command, "forbidden: ") {
		t.Errorf("member was told %+v", got)
	}
}

func TestWhoGaveTheCommandIsPassedOn(t *testing.T) {
	b := newStandIn()
	r := start(t, b)
	by := make(chan string, 1)
	b.do = commandTo(by)
	if _, err := NewClient(r.socket).Do(t.Context(), Command{Verb: VerbFenceTest, By: "somebody else"}); err != nil {
		t.Fatal(err)
	}
	if got, want := <-by, accountName(uint32(os.Geteuid())); !strings.HasPrefix(got, want) {
		t.Errorf("command was given by %q, want %q", got, want)
	}
}
