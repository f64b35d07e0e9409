package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultSocket is where the daemon listens.
const DefaultSocket = "/run/futago/futago.sock"

// DefaultGroup is the group whose members may read.
const DefaultGroup = "futago"

// dialTimeout bounds asking whether somebody lives behind a socket. A full backlog counts as alive.
const dialTimeout = time.Second

// listener is a listening Unix socket that knows its own inode, so that closing never removes another daemon's.
type listener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// listen makes the socket at path. It is made in a private directory beside it, given its owner and mode there and
// only then renamed to path: nobody ever finds it with another mode, and a stale one is replaced without a gap. A
// socket behind which somebody answers is left alone. gid -1 keeps it to root.
func listen(path string, gid int) (*listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make control socket directory: %w", err)
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := refuseLive(path); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(dir, ".control-")
	if err != nil {
		return nil, fmt.Errorf("make control socket directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	return bindAndRename(filepath.Join(tmp, "s"), path, gid)
}

func bindAndRename(tmp, path string, gid int) (*listener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: tmp, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen on control socket %s: %w", path, err)
	}
	l.SetUnlinkOnClose(false)
	info, err := publish(tmp, path, gid)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on control socket %s: %w", path, err), l.Close())
	}
	return &listener{UnixListener: l, path: path, info: info}, nil
}

// publish gives the socket at tmp its owner and mode and moves it to path.
func publish(tmp, path string, gid int) (fs.FileInfo, error) {
	mode := fs.FileMode(0o600)
	if gid >= 0 {
		mode = 0o660
		if err := os.Chown(tmp, -1, gid); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(tmp, mode); err != nil {
		return nil, err
	}
	info, err := os.Lstat(tmp)
	if err != nil {
		return nil, err
	}
	return info, os.Rename(tmp, path)
}

// Close stops listening and removes the socket if it is still this one.
func (l *listener) Close() error {
	now, err := os.Lstat(l.path)
	if err == nil && os.SameFile(now, l.info) {
		err = os.Remove(l.path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.UnixListener.Close())
}

// lockDir keeps two daemons that start at once from both finding the socket stale.
func lockDir(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open control socket directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: another futago daemon is starting: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil // closing drops the lock
}

// refuseLive returns an error unless path is free or a socket behind which nobody answers.
func refuseLive(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at control socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("control socket %s exists and is no socket; it is left alone", path)
	}
	conn, err := net.DialTimeout("unix", path, dialTimeout)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask who serves control socket %s: %w", path, err)
	}
	defer func() { _ = conn.Close() }()
	if id, err := identify(conn.(*net.UnixConn)); err == nil && id.PID > 0 {
		return fmt.Errorf("control socket %s is served by process %d: a futago daemon is running", path, id.PID)
	}
	return fmt.Errorf("control socket %s is served by another process: a futago daemon is running", path)
}

// lookupGroup returns the number of group name, or -1 when there is none, which means "root only".
func lookupGroup(name string) (int, error) {
	g, err := user.LookupGroup(name)
	var unknown user.UnknownGroupError
	if errors.As(err, &unknown) {
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("look up group %s: %w", name, err)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return -1, fmt.Errorf("look up group %s: %w", name, err)
	}
	return gid, nil
}
