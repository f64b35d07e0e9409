package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// thread is one OS thread kept for work that must happen inside a network
// namespace: making one, setting its sysctls, starting a process in it.
//
// It lives as long as the lab. That matters for the processes it starts:
// Linux delivers a parent-death signal when the starting thread ends, so a
// pooled thread would kill a healthy node, and a dead lab must kill all.
type thread struct {
	work chan func()
	done chan struct{}
}

var errThreadEnded = errors.New("the lab has ended")

func newThread() *thread {
	return &thread{work: make(chan func()), done: make(chan struct{})}
}

// run serves do until ctx ends.
func (t *thread) run(ctx context.Context) error {
	defer close(t.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		select {
		case f := <-t.work:
			f()
		case <-ctx.Done():
			return nil
		}
	}
}

// do runs f on the thread inside the namespace ns and returns its error.
func (t *thread) do(ns netns.NsHandle, f func() error) error {
	return t.call(func() error {
		home, err := netns.Get()
		if err != nil {
			return fmt.Errorf("get own network namespace: %w", err)
		}
		defer home.Close()
		if err := netns.Set(ns); err != nil {
			return fmt.Errorf("enter network namespace: %w", err)
		}
		return errors.Join(f(), netns.Set(home))
	})
}

// newNamespace makes a network namespace that lives while the returned
// handle, a process or an interface's peer keeps it. It has no name, so there
// is nothing to clean up after a crash.
func (t *thread) newNamespace() (netns.NsHandle, error) {
	made := netns.None()
	err := t.call(func() error {
		home, err := netns.Get()
		if err != nil {
			return fmt.Errorf("get own network namespace: %w", err)
		}
		defer home.Close()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make network namespace: %w", err)
		}
		made, err = netns.Get()
		return errors.Join(err, netns.Set(home))
	})
	return made, err
}

func (t *thread) call(f func() error) error {
	result := make(chan error, 1)
	select {
	case t.work <- func() { result <- f() }:
		return <-result
	case <-t.done:
		return errThreadEnded
	}
}
