package control

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestInputs: the record comes as it is, for the very time that was asked for.
func TestInputs(t *testing.T) {
	b := newStandIn()
	want := time.Date(2026, 11, 23, 5, 2, 11, 123456789, time.FixedZone("", 9*3600))
	b.inputs = func(_ context.Context, at time.Time) (Inputs, error) {
		if !at.Equal(want) {
			return Inputs{}, errors.New("asked for " + at.String())
		}
		return Inputs{Record: []byte("\xf7fj\x00")}, nil
	}
	c := NewClient(start(t, b).socket)
	if got, err := c.Inputs(t.Context(), want); err != nil || string(got.Record) != "\xf7fj\x00" {
		t.Errorf("got %q, %v", got.Record, err)
	}
	var refused *Error
	if _, err := ask[Inputs](t.Context(), c, http.MethodGet, "/v1/inputs?at=yesterday", nil); !errors.As(err, &refused) || refused.Code != CodeBadRequest {
		t.Errorf("a time that is none gave %v", err)
	}
}
