package daemon

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

// textLimits are how many bytes the texts of a letter may take, from what is
// usual down to what always fits: why a node offers, an answer to an operator,
// who gave a command, and whether it is told what the calendar says and what the
// uplink lacks. All that is for people to read; no decision hangs on it.
var textLimits = []struct {
	why, answer, by int
	calendar        bool
}{{1200, 1200, 1200, true}, {80, 200, 40, true}, {80, 200, 40, false}, {20, 60, 20, false}, {0, 12, 0, false}}

// encodeLetter writes a letter as JSON. One that would not fit into a datagram
// is sent with its texts cut: a letter that is not sent at all is silence, and
// silence is answered with a fence.
func encodeLetter(l scheduler.Letter) ([]byte, error) {
	var data []byte
	for _, limit := range textLimits {
		l.State.Why = clip(l.State.Why, limit.why)
		if l.State.Reboot.Why = clip(l.State.Reboot.Why, limit.why); !limit.calendar {
			l.State.Reboot, l.State.Next, l.State.Lacks = scheduler.Outcome{}, time.Time{}, ""
		}
		if l.Reply != nil {
			r := *l.Reply // the machine keeps its own
			r.Text = clip(r.Text, limit.answer)
			l.Reply = &r
		}
		if l.Request != nil {
			r := *l.Request
			r.By = clip(r.By, limit.by)
			l.Request = &r
		}
		var err error
		if data, err = json.Marshal(l); err != nil {
			return nil, fmt.Errorf("encode a letter: %w", err)
		}
		if len(data) <= membership.MaxPayload {
			break
		}
	}
	return data, nil
}

// clip cuts a text and shows that it did.
func clip(text string, limit int) string {
	const mark = "..."
	switch {
	case len(text) <= limit:
		return text
	case limit < len(mark):
		return ""
	}
	return ascii(text[:limit-len(mark)]) + mark
}

func decodeLetter(data []byte) (scheduler.Letter, error) {
	var l scheduler.Letter
	if err := json.Unmarshal(data, &l); err != nil {
		return l, fmt.Errorf("decode a letter of %d bytes: %w", len(data), err)
	}
	// A zone that is not this node's would make equal times differ, and each
	// letter a change that is written to the disk.
	s := &l.State
	s.Started, s.Wire.At, s.Next, s.Reboot.At = s.Started.UTC(), s.Wire.At.UTC(), s.Next.UTC(), s.Reboot.At.UTC()
	return l, nil
}
