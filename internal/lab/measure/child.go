package measure

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxPage bounds what is read of a page.
const maxPage = 4096

// RunChild measures by the Plan in the first line of in and writes records
// to out, until in ends.
func RunChild(in io.Reader, out io.Writer) error {
	input := bufio.NewReader(in)
	var plan Plan
	first, err := input.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	if err := json.Unmarshal(first, &plan); err != nil {
		return fmt.Errorf("decode plan: %w", err)
	}
	if plan, err = plan.withDefaults(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	lines := make(chan line, 1024)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { defer stop(); return discardUntilEnd(input) })
	var askers errgroup.Group
	askers.Go(func() error { return askHTTP(ctx, plan, lines) })
	if plan.ARPTarget.IsValid() {
		askers.Go(func() error { return askARP(ctx, plan, lines) })
	}
	g.Go(func() error { defer close(lines); defer stop(); return askers.Wait() })
	g.Go(func() error { return writeLines(out, lines) })
	return g.Wait()
}

func discardUntilEnd(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// writeLines flushes whenever nothing is waiting, so that the reader sees
// every record at once without a system call for each in a burst.
func writeLines(out io.Writer, lines <-chan line) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	for l := range lines {
		if err := enc.Encode(l); err != nil {
			return err
		}
		if len(lines) > 0 {
			continue
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// askHTTP begins a request at each tick and lets it take its time.
func askHTTP(ctx context.Context, plan Plan, lines chan<- line) error {
	client := &http.Client{
		Timeout: plan.Timeout,
		Transport: &http.Transport{
			DisableKeepAlives: true, // each request on a new connection
			DialContext:       (&net.Dialer{Timeout: plan.Timeout}).DialContext,
		},
	}
	var asked errgroup.Group
	asked.SetLimit(int(plan.Timeout/plan.Interval) + 16)
	tick := time.NewTicker(plan.Interval)
	defer tick.Stop()
	for {
		asked.Go(func() error {
			r := askOnce(client, plan.URL)
			lines <- line{Request: &r}
			return nil
		})
		select {
		case <-ctx.Done():
			return asked.Wait()
		case <-tick.C:
		}
	}
}

func askOnce(client *http.Client, url string) Request {
	r := Request{Start: time.Now()}
	page, err := fetch(client, url)
	r.End = time.Now()
	if err != nil {
		r.Err = err.Error()
		return r
	}
	r.Server, _, _ = strings.Cut(page, "\n")
	return r
}

func fetch(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("answered %s", resp.Status)
	}
	return string(page), nil
}
