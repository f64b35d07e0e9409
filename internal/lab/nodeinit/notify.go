package nodeinit

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// notifySocket receives what one unit says by sd_notify(3).
type notifySocket struct {
	conn *net.UnixConn
	path string
}

func listenNotify(unit string) (*notifySocket, error) {
	path := filepath.Join(LabDir, "notify-"+unit)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("remove old notify socket: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listen for notifications of %s: %w", unit, err)
	}
	return &notifySocket{conn: conn, path: path}, nil
}

func (n *notifySocket) env() string { return "NOTIFY_SOCKET=" + n.path }

// serve calls hear for each assignment received until the socket is closed.
func (n *notifySocket) serve(hear func(assignment string)) {
	buf := make([]byte, 4096)
	for {
		size, _, err := n.conn.ReadFromUnix(buf)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buf[:size])) {
			hear(strings.TrimSpace(line))
		}
	}
}

func (n *notifySocket) close() error { return n.conn.Close() }
