package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options of a Server.
type Options struct {
	Socket string // path; DefaultSocket when empty
	Group  string // group that may read; DefaultGroup when empty
	Log    *slog.Logger
}

// Limits. A caller is a person or a program on the same machine, so they are short.
const (
	connsMax       = 64               // at once; more wait in the backlog
	streamsMax     = connsMax / 2     // event streams, so that watchers never keep a command out
	headerBytesMax = 8 << 10          // of one request
	readTimeout    = 5 * time.Second  // for a whole request
	writeTimeout   = 10 * time.Second // for a whole answer, or one event
	idleTimeout    = 30 * time.Second // between requests of one connection
	aliveInterval  = 5 * time.Second  // between signs of life in an event stream
	shutdownGrace  = time.Second      // for answers under way when the daemon ends

	// DoTimeout bounds a command: two holds of up to 40 s with 3 s between, and a stop that takes its time.
	DoTimeout = 3 * time.Minute
	// historyTimeout bounds a look into the history, which is read from disk.
	historyTimeout = 5 * time.Second
	// boardTimeout bounds a look at the board's registers: the line's worker may be in the middle of a call.
	boardTimeout = 3 * time.Second
)

// Server answers on the control socket.
type Server struct {
	opts    Options
	backend Backend
	gid     int
	ready   chan struct{}
	busy    sync.WaitGroup // handlers, which http.Server does not wait for when it closes
	streams chan struct{}  // one token per event stream

	readTimeout   time.Duration // for a whole request
	aliveInterval time.Duration // between signs of life in an event stream
}

// NewServer starts nothing; Run does.
func NewServer(opts Options, backend Backend) *Server {
	if opts.Socket == "" {
		opts.Socket = DefaultSocket
	}
	if opts.Group == "" {
		opts.Group = DefaultGroup
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		opts: opts, backend: backend, gid: -1, ready: make(chan struct{}),
		streams:     make(chan struct{}, streamsMax),
		readTimeout: readTimeout, aliveInterval: aliveInterval,
	}
}

// Ready is closed once the socket answers.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Run serves until ctx ends and returns nil then; it may be called once. When it returns the socket is gone and no
// handler runs any more. It fails at once when another process serves the socket.
func (s *Server) Run(ctx context.Context) error {
	gid, err := lookupGroup(s.opts.Group)
	if err != nil {
		return err
	}
	l, err := listen(s.opts.Socket, gid)
	if err != nil {
		return err
	}
	s.gid = gid
	return s.serve(ctx, l)
}

// serve owns l.
func (s *Server) serve(ctx context.Context, l net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	srv := s.httpServer(ctx)
	g.Go(func() error {
		close(s.ready)
		if err := srv.Serve(newBounded(l, connsMax)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve control socket: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return s.shutdown(srv)
	})
	return g.Wait()
}

// shutdown lets answers under way finish for a moment, then cuts. Event streams and commands have ended by
// themselves, for their context is the one that ended.
func (s *Server) shutdown(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	s.busy.Wait()
	return err
}

func (s *Server) httpServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:        s.handler(),
		ReadTimeout:    s.readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: headerBytesMax,
		ErrorLog:       slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ConnContext:    s.withIdentity,
	}
}

type identityKey struct{}

// withIdentity notes who called. A caller the kernel does not know stays without identity and is refused.
func (s *Server) withIdentity(ctx context.Context, c net.Conn) context.Context {
	if b, ok := c.(*boundedConn); ok {
		c = b.Conn
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	id, err := identify(u)
	if err != nil {
		s.opts.Log.Warn("control caller not identified", "error", err)
		return ctx
	}
	return context.WithValue(ctx, identityKey{}, id)
}
