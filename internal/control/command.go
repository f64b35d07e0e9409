package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Verb names a command.
type Verb string

// The verbs, and the arguments each may carry.
const (
	VerbStandby     Verb = "standby"     // Node may not serve
	VerbUnstandby   Verb = "unstandby"   // Node may serve again
	VerbMove        Verb = "move"        // the service goes to Node
	VerbMaintenance Verb = "maintenance" // ArgState; ArgFor with on
	VerbFence       Verb = "fence"       // cut Node; ArgOff: and do not wake it
	VerbFenceTest   Verb = "fence-test"  // test both wires
	VerbWake        Verb = "wake"        // pulse Node's EXTIN
	VerbConfirmOff  Verb = "confirm-off" // the operator saw that Node has no power
	VerbReboot      Verb = "reboot"      // of Node, as planned; ArgNow: at once
	VerbClear       Verb = "clear"       // forget marks that need a person (quarantine, stuck line, failed resource)
)

// Names of arguments.
const (
	ArgState = "state" // "on" or "off"
	ArgFor   = "for"   // a Go duration, a minute to MaintenanceMax
	ArgOff   = "off"   // "true"
	ArgNow   = "now"   // "true"
)

// MaintenanceMax bounds "--for": longer is a forgotten switch.
const MaintenanceMax = 7 * 24 * time.Hour

const (
	commandBytesMax = 16 << 10
	nameBytesMax    = 64 // host names end at 63 (RFC 1035, 2.3.4)
	basisBytesMax   = 256
)

// shape says what a verb takes.
type shape struct {
	node bool                          // a node is required, otherwise forbidden
	args map[string]func(string) error // allowed arguments and their check
	need []string                      // required ones among them
}

var shapes = map[Verb]shape{
	VerbStandby:     {node: true},
	VerbUnstandby:   {node: true},
	VerbMove:        {node: true},
	VerbMaintenance: {args: map[string]func(string) error{ArgState: isOnOff, ArgFor: isMaintenance}, need: []string{ArgState}},
	VerbFence:       {node: true, args: map[string]func(string) error{ArgOff: isTrue}},
	VerbFenceTest:   {},
	VerbWake:        {node: true},
	VerbConfirmOff:  {node: true},
	VerbReboot:      {node: true, args: map[string]func(string) error{ArgNow: isTrue}},
	VerbClear:       {},
}

// Verbs lists every verb, sorted.
func Verbs() []Verb {
	verbs := make([]Verb, 0, len(shapes))
	for v := range shapes {
		verbs = append(verbs, v)
	}
	slices.Sort(verbs)
	return verbs
}

// DecodeCommand reads exactly one command: unknown fields, a second value and more than 16 KiB are refused, and so is
// a command that Validate refuses.
func DecodeCommand(r io.Reader) (Command, error) {
	var c Command
	body, err := io.ReadAll(io.LimitReader(r, commandBytesMax+1))
	if err != nil {
		return c, fmt.Errorf("read command: %w", err)
	}
	if len(body) > commandBytesMax {
		return c, fmt.Errorf("read command: longer than %d bytes", commandBytesMax)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("decode command: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return c, errors.New("decode command: more after the command")
	}
	return c, c.Validate()
}

// Validate checks everything about c that can be known without the pair: the verb, and what it takes.
func (c Command) Validate() error {
	s, ok := shapes[c.Verb]
	if !ok {
		return fmt.Errorf("no verb %.32q; there are %v", string(c.Verb), Verbs())
	}
	if err := s.checkNode(c); err != nil {
		return err
	}
	if len(c.Basis) > basisBytesMax {
		return fmt.Errorf("%s: basis longer than %d bytes", c.Verb, basisBytesMax)
	}
	for _, name := range s.need {
		if c.Args[name] == "" {
			return fmt.Errorf("%s: argument %q is missing", c.Verb, name)
		}
	}
	for name, value := range c.Args {
		check, ok := s.args[name]
		if !ok {
			return fmt.Errorf("%s takes no argument %.32q", c.Verb, name)
		}
		if err := check(value); err != nil {
			return fmt.Errorf("%s: argument %q: %w", c.Verb, name, err)
		}
	}
	if c.Args[ArgState] == "off" && c.Args[ArgFor] != "" {
		return fmt.Errorf("%s off takes no argument %q", c.Verb, ArgFor)
	}
	return nil
}

func (s shape) checkNode(c Command) error {
	switch {
	case s.node && c.Node == "":
		return fmt.Errorf("%s: node is missing", c.Verb)
	case !s.node && c.Node != "":
		return fmt.Errorf("%s takes no node", c.Verb)
	case len(c.Node) > nameBytesMax:
		return fmt.Errorf("%s: node name longer than %d bytes", c.Verb, nameBytesMax)
	}
	return nil
}

// CheckNode says whether name is one of the pair's nodes, and if not, which there are.
func CheckNode(name string, nodes []string) error {
	if slices.Contains(nodes, name) {
		return nil
	}
	return fmt.Errorf("no node %.64q; the nodes are %s", name, strings.Join(nodes, " and "))
}

func isTrue(v string) error {
	if v != "true" {
		return fmt.Errorf("%.32q is not \"true\"", v)
	}
	return nil
}

func isOnOff(v string) error {
	if v != "on" && v != "off" {
		return fmt.Errorf("%.32q is neither \"on\" nor \"off\"", v)
	}
	return nil
}

func isMaintenance(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil {
		return fmt.Errorf("%.32q is no duration such as 90m or 2h", v)
	}
	if d < time.Minute || d > MaintenanceMax {
		return fmt.Errorf("%.32q is not within 1m and %.0fh", v, MaintenanceMax.Hours())
	}
	return nil
}
