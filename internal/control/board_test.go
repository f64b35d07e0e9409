package control

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestBoard(t *testing.T) {
	b := newStandIn()
	want := Board{
		Time: time.Unix(1700000000, 0).UTC(), Node: "raspberrypi-1",
		Registers: []Register{{Addr: 0x0d, Name: "io_status", Value: "0x01", Words: "EXTOUT high"}},
	}
	b.board = func(context.Context) (Board, error) { return want, nil }
	c := NewClient(start(t, b).socket)
	if got, err := c.Board(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	b.board = func(context.Context) (Board, error) { return Board{}, Refuse("The board is silent.", "i2cdetect -y 1") }
	var refused *Error
	if _, err := c.Board(t.Context()); !errors.As(err, &refused) || refused.Do != "i2cdetect -y 1" {
		t.Errorf("a refusal came as %v", err)
	}
}

func TestLines(t *testing.T) {
	b := newStandIn()
	var asked uint64
	b.lines = func(after uint64) []Lines {
		asked = after
		return []Lines{{Seq: 8, In: true, Seconds: 3}}
	}
	r := start(t, b)
	c := NewClient(r.socket)
	got, err := c.Lines(t.Context(), 7)
	if err != nil || asked != 7 || len(got) != 1 || got[0].Seq != 8 || !got[0].In || got[0].Seconds != 3 {
		t.Errorf("asked %d, got %+v, %v", asked, got, err)
	}
	b.lines = func(uint64) []Lines { return nil }
	if got, err := c.Lines(t.Context(), 8); err != nil || got == nil || len(got) != 0 {
		t.Errorf("nothing new came as %v, %v", got, err)
	}
	if _, err := c.send(t.Context(), http.MethodGet, "/v1/lines?after=x", nil); err == nil {
		t.Error("a number that is none was taken")
	}
}
