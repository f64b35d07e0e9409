package vip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// watchRetry is the pause before a broken subscription is opened again.
const watchRetry = time.Second

// watch puts a token into changed whenever links or addresses may have changed.
// It tells that, never what: the loop lists the present state, so that a
// message lost in an overflow costs nothing. It returns nil when ctx ends.
func watch(ctx context.Context, enter func(func() error) error, changed chan struct{}, log *slog.Logger) error {
	for {
		err := watchOnce(ctx, enter, changed)
		if ctx.Err() != nil {
			return nil
		}
		log.Warn("rtnetlink subscription broke, it is opened again", "err", err)
		signal(changed) // What happened in between was not heard.
		select {
		case <-time.After(watchRetry):
		case <-ctx.Done():
			return nil
		}
	}
}

func watchOnce(ctx context.Context, enter func(func() error) error, changed chan struct{}) error {
	var socket *nl.NetlinkSocket
	err := enter(func() (err error) {
		socket, err = nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR)
		return err
	})
	if err != nil {
		return fmt.Errorf("subscribe to rtnetlink: %w", err)
	}
	defer socket.Close()
	stop := context.AfterFunc(ctx, socket.Close) // Unblocks Receive; closing twice is harmless.
	defer stop()

	signal(changed) // What changed before the subscription was not heard.
	for {
		_, _, err := socket.Receive()
		switch {
		case errors.Is(err, os.ErrClosed):
			return err
		case err != nil && !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("receive from rtnetlink: %w", err)
		}
		signal(changed) // ENOBUFS too: messages were lost, and the list tells all.
	}
}
