package vip

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair is two nodes and a client of which the first node holds the address.
func pair(b *testing.B) (client *host, one, two *node) {
	l := newLAN(b)
	client = l.host(client4)
	one = l.host(nodeOne4).run(config(vip4Net)).ready()
	two = l.host(nodeTwo4).run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	return client, one, two
}

// report gives the median and the largest of d in milliseconds.
func report(b *testing.B, what string, d []time.Duration) {
	slices.Sort(d)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(d[len(d)/2]), "median-"+what+"-ms")
	b.ReportMetric(ms(d[len(d)-1]), "max-"+what+"-ms")
}

// BenchmarkClaim takes from the call to the client's neighbour entry being that
// of the new node, the entry being fresh (within its locktime).
func BenchmarkClaim(b *testing.B) {
	client, one, two := pair(b)
	mac := map[*node]net.HardwareAddr{one: one.mac("eth0"), two: two.mac("eth0")}
	var announced, believed []time.Duration
	id := uint64(1)
	for b.Loop() {
		client.believe(vip4, mac[one])
		id++
		one.Release(id)
		one.result(id)
		at := time.Now()
		two.Claim(id, ProbeNone)
		for client.neighbour(vip4) != mac[two].String() {
			if time.Since(at) > giveUp {
				b.Fatal("the client never knew")
			}
		}
		believed = append(believed, time.Since(at))
		announced = append(announced, two.result(id).Took)
		one, two = two, one
	}
	report(b, "announced", announced)
	report(b, "believed", believed)
}

// BenchmarkMoveGap takes from the last answer of the old node to the first of
// the new one, as a client sees it that asks every millisecond.
func BenchmarkMoveGap(b *testing.B) {
	client, one, two := pair(b)
	one.echo("1")
	two.echo("2")
	answers := client.poll(b)
	var gaps []time.Duration
	id := uint64(1)
	for b.Loop() {
		id++
		from := latest(answers)
		one.Release(id)
		one.result(id)
		two.Claim(id, ProbeNone)
		gaps = append(gaps, gap(b, answers, from))
		two.result(id)
		one, two = two, one
	}
	report(b, "gap", gaps)
}

// poll asks the address every millisecond and hands out who answered when.
func (h *host) poll(b *testing.B) <-chan polled {
	var conn net.Conn
	must(b, h.do(func() (err error) {
		conn, err = net.Dial("udp4", vip4+":7")
		return err
	}))
	stop, asked, read := make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.Cleanup(func() { close(stop); conn.Close(); <-asked; <-read })
	go func() {
		defer close(asked)
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				_, _ = conn.Write([]byte{'?'}) // Refused while nobody is there; it is asked again.
			case <-stop:
				return
			}
		}
	}()
	out := make(chan polled, 1<<16)
	go func() {
		defer close(read)
		for buffer := make([]byte, 16); ; {
			n, err := conn.Read(buffer)
			if err == nil {
				select {
				case out <- polled{string(buffer[:n]), time.Now()}:
				default: // Nobody looks any more.
				}
				continue
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	return out
}

type polled struct {
	who string
	at  time.Time
}

// latest waits for an answer and returns the newest there is.
func latest(answers <-chan polled) polled {
	last := <-answers
	for len(answers) > 0 {
		last = <-answers
	}
	return last
}

// gap reads answers until another node than from's gives one.
func gap(b *testing.B, answers <-chan polled, from polled) time.Duration {
	timeout := time.After(giveUp)
	for last := from; ; {
		select {
		case got := <-answers:
			if got.who != from.who {
				return got.at.Sub(last.at)
			}
			last = got
		case <-timeout:
			b.Fatal("the new node never answered")
		}
	}
}

// echo answers every datagram to the address with name. The socket is bound to
// the address before this host has it.
func (h *host) echo(name string) {
	var conn net.PacketConn
	must(h.t, h.do(func() (err error) {
		lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
			errControl := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_FREEBIND, 1) })
			if errControl != nil {
				return errControl
			}
			return err
		}}
		conn, err = lc.ListenPacket(context.Background(), "udp4", netip.MustParseAddr(vip4).String()+":7")
		return err
	}))
	ended := make(chan struct{})
	h.t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		for buffer := make([]byte, 16); ; {
			_, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo([]byte(name), from)
		}
	}()
}
