package measure

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"golang.org/x/sync/errgroup"
)

// askARP asks at each tick who has the address and records, at the next
// tick, all hardware addresses that replied to that question. Announcements
// and the replies to the client's own kernel do not count: around a switch
// of the address they would make one holder after the other look like two at
// once. That is why the question comes from an address of its own.
func askARP(ctx context.Context, plan Plan, lines chan<- line) error {
	ifi, err := net.InterfaceByName(plan.Interface)
	if err != nil {
		return fmt.Errorf("find interface %s: %w", plan.Interface, err)
	}
	client, err := arp.Dial(ifi)
	if err != nil {
		return fmt.Errorf("open ARP on %s: %w", plan.Interface, err)
	}
	replies := make(chan string, 256)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return readReplies(ctx, client, plan, replies) })
	g.Go(func() error { return probeLoop(ctx, client, plan, replies, lines) })
	g.Go(func() error {
		<-ctx.Done()
		return client.Close()
	})
	return g.Wait()
}

// readReplies ends when the client is closed.
func readReplies(ctx context.Context, client *arp.Client, plan Plan, replies chan<- string) error {
	for {
		p, _, err := client.Read()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			// The interface may be down for a while (switch off); a broken
			// packet is somebody else's.
			continue
		}
		if p.Operation != arp.OperationReply || p.SenderIP != plan.ARPTarget || p.TargetIP != plan.ARPSender {
			continue
		}
		select {
		case replies <- p.SenderHardwareAddr.String():
		case <-ctx.Done():
			return nil
		}
	}
}

func probeLoop(ctx context.Context, client *arp.Client, plan Plan, replies <-chan string, lines chan<- line) error {
	question, err := arp.NewPacket(arp.OperationRequest, client.HardwareAddr(), plan.ARPSender,
		net.HardwareAddr{0, 0, 0, 0, 0, 0}, plan.ARPTarget)
	if err != nil {
		return fmt.Errorf("make ARP request: %w", err)
	}
	tick := time.NewTicker(plan.ARPInterval)
	defer tick.Stop()
	for {
		at := time.Now()
		// A request that cannot be sent is a probe nobody answers.
		_ = client.WriteTo(question, ethernet.Broadcast)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		lines <- line{Probe: &Probe{At: at, MACs: drain(replies)}}
	}
}

func drain(replies <-chan string) []string {
	var macs []string
	for {
		select {
		case m := <-replies:
			macs = append(macs, m)
		default:
			slices.Sort(macs)
			return slices.Compact(macs)
		}
	}
}
