package board

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func serve(t *testing.T) (*Server, [2]string) {
	t.Helper()
	dir := t.TempDir()
	paths := [2]string{filepath.Join(dir, "bus-0"), filepath.Join(dir, "bus-1")}
	srv := NewServer(NewLive(Options{}, Options{}, func(Event) {}), paths, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	srv.Supply(0, true)
	srv.Supply(1, true)
	until(t, "sockets are there", func() bool {
		_, err := os.Stat(paths[1])
		return err == nil
	})
	return srv, paths
}

func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !so(); <-tick.C {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func dialBus(t *testing.T, path string) *Bus {
	t.Helper()
	b, err := DialBus(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // some tests close it themselves
	return b
}

func TestBusOverASocket(t *testing.T) {
	srv, paths := serve(t)
	bus := dialBus(t, paths[0])
	if err := bus.Tx(0x6E, []byte{regIO, bitOut}, nil); err != nil {
		t.Fatal(err)
	}
	var r [1]byte
	if err := bus.Tx(0x6E, []byte{regIO}, r[:]); err != nil || r[0] != bitOut {
		t.Errorf("io_status %#x, %v", r[0], err)
	}
	if !srv.Status()[1].In {
		t.Error("the other EXTIN does not see it")
	}
	var word [2]byte
	if err := bus.Tx(0x6E, []byte{regVoltage1}, word[:]); err != nil || word != [2]byte{0xE0, 0x2E} {
		t.Errorf("voltage1 %x, %v", word, err)
	}
	if err := bus.Tx(0x6F, []byte{0}, r[:]); !errors.Is(err, ErrNAK) {
		t.Errorf("nobody at 0x6F: %v", err)
	}
	if err := bus.Tx(0x6E, make([]byte, maxBytes+1), nil); err == nil {
		t.Error("a transfer that is too long was sent")
	}
	srv.Supply(0, false)
	if err := bus.Tx(0x6E, []byte{regIO}, r[:]); !errors.Is(err, ErrNAK) {
		t.Errorf("no supply: %v", err)
	}
	if err := bus.SetSpeed(0); err != nil || !strings.Contains(bus.String(), paths[0]) {
		t.Errorf("%s: %v", bus, err)
	}
}

func TestHeartbeatAndAlarmWhileTheBusHangs(t *testing.T) {
	srv, paths := serve(t)
	bus := dialBus(t, paths[0])
	srv.FailNext(0, Fault{Hang: Forever})
	done := make(chan error, 1)
	go func() { done <- bus.Tx(0x6E, []byte{regIO}, make([]byte, 1)) }()
	if err := errors.Join(bus.Beat(), bus.Alarm(time.Hour)); err != nil {
		t.Fatal(err)
	}
	look := func() (beaten bool, alarm time.Duration) {
		srv.Do(0, func(_ time.Duration, b *Board) { beaten, alarm = b.beaten, b.alarmAt })
		return beaten, alarm
	}
	until(t, "heartbeat and alarm arrive", func() bool {
		beaten, alarm := look()
		return beaten && alarm != never
	})
	if err := bus.Close(); err != nil { // the client gives up
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the transfer came back")
	}
}

// Raw lines, as another program would send them.
func TestProtocolByHand(t *testing.T) {
	_, paths := serve(t)
	c, err := net.Dial("unix", paths[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	in := bufio.NewScanner(c)
	hear := func(want string) {
		t.Helper()
		if !in.Scan() || !strings.HasPrefix(in.Text(), want) {
			t.Errorf("heard %q, want %q", in.Text(), want)
		}
	}
	hear("futago-bus 1")
	for _, talk := range [][2]string{
		{"tx 6e 0d 1", "ok 00"},
		{"beat\nalarm 0\ntx 6e 0d01 0", "ok -"},
		{"tx 6e 0d 1", "ok 01"},
		{"tx 6d 0d 1", "nak"},
		{"tx 6e zz 1", "err "},
		{"tx 80 0d 1", "err "},
		{"tx 6e 0d 33", "err "},
		{"alarm -1", "err "},
		{"\x00" + strings.Repeat("\x01", 100), "err "},
		{"tx 6e 0d 1", "ok 01"},
	} {
		if _, err := fmt.Fprintln(c, talk[0]); err != nil {
			t.Fatal(err)
		}
		hear(talk[1])
	}
	if _, err := fmt.Fprintln(c, strings.Repeat("x", maxLine)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on after a line that is too long")
	}
}

func TestServerAndSocketsInItsWay(t *testing.T) {
	_, paths := serve(t)
	dir := t.TempDir()
	run := func(paths [2]string, ctx context.Context) error {
		return NewServer(NewLive(Options{}, Options{}, func(Event) {}), paths, slog.New(slog.DiscardHandler)).Run(ctx)
	}
	if err := run(paths, t.Context()); err == nil || !strings.Contains(err.Error(), "already answers") {
		t.Errorf("a second server: %v", err)
	}
	stale := [2]string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale[0], Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(stale, ctx) }()
	until(t, "the stale socket is replaced", func() bool {
		b, err := DialBus(stale[0])
		if err == nil {
			_ = b.Close()
		}
		return err == nil
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(stale[0]); err == nil {
		t.Error("the socket is left behind")
	}
	if _, err := DialBus(stale[0]); err == nil {
		t.Error("dialled a server that is gone")
	}
}

func TestTooManyConnections(t *testing.T) {
	_, paths := serve(t)
	for range maxConns / 2 { // a Bus is two
		dialBus(t, paths[1])
	}
	if _, err := DialBus(paths[1]); err == nil {
		t.Error("one more was taken")
	}
	dialBus(t, paths[0]) // the other node's are not touched
}

func FuzzParseRequest(f *testing.F) {
	for _, line := range []string{"tx 6e 0d 1", "tx 6e 0d01 0", "tx 6e - 32", "beat", "alarm 900", "", "tx", "tx 6e 0 1"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		req, err := parseRequest(line)
		if err != nil {
			return
		}
		if req.addr > 0x7F || len(req.write) > maxBytes || req.read > maxBytes || req.in < 0 {
			t.Errorf("%q: out of range: %+v", line, req)
		}
		again, err := parseRequest([]byte(req.String()))
		if err != nil || again.String() != req.String() {
			t.Errorf("%q: %q does not come back: %v", line, req, err)
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	for _, line := range []string{"ok 01", "ok -", "nak", "err no", "ok", "ok 0", "ok 0102"} {
		f.Add([]byte(line), uint8(1))
	}
	f.Fuzz(func(t *testing.T, line []byte, n uint8) {
		r := make([]byte, n%maxBytes)
		if err := parseAnswer(line, r); err == nil {
			if got := formatAnswer(r, nil); !strings.EqualFold(got, string(line)) && len(r) > 0 {
				t.Errorf("%q read as %q", line, got)
			}
		}
	})
}
