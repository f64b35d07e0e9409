package membership

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"
)

func TestMetaRoundTrip(t *testing.T) {
	want := Meta{"b57c4a2e-0001", 1<<64 - 1, "0.1.2+abc~1"}
	encoded, err := encodeMeta("apache", want)
	if err != nil {
		t.Fatal(err)
	}
	cluster, got, err := decodeMeta(encoded)
	if err != nil || cluster != "apache" || got != want {
		t.Errorf("got %q %+v %v, want %+v", cluster, got, err, want)
	}
}

func TestMetaOverTheLimitIsRefused(t *testing.T) {
	if _, err := encodeMeta("apache", Meta{Version: strings.Repeat("1", memberlist.MetaMaxSize)}); err == nil {
		t.Error("memberlist would panic")
	}
}

func TestMetaOfANewerVersionIsRead(t *testing.T) {
	_, got, err := decodeMeta([]byte(`{"cluster":"a","boot":"b","session":1,"version":"9","more":{"x":[1]}}`))
	if err != nil || got.Version != "9" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMetaMalformed(t *testing.T) {
	for _, bad := range []string{
		"", "{}", "null", "[]", `{"cluster":"a"}`,
		`{"cluster":"a","boot":"b\n","session":1}`,
		`{"cluster":"a/b","boot":"b","session":1}`,
		`{"cluster":"a","boot":"b","session":-1}`,
		`{"cluster":"a","boot":"b","session":1,"version":" "}`,
		`{"cluster":"a","boot":"b","session":1}x`,
		`{"cluster":"a","boot":"b","session":1}` + strings.Repeat(" ", memberlist.MetaMaxSize),
	} {
		if _, meta, err := decodeMeta([]byte(bad)); err == nil {
			t.Errorf("%q was read as %+v", bad, meta)
		}
	}
}

func FuzzDecodeMeta(f *testing.F) {
	good, _ := encodeMeta("apache", Meta{"b57c4a2e-0001", 7, "0.1"})
	f.Add(good)
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cluster, meta, err := decodeMeta(b)
		if err != nil {
			return
		}
		again, err := encodeMeta(cluster, meta)
		if err != nil {
			t.Fatalf("read %+v, but cannot write it: %v", meta, err)
		}
		if _, twice, err := decodeMeta(again); err != nil || twice != meta {
			t.Fatalf("read %+v, then %+v, %v", meta, twice, err)
		}
	})
}

func TestEnvelopeRoundTrip(t *testing.T) {
	for _, want := range []envelope{
		{"node-1", netip.MustParseAddr("192.0.2.1"), []byte("x")},
		{strings.Repeat("n", maxName), netip.MustParseAddr("2001:db8::1"), make([]byte, MaxPayload)},
		{"n", netip.MustParseAddr("192.0.2.1"), nil},
	} {
		encoded := want.encode()
		got, err := decodeEnvelope(encoded)
		if err != nil || got.name != want.name || got.address != want.address || !bytes.Equal(got.payload, want.payload) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		clear(encoded) // memberlist may reuse its buffer
		if !bytes.Equal(got.payload, want.payload) {
			t.Error("the payload shares memory with the packet")
		}
	}
}

func TestEnvelopeMalformed(t *testing.T) {
	good := envelope{"n", netip.MustParseAddr("192.0.2.1"), nil}.encode()
	for _, bad := range [][]byte{
		nil,
		{2},
		good[:1], good[:2], good[:3], good[:4], good[:len(good)-1],
		{1, 1, '/', 4, 192, 0, 2, 1},
		{1, 1, 'n', 3, 192, 0, 2},
		append(bytes.Clone(good), make([]byte, MaxPayload+1)...),
	} {
		if _, err := decodeEnvelope(bad); !errors.Is(err, errEnvelope) {
			t.Errorf("%v: got %v, want errEnvelope", bad[:min(len(bad), 12)], err)
		}
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add(envelope{"n", netip.MustParseAddr("192.0.2.1"), []byte("payload")}.encode())
	f.Add(envelope{"n", netip.MustParseAddr("2001:db8::1"), nil}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEnvelope(b)
		if err != nil {
			return
		}
		if again := e.encode(); !bytes.Equal(again, b) {
			t.Fatalf("%v was read as %+v, which is %v", b, e, again)
		}
	})
}
