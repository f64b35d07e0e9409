package inputs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Head says of a block where it comes from. It is kept as JSON, so that also
// another version of futago, and strings(1), can read it.
type Head struct {
	Node     string            `json:"node"`
	Peer     string            `json:"peer"`
	Software string            `json:"software"` // version of the futago that decided
	Schema   string            `json:"schema"`   // the Schema of that version
	Boot     string            `json:"boot"`     // kernel boot id
	Now      scheduler.Instant `json:"now"`      // when the block began
	Wall     time.Time         `json:"wall"`     // and by the wall clock
	After    uint64            `json:"after"`    // number of the block that it continues; 0: nothing recorded is right before it
}

// Block is a row of steps without a gap, and the memory they began with.
type Block struct {
	ID         uint64
	Head       Head
	Steps      []Step
	Damaged    error // why the steps end before those that were recorded, if they do
	checkpoint []byte
}

// errTorn says that frames of a block are missing.
var errTorn = errors.New("a part of the record is missing or damaged")

// VersionError says that another version of futago made a record, and that this
// one cannot decide in its place.
type VersionError struct {
	Software string // empty: later than this version, which cannot even read which
	Format   byte
}

func (e VersionError) Error() string {
	if e.Software == "" {
		return fmt.Sprintf("a later futago recorded this, in format %d; this one reads format %d", e.Format, version)
	}
	return fmt.Sprintf("futago %s recorded this, whose decision keeps other things in mind than this version; replay it with futago %s", e.Software, e.Software)
}

func headPayload(h Head, checkpoint []byte) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the head of a block: %w", err)
	}
	b := binary.AppendUvarint(nil, uint64(len(text)))
	return append(append(b, text...), checkpoint...), nil
}

func readHead(payload []byte) (h Head, checkpoint []byte, err error) {
	r := reader{b: payload}
	text := r.take(r.length())
	if r.err == nil {
		r.err = json.Unmarshal(text, &h)
	}
	if r.err != nil {
		return h, nil, fmt.Errorf("read the head of a block: %w", r.err)
	}
	return h, r.b, nil
}

// blockOf makes a block of its frames, of which the first begins it.
func blockOf(frames []frame) (Block, error) {
	first := frames[0]
	if first.version != version {
		return Block{}, VersionError{Format: first.version}
	}
	h, checkpoint, err := readHead(first.payload)
	if err != nil {
		return Block{}, err
	}
	b := Block{ID: first.block, Head: h, checkpoint: checkpoint}
	if h.Schema != Schema() {
		return b, VersionError{Software: h.Software}
	}
	c := newCoder(h.Now)
	for i, f := range frames[1:] {
		if f.index != uint32(i+1) {
			b.Damaged = errTorn
			break
		}
		steps, err := c.readSteps(f.payload)
		b.Steps = append(b.Steps, steps...)
		if err != nil {
			b.Damaged = err
			break
		}
	}
	return b, nil
}
