package control

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	args := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for _, c := range []struct {
		c    Command
		want string // part of the refusal; empty: valid
	}{
		{Command{Verb: VerbStandby, Node: "a"}, ""},
		{Command{Verb: VerbStandby}, "node is missing"},
		{Command{Verb: VerbClear}, ""},
		{Command{Verb: VerbClear, Node: "a"}, "takes no node"},
		{Command{Verb: VerbFence, Node: "a", Args: args(ArgOff, "true")}, ""},
		{Command{Verb: VerbFence, Node: "a", Args: args(ArgOff, "yes")}, `"yes" is not "true"`},
		{Command{Verb: VerbFence, Node: "a", Args: args(ArgNow, "true")}, `takes no argument "now"`},
		{Command{Verb: VerbFence, Node: strings.Repeat("a", 65)}, "longer than 64"},
		{Command{Verb: VerbReboot, Node: "a", Args: args(ArgNow, "true")}, ""},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "on")}, ""},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "on", ArgFor, "2h")}, ""},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "on", ArgFor, "10s")}, "not within 1m and 168h"},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "on", ArgFor, "169h")}, "not within 1m and 168h"},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "on", ArgFor, "soon")}, "no duration"},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "off", ArgFor, "2h")}, "off takes no"},
		{Command{Verb: VerbMaintenance, Args: args(ArgState, "maybe")}, "neither"},
		{Command{Verb: VerbMaintenance}, `"state" is missing`},
		{Command{Verb: "explode", Node: "a"}, `no verb "explode"; there are [clear confirm-off`},
		{Command{Verb: VerbClear, Basis: strings.Repeat("x", 257)}, "basis longer"},
	} {
		err := c.c.Validate()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.c, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v, want %q", c.c, err, c.want)
		}
	}
}

func TestEveryVerbHasAShape(t *testing.T) {
	if got := len(Verbs()); got != 10 {
		t.Errorf("%d verbs: %v", got, Verbs())
	}
}

func TestCheckNode(t *testing.T) {
	if err := CheckNode("b", []string{"a", "b"}); err != nil {
		t.Error(err)
	}
	if err := CheckNode("", []string{"a", "b"}); err == nil {
		t.Error("an empty name passed")
	}
}

func TestSeverity(t *testing.T) {
	serving := Status{Level: LevelOK, Serving: "a"}
	with := func(f func(*Status)) Status { s := serving; f(&s); return s }
	for _, c := range []struct {
		what string
		st   Status
		want Severity
	}{
		{"healthy", serving, SeverityOK},
		{"degraded", with(func(s *Status) { s.Level = LevelDegraded }), SeverityWarning},
		{"waiting, served", with(func(s *Status) { s.Level = LevelWaiting }), SeverityWarning},
		{"waiting, not served", Status{Level: LevelWaiting}, SeverityCritical},
		{"fencing", with(func(s *Status) { s.Level = LevelFencing }), SeverityCritical},
		{"blocked, served", with(func(s *Status) { s.Level = LevelBlocked }), SeverityCritical},
		{"OK, but nobody serves", Status{Level: LevelOK}, SeverityCritical},
		{"maintenance", with(func(s *Status) { s.Maintenance = &Maintenance{} }), SeverityWarning},
		{"maintenance, not served", Status{Level: LevelDegraded, Maintenance: &Maintenance{}}, SeverityWarning},
		{"stale", with(func(s *Status) { s.AgeSeconds = 10.1 }), SeverityUnknown},
		{"a level of the future", with(func(s *Status) { s.Level = "SPLENDID" }), SeverityUnknown},
	} {
		if got := c.st.Severity(); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	if got := Severity(9).String(); got != "UNKNOWN" {
		t.Errorf("Severity(9) is %q", got)
	}
}

func TestOther(t *testing.T) {
	st := Status{Nodes: []Node{{Name: "a"}, {Name: "b"}}}
	for name, want := range map[string]string{"a": "b", "b": "a", "c": "", "": ""} {
		if got := st.Other(name); got != want {
			t.Errorf("Other(%q) = %q, want %q", name, got, want)
		}
	}
	if got := (Status{}).Other("a"); got != "" {
		t.Errorf("Other in an empty pair is %q", got)
	}
}

// What is decoded is valid and survives another round.
func FuzzDecodeCommand(f *testing.F) {
	f.Add(`{"verb":"fence","node":"raspberrypi-2","args":{"off":"true"}}`)
	f.Add(`{"verb":"maintenance","args":{"state":"on","for":"2h"},"plan":true,"basis":"43"}`)
	f.Add(`{"verb":"clear"} {}`)
	f.Add(`{"verb":"explode","node":null,"args":{"":""}}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, err := DecodeCommand(strings.NewReader(body))
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeCommand(strings.NewReader(string(again))); err != nil {
			t.Errorf("%q was accepted, but not its own encoding %s: %v", body, again, err)
		}
	})
}

// Whatever is asked by whomever: an answer in JSON, no failure of the server itself, and only root's valid commands
// for nodes of the pair reach the backend.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/v1/status", "", uint32(0), uint32(0))
	f.Add("GET", "/v1/history?n=3", "", uint32(1000), uint32(50))
	f.Add("POST", "/v1/commands", `{"verb":"fence","node":"raspberrypi-2"}`, uint32(0), uint32(0))
	f.Add("POST", "/v1/commands", `{"verb":"wake","node":"raspberrypi-9"}`, uint32(1000), uint32(50))
	f.Add("GET", "/v1/../v1/status", "", uint32(1000), uint32(1000))
	b := newStandIn()
	s := NewServer(Options{}, b)
	s.gid = 50
	h := s.handler()
	f.Fuzz(func(t *testing.T, method, target, body string, uid, gid uint32) {
		if strings.HasPrefix(target, "/v1/events") {
			return // a stream needs a connection
		}
		req, err := http.NewRequest(method, "http://futago"+target, strings.NewReader(body))
		if err != nil {
			return
		}
		b.do = func(_ context.Context, c Command) (Answer, error) {
			if uid != 0 || c.Validate() != nil || (c.Node != "" && !strings.HasPrefix(c.Node, "raspberrypi-")) {
				t.Errorf("uid %d got %+v through", uid, c)
			}
			return Answer{}, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		id := identity{UID: uid, GID: gid, PID: -1}
		w := &deadlineRecorder{httptest.NewRecorder()}
		h.ServeHTTP(w, req.WithContext(context.WithValue(ctx, identityKey{}, id)))
		if w.Code >= 500 {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		if w.Code == http.StatusOK && id.access(50) == accessNone {
			t.Errorf("%s %s: answered a stranger", method, target)
		}
	})
}

// deadlineRecorder takes deadlines, as a connection does.
type deadlineRecorder struct{ *httptest.ResponseRecorder }

func (deadlineRecorder) SetReadDeadline(time.Time) error { return nil }

func (deadlineRecorder) SetWriteDeadline(time.Time) error { return nil }
