package control

import "time"

// Level is the one word an operator sees first.
type Level string

// The levels, mildest first.
const (
	LevelOK       Level = "OK"       // one node serves, the other could
	LevelWaiting  Level = "WAITING"  // not there yet, and time alone ends it
	LevelDegraded Level = "DEGRADED" // it serves, but the next fault may find nothing to fall back on
	LevelFencing  Level = "FENCING"  // a node is being cut right now
	LevelBlocked  Level = "BLOCKED"  // nothing more happens without a person
)

// Severity is a Level in the words of monitoring plugins; its number is the exit code of `futago status`
// (Monitoring Plugins Development Guidelines, "Plugin Return Codes").
type Severity int

// The severities.
const (
	SeverityOK Severity = iota
	SeverityWarning
	SeverityCritical
	SeverityUnknown
)

// String gives the word monitoring plugins print.
func (s Severity) String() string {
	names := [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}
	if s < 0 || int(s) >= len(names) {
		return "UNKNOWN"
	}
	return names[s]
}

// StaleAfter is the age from which a snapshot no longer counts as knowledge: the loop publishes every second, so one
// that has been silent this long hangs, and "OK" from it would be a lie.
const StaleAfter = 10 * time.Second

// Status is all that `futago status` shows. Texts are ASCII and follow the wording rules of the operator's page.
type Status struct {
	Time       time.Time  `json:"time"`        // when the loop made this snapshot; the loop renews it every second
	AgeSeconds float64    `json:"age_seconds"` // time since then on the monotonic clock; the server fills it in
	Cluster    string     `json:"cluster"`     // name of the pair
	This       string     `json:"this"`        // name of the node that answers
	Level      Level      `json:"level"`
	Code       string     `json:"code,omitempty"`      // stable reason of a level worse than OK, printed after the headline
	Headline   []string   `json:"headline,omitempty"`  // parts, joined by "; "; empty lets the renderer say who serves since when
	Serving    string     `json:"serving,omitempty"`   // node that serves now; empty when nobody does
	Since      time.Time  `json:"since,omitzero"`      // since when Serving serves
	Owner      string     `json:"owner,omitempty"`     // owner of Term; serves or is about to
	Term       uint64     `json:"term,omitempty"`      // 0 before the first meeting
	Waits      []Wait     `json:"waits,omitempty"`     // most important first; empty reads "WAITING nothing"
	Hold       *Hold      `json:"hold,omitempty"`      // the hold that is going on, if any
	Why        []Reason   `json:"why,omitempty"`       // what led here
	Prepared   string     `json:"prepared,omitempty"`  // what stands ready for the takeover
	Do         *Remedy    `json:"do,omitempty"`        // what a person should do
	Nodes      []Node     `json:"nodes"`               // in the order of the configuration
	Resources  []Resource `json:"resources,omitempty"` // containers first, then addresses
	Wires      []Wire     `json:"wires,omitempty"`     // one per direction
	Last       *Entry     `json:"last,omitempty"`      // newest entry of the history worth a line
	Next       *Upcoming  `json:"next,omitempty"`      // next thing the calendar will do
	Schedule   []Planned  `json:"schedule,omitempty"`  // planned reboots, in the order of the nodes

	Maintenance *Maintenance `json:"maintenance,omitempty"` // set while it is on
}

// Wait is something the pair waits for. Every wait has a code, a since, an end and a command that ends it.
type Wait struct {
	Code         string    `json:"code"` // entry in docs/blocked.md
	For          string    `json:"for"`  // "raspberrypi-1", "the hold", "raspberrypi-1 or for you"
	Since        time.Time `json:"since"`
	Until        time.Time `json:"until,omitzero"`          // zero: no time limit, unless LimitSeconds is set
	LimitSeconds float64   `json:"limit_seconds,omitempty"` // counted since Since and shown as "7.4 of 12.0 s"
	Note         string    `json:"note,omitempty"`          // after the count: "confirmed so far"
	Then         string    `json:"then,omitempty"`          // what happens at the end: "it is woken"
	Command      string    `json:"command"`                 // what a person can run to end it
}

// Hold is the board's side of a fence that is going on.
type Hold struct {
	Target        string    `json:"target"`                  // node being cut
	Since         time.Time `json:"since"`                   // EXTOUT read back high without a break since
	LimitSeconds  float64   `json:"limit_seconds"`           // length of the hold
	Readings      int       `json:"readings"`                // read backs so far
	High          int       `json:"high"`                    // of these, how many found EXTOUT high
	Extin         bool      `json:"extin"`                   // own EXTIN in the newest reading
	NoReturnAfter float64   `json:"no_return_after_seconds"` // second from which the hold is not given up; 0: not said
}

// Reason is one line of "why".
type Reason struct {
	Time  time.Time `json:"time,omitzero"` // printed before the text when set
	Text  string    `json:"text"`          // "{since}" in it stands for Since with its age
	Since time.Time `json:"since,omitzero"`
}

// Remedy is what a person should do, in order. One step alone is printed without a number.
type Remedy struct {
	Steps []string `json:"steps"`
	Never string   `json:"never,omitempty"` // printed after "NEVER "
	Then  string   `json:"then,omitempty"`  // printed after "Then "
}

// Node states. The daemon may add others; the renderer prints what it is given.
const (
	StateOwner       = "owner"   // owns the term and serves
	StateReady       = "ready"   // passive, able to take over
	StateStandby     = "standby" // an operator's mark: may not serve
	StateStarting    = "starting"
	StateStopping    = "stopping"
	StateWaiting     = "waiting"   // may not serve before what it waits for
	StateRebooting   = "rebooting" // as planned
	StateLeft        = "left"      // said goodbye
	StateNotHeard    = "not heard"
	StateFenced      = "fenced"      // proved or confirmed off
	StateQuarantined = "quarantined" // fenced too often
)

// Node is a row of the first table.
type Node struct {
	Name         string    `json:"name"`
	State        string    `json:"state"`
	Uplink       string    `json:"uplink"`                  // "ok", or what is wrong in a word or two; empty: unknown
	Fenceable    Tristate  `json:"fenceable"`               // could the other node cut this one
	FenceableWhy string    `json:"fenceable_why,omitempty"` // why not, or why unknown
	UpSince      time.Time `json:"up_since,omitzero"`       // kernel boot; zero: unknown
	WokenBy      string    `json:"woken_by,omitempty"`      // wake-up reason of the board in this boot
	HeardAt      time.Time `json:"heard_at,omitzero"`       // last word from it; zero for this node
	Version      string    `json:"version,omitempty"`       // of futago there
	ConfigDigest string    `json:"config_digest,omitempty"` // of the configuration there
	BootID       string    `json:"boot_id,omitempty"`       // the kernel's
}

// Tristate is an answer that may not be known.
type Tristate string

// The answers.
const (
	Yes     Tristate = "yes"
	No      Tristate = "no"
	Unknown Tristate = "unknown"
)

// Resource is a row of the second table.
type Resource struct {
	Name  string    `json:"name"`         // container name, or address with prefix length
	On    string    `json:"on,omitempty"` // node; empty: nowhere
	State string    `json:"state"`        // "healthy", "up on eth0", "stopped"
	Since time.Time `json:"since,omitzero"`
}

// Wire is a row of the third table: EXTOUT of From to EXTIN of To.
type Wire struct {
	From     string    `json:"from"`
	To       string    `json:"to"`
	Verified time.Time `json:"verified,omitzero"` // last test that passed
	NextTest time.Time `json:"next_test,omitzero"`
	FailedAt time.Time `json:"failed_at,omitzero"` // set when the last test failed
	Fault    string    `json:"fault,omitempty"`    // what that test saw
}

// Upcoming is the next thing the calendar does.
type Upcoming struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"` // "planned reboot of raspberrypi-1"
}

// Planned is the calendar of a node's planned reboots.
type Planned struct {
	Node string    `json:"node"`
	Cron string    `json:"cron,omitempty"` // five fields; empty: only when told
	Zone string    `json:"zone,omitempty"` // of the fields; "Local" is the machine's own
	Next time.Time `json:"next,omitzero"`  // zero: none, or not known
	Last *Outcome  `json:"last,omitempty"` // what became of the last
	Note string    `json:"note,omitempty"` // what keeps the calendar from firing
}

// Outcome is what became of a planned reboot.
type Outcome struct {
	Time   time.Time `json:"time"`           // the planned one
	Result string    `json:"result"`         // due, started, done, skipped or failed
	Code   string    `json:"code,omitempty"` // why it was skipped or failed
	Why    string    `json:"why,omitempty"`
}

// Maintenance is an operator's word to leave everything as it is.
type Maintenance struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // zero: until switched off
	By    string    `json:"by,omitempty"`
}

// Severity judges s for monitoring. Nobody serving is critical whatever the level says, except in maintenance, when
// an operator has taken that on. A snapshot older than StaleAfter is no knowledge.
func (s Status) Severity() Severity {
	switch {
	case s.AgeSeconds > StaleAfter.Seconds():
		return SeverityUnknown
	case s.Level == LevelFencing || s.Level == LevelBlocked:
		return SeverityCritical
	case s.Level != LevelOK && s.Level != LevelWaiting && s.Level != LevelDegraded:
		return SeverityUnknown
	case s.Maintenance != nil:
		return SeverityWarning
	case s.Serving == "":
		return SeverityCritical
	case s.Level == LevelOK:
		return SeverityOK
	default:
		return SeverityWarning
	}
}

// NodeNames lists the nodes in the order of the configuration.
func (s Status) NodeNames() []string {
	names := make([]string, 0, len(s.Nodes))
	for _, n := range s.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// Other is the node of the pair that is not name, or "" when name is not of the pair.
func (s Status) Other(name string) string {
	if len(s.Nodes) != 2 {
		return ""
	}
	switch name {
	case s.Nodes[0].Name:
		return s.Nodes[1].Name
	case s.Nodes[1].Name:
		return s.Nodes[0].Name
	}
	return ""
}
