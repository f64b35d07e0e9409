package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Limits of the client: a daemon that hangs must not hang the person who looks what is wrong.
const (
	askTimeout     = 5 * time.Second   // for a question
	answerBytesMax = 8 << 20           // of an answer: HistoryMax entries fit
	eventBytesMax  = 1 << 20           // of one line of the stream
	silenceMax     = 3 * aliveInterval // in the stream, before the daemon counts as hung
)

// Client asks a daemon on this machine. It may be used by several goroutines.
type Client struct {
	http *http.Client
}

// NewClient makes a client for the socket at path, DefaultSocket when empty. It dials nothing yet.
func NewClient(path string) *Client {
	if path == "" {
		path = DefaultSocket
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := net.Dialer{Timeout: askTimeout}
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status asks for the snapshot. The error is ErrNotRunning or ErrPermission where that is what is wrong.
func (c *Client) Status(ctx context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask[Status](ctx, c, http.MethodGet, "/v1/status", nil)
}

// History asks for the last n entries, oldest first; n is within 1 to HistoryMax.
func (c *Client) History(ctx context.Context, n int) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout+historyTimeout)
	defer cancel()
	return ask[[]Entry](ctx, c, http.MethodGet, "/v1/history?n="+strconv.Itoa(n), nil)
}

// Board reads the registers of the power board through the daemon.
func (c *Client) Board(ctx context.Context) (Board, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask[Board](ctx, c, http.MethodGet, "/v1/board", nil)
}

// Lines asks for the changes of the board's lines after the one of that number.
func (c *Client) Lines(ctx context.Context, after uint64) ([]Lines, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask[[]Lines](ctx, c, http.MethodGet, "/v1/lines?after="+strconv.FormatUint(after, 10), nil)
}

// Do gives a command and waits until it is done, at most DoTimeout and a little. A refusal is an *Error.
func (c *Client) Do(ctx context.Context, cmd Command) (Answer, error) {
	if err := cmd.Validate(); err != nil {
		return Answer{}, err
	}
	body, err := json.Marshal(cmd)
	if err != nil {
		return Answer{}, fmt.Errorf("encode command: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, DoTimeout+askTimeout)
	defer cancel()
	return ask[Answer](ctx, c, http.MethodPost, "/v1/commands", bytes.NewReader(body))
}

// Watch calls to for every event until ctx ends (nil), to fails (its error), or the daemon ends or falls silent.
func (c *Client) Watch(ctx context.Context, to func(Event) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(silenceMax, func() {
		cancel(fmt.Errorf("watch: the daemon said nothing for %s", silenceMax))
	})
	defer silence.Stop()
	res, err := c.send(ctx, http.MethodGet, "/v1/events", nil)
	if err != nil {
		return watchError(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, eventBytesMax)
	for lines.Scan() {
		silence.Reset(silenceMax)
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("watch: decode event: %w", err)
		}
		if err := to(e); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return watchError(ctx, err)
	}
	return watchError(ctx, io.EOF)
}

// watchError tells apart a caller who has seen enough, a daemon that hangs and one that ended.
func watchError(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded):
		return nil
	case cause != nil:
		return cause
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("watch: the stream ended: %w", ErrNotRunning)
	default:
		return fmt.Errorf("watch: %w", err)
	}
}

// ask decodes the answer into a T. Fields this client does not know are from a newer daemon and left out.
func ask[T any](ctx context.Context, c *Client, method, path string, body io.Reader) (T, error) {
	var into T
	res, err := c.send(ctx, method, path, body)
	if err != nil {
		return into, err
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(res.Body, answerBytesMax)).Decode(&into); err != nil {
		return into, fmt.Errorf("decode the daemon's answer to %s: %w", path, err)
	}
	return into, nil
}

// send returns only successes; every other answer becomes an error.
func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://futago"+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon for %s: %w", path, err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, dialError(path, err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	doc := errorDocument{}
	err = json.NewDecoder(io.LimitReader(res.Body, answerBytesMax)).Decode(&doc)
	if err != nil || doc.Error == nil {
		return nil, fmt.Errorf("ask the daemon for %s: answer %s without a reason", path, res.Status)
	}
	return nil, doc.Error
}

func dialError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
		return ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return ErrPermission
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("ask the daemon for %s: no answer in time: %w", path, err)
	default:
		return fmt.Errorf("ask the daemon for %s: %w", path, err)
	}
}
