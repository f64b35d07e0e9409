package faults

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/lab"
)

const connectionVerb = "connection"

// runConnection opens two connections to the service and asks half a question
// on each. When the file go appears one goes on asking and the other only
// waits. It prints what each saw.
func runConnection(dir string) error {
	var conns [2]net.Conn
	for i := range conns {
		c, err := net.Dial("tcp", "192.0.2.215:80")
		if err != nil {
			return err
		}
		conns[i] = c
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: "); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600); err != nil {
		return err
	}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for _, err := os.Stat(filepath.Join(dir, "go")); err != nil; _, err = os.Stat(filepath.Join(dir, "go")) {
		<-ticks.C
	}
	_, err := io.WriteString(conns[0], "x\r\n\r\n")
	if err == nil {
		err = readOne(conns[0])
	}
	fmt.Println("asks:", err)
	fmt.Println("waits:", readOne(conns[1]))
	return nil
}

// readOne waits for one byte, or for what comes in its place.
func readOne(c net.Conn) error {
	if err := c.SetReadDeadline(time.Now().Add(stepLimit / 3)); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

// TestConnectionAcrossMove is what docs/moving.md says of connections that are
// open while the service moves: none is left hanging. The old server closes
// them when its container stops; what the client sends is reset by the new one.
func TestConnectionAcrossMove(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.moveTo(0)
	dir := t.TempDir()
	var said string
	var client errgroup.Group
	client.Go(func() (err error) {
		said, err = p.ExecClient(p.limited(), "/proc/self/exe", connectionVerb, dir)
		return err
	})
	p.await("the connections are open", func() bool { _, err := os.Stat(filepath.Join(dir, "ready")); return err == nil })
	p.moveTo(1)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := client.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Log(said)
	for _, want := range []string{`asks: .*(reset by peer|broken pipe|EOF)`, `waits: .*(EOF|reset by peer)`} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("the client said %q, want %s", said, want)
		}
	}
}
