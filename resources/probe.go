package resources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// prober asks a container's own ports, past the engine, so that a hung engine does not make a service that works look dead.
type prober struct {
	client *http.Client
	dialer net.Dialer
}

func newProber() *prober {
	return &prober{client: &http.Client{
		// A new connection each time and no proxy: the probe must meet what a new client would meet.
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// probe tries all that is configured once, within h.Timeout each.
func (p *prober) probe(ctx context.Context, h Health) error {
	if h.TCP != "" {
		if err := p.tcp(ctx, h); err != nil {
			return err
		}
	}
	if h.HTTP != "" {
		return p.http(ctx, h)
	}
	return nil
}

func (p *prober) tcp(ctx context.Context, h Health) error {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	conn, err := p.dialer.DialContext(ctx, "tcp", h.TCP)
	if err != nil {
		return fmt.Errorf("connect %s: %w", h.TCP, err)
	}
	return conn.Close()
}

func (p *prober) http(ctx context.Context, h Health) error {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.HTTP, nil)
	if err != nil {
		return fmt.Errorf("probe %s: %w", h.HTTP, err)
	}
	req.Header.Set("User-Agent", "futago-probe")
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer resp.Body.Close()
	// The head decides; a little of the body is read so that the server does not log a broken pipe for a small page.
	if _, err := io.CopyN(io.Discard, resp.Body, 64<<10); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("probe %s: read body: %w", h.HTTP, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return fmt.Errorf("probe %s: status %d", h.HTTP, resp.StatusCode)
	}
	return nil
}
