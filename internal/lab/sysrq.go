package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// watchSysrq acts on what is written to a node's /proc/sysrq-trigger, as
// Documentation/admin-guide/sysrq.rst says: b resets at once without syncing,
// o switches off, c crashes the kernel. Other keys do nothing to a node.
func (l *Lab) watchSysrq(ctx context.Context, node int) error {
	// Read and write: the FIFO then never ends when a writer closes it.
	f, err := os.OpenFile(disk{l.opts.nodeDir(node)}.sysrq(), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open sysrq trigger: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	defer f.Close()
	buf := make([]byte, 64)
	for {
		n, err := f.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrClosed) {
			return fmt.Errorf("read sysrq trigger: %w", err)
		}
		for _, key := range buf[:n] {
			if err := l.pressSysrq(node, key); err != nil {
				return err
			}
		}
	}
}

func (l *Lab) pressSysrq(node int, key byte) error {
	orders := map[byte]order{'b': orderReset, 'o': orderHalt, 'c': orderPanic}
	o, known := orders[key]
	if !known {
		return nil
	}
	l.log.Info("sysrq", "node", l.opts.Nodes[node].Name, "key", string(key))
	return l.nodes[node].tell(o)
}
