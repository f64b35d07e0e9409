package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// identity is who is at the other end of a connection, as the kernel noted when it was made (unix(7), SO_PEERCRED
// and SO_PEERGROUPS). A process cannot lie about it and a recycled process number cannot confuse it.
type identity struct {
	UID, GID uint32
	PID      int32
	Groups   []uint32 // supplementary
}

// access is what an identity may do.
type access int

const (
	accessNone access = iota
	accessRead
	accessCommand
)

// access grants commands to root and reading to members of gid, by primary or supplementary group; -1 is no group.
func (id identity) access(gid int) access {
	switch {
	case id.UID == 0:
		return accessCommand
	case gid >= 0 && (int(id.GID) == gid || slices.Contains(id.Groups, uint32(gid))):
		return accessRead
	default:
		return accessNone
	}
}

// name is what the history says about who gave a command: the account, and the account it logged in with when sudo
// or su came between (the audit login uid, proc(5)).
func (id identity) name() string {
	account := accountName(id.UID)
	login, err := os.ReadFile(fmt.Sprintf("/proc/%d/loginuid", id.PID))
	if err != nil {
		return account
	}
	uid, err := strconv.ParseUint(strings.TrimSpace(string(login)), 10, 32)
	if err != nil || uint32(uid) == id.UID || uint32(uid) == ^uint32(0) {
		return account
	}
	return fmt.Sprintf("%s (login %s)", account, accountName(uint32(uid)))
}

func accountName(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return "uid " + number
}

// identify asks the kernel about the other end of c.
func identify(c *net.UnixConn) (identity, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return identity{}, fmt.Errorf("identify caller: %w", err)
	}
	var id identity
	var inner error
	err = raw.Control(func(fd uintptr) {
		var cred *unix.Ucred
		if cred, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); inner != nil {
			return
		}
		id.UID, id.GID, id.PID = cred.Uid, cred.Gid, cred.Pid
		id.Groups, inner = peerGroups(fd)
	})
	if err = errors.Join(err, inner); err != nil {
		return identity{}, fmt.Errorf("identify caller: %w", err)
	}
	return id, nil
}

// groupsMax is the kernel's limit (NGROUPS_MAX, linux/limits.h).
const groupsMax = 65536

// peerGroups reads SO_PEERGROUPS, for which x/sys/unix has no call: an array of 32-bit group numbers in host order.
// The kernel says how long it is when the buffer is too short (socket(7): ERANGE).
func peerGroups(fd uintptr) ([]uint32, error) {
	buf := make([]byte, 64*4)
	for {
		size := uint32(len(buf))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == unix.ERANGE && int(size) > len(buf) && size <= groupsMax*4:
			buf = make([]byte, size)
		case errno == unix.ENODATA: // the other end had no credentials noted
			return nil, nil
		case errno != 0:
			return nil, fmt.Errorf("read caller's groups: %w", errno)
		default:
			groups := make([]uint32, 0, size/4)
			for i := 0; i+4 <= int(size); i += 4 {
				groups = append(groups, binary.NativeEndian.Uint32(buf[i:]))
			}
			return groups, nil
		}
	}
}
