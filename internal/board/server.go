package board

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// maxConns bounds the connections to one node's bus.
const maxConns = 32

// Server puts the buses of a [Live] on Unix sockets, one per node.
type Server struct {
	*Live
	paths [2]string
	log   *slog.Logger

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	ended bool // no connection is taken any more
}

// NewServer returns a server of the two sockets; Run opens them.
func NewServer(live *Live, paths [2]string, log *slog.Logger) *Server {
	return &Server{Live: live, paths: paths, log: log, conns: make(map[net.Conn]struct{})}
}

// Run serves until ctx ends. It runs the boards, too, and removes its sockets
// at the end. A socket somebody answers on is an error, a stale one is replaced.
func (s *Server) Run(ctx context.Context) error {
	listeners, err := s.listen(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Live.Run(ctx) })
	for node, ln := range listeners {
		g.Go(func() error { return s.accept(ctx, g, node, ln) })
	}
	g.Go(func() error {
		<-ctx.Done()
		for _, ln := range listeners {
			_ = ln.Close() // accept reports it
		}
		s.hangUp()
		return nil
	})
	return g.Wait()
}

func (s *Server) listen(ctx context.Context) ([]net.Listener, error) {
	var lns []net.Listener
	for _, path := range s.paths {
		ln, err := listenUnix(ctx, path)
		if err != nil {
			for _, ln := range lns {
				_ = ln.Close() // never used
			}
			return nil, fmt.Errorf("listen on bus socket %s: %w", path, err)
		}
		lns = append(lns, ln)
	}
	return lns, nil
}

// listenUnix listens on path and replaces a socket that nobody answers on.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", path)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	c, dialErr := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if dialErr == nil {
		_ = c.Close() // only asked whether somebody lives
		return nil, errors.New("a server already answers there")
	}
	if !errors.Is(dialErr, syscall.ECONNREFUSED) {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return lc.Listen(ctx, "unix", path)
}

func (s *Server) accept(ctx context.Context, g *errgroup.Group, node int, ln net.Listener) error {
	slots := make(chan struct{}, maxConns)
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept on bus of node %d: %w", node, err)
		}
		select {
		case slots <- struct{}{}:
		default:
			_ = c.Close() // over the limit: the client sees the end
			continue
		}
		g.Go(func() error {
			defer func() { <-slots }()
			s.serve(node, c)
			return nil
		})
	}
}

// serve answers one connection; a broken one is not an error of the server.
func (s *Server) serve(node int, c net.Conn) {
	if !s.keep(c) {
		return
	}
	defer s.drop(c)
	if _, err := fmt.Fprintln(c, greeting); err != nil {
		return
	}
	in := bufio.NewReaderSize(c, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				s.log.Warn("bus connection ended", "node", node, "err", err)
			}
			return
		}
		answer, err := s.answer(node, line[:len(line)-1])
		if err != nil {
			s.log.Warn("bus request refused", "node", node, "err", err)
			answer = formatAnswer(nil, err)
		}
		if answer == "" {
			continue
		}
		if _, err := fmt.Fprintln(c, answer); err != nil {
			return
		}
	}
}

// answer does what a line asks for; only a tx has an answer.
func (s *Server) answer(node int, line []byte) (string, error) {
	req, err := parseRequest(line)
	if err != nil {
		return "", err
	}
	switch req.verb {
	case "beat":
		s.Heartbeat(node)
		return "", nil
	case "alarm":
		s.Alarm(node, req.in)
		return "", nil
	}
	read := make([]byte, req.read)
	err = s.Tx(node, req.addr, req.write, read)
	return formatAnswer(read, err), nil
}

func (s *Server) keep(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		_ = c.Close() // nobody has used it
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) drop(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	_ = c.Close() // nothing is buffered
}

// hangUp closes every connection, now and from now on.
func (s *Server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for c := range s.conns {
		_ = c.Close() // serve ends with it
	}
}
