package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

// Findings are what was seen. What was not looked at, or could not be told, is
// nil.
type Findings struct {
	Began time.Time       `json:"began"`
	Ended time.Time       `json:"ended,omitzero"`
	Own   string          `json:"own"`
	Other string          `json:"other"`
	Steps map[string]Mark `json:"steps"` // by id

	OwnAtFirst   *sleepi3.Registers `json:"own_at_first,omitempty"` // to be put back
	OtherAtFirst *sleepi3.Registers `json:"other_at_first,omitempty"`

	OwnBus   *Bus `json:"own_bus,omitempty"`
	OtherBus *Bus `json:"other_bus,omitempty"`

	ThereSeen *bool `json:"there_seen,omitempty"` // own EXTOUT reaches the other's EXTIN
	BackSeen  *bool `json:"back_seen,omitempty"`
	// InFollows is how late EXTIN was seen at most; Noise is what of it is the
	// survey's own.
	InFollows   *time.Duration `json:"in_follows_ns,omitempty"`
	Noise       time.Duration  `json:"noise_ns,omitempty"`
	CountClears *time.Duration `json:"count_clears_ns,omitempty"` // after EXTIN fell

	Boot     *time.Duration `json:"boot_ns,omitempty"`      // from the order to reboot to the hand's word
	CutAfter *time.Duration `json:"cut_after_ns,omitempty"` // EXTIN stood so long

	// Whether EXTOUT stays up when the Pi that raised it ...
	OutAfterReboot, OutAfterPanic, OutAfterCut, OutAfterWatchdog *bool

	ForcedKept     *bool `json:"forced_kept,omitempty"`      // eipde after a cut
	ForcedKeptLoss *bool `json:"forced_kept_loss,omitempty"` // eipde after the loss of the 12 V
	WatchdogKept   *bool `json:"watchdog_kept,omitempty"`    // its time-out after a cut
	// WatchdogRuns says that a kept time-out runs from power on; otherwise it waits
	// for the first heartbeat.
	WatchdogRuns *bool `json:"watchdog_runs,omitempty"`
	FlagsSticky  *bool `json:"flags_sticky,omitempty"` // wakeup_status

	WokeByItself *bool  `json:"woke_by_itself,omitempty"` // when the hold that cut it ended
	WokeByPulse  *bool  `json:"woke_by_pulse,omitempty"`
	WokeByFall   *bool  `json:"woke_by_fall,omitempty"`
	WokeByRise   *bool  `json:"woke_by_rise,omitempty"`
	Standing     string `json:"standing,omitempty"` // AtOnce, Later or StayOn
	OutIsLevel   *bool  `json:"out_is_level,omitempty"`
}

// Mark is what became of a step.
type Mark string

// The marks of steps that are over.
const (
	Done    Mark = "done"
	Skipped Mark = "skipped"
)

// Load reads the findings of an earlier run; none is no error.
func Load(path string) (*Findings, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the earlier survey: %w", err)
	}
	f := &Findings{}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("read the earlier survey %s: %w", path, err)
	}
	return f, nil
}

// save replaces the file at path in one move.
func (f *Findings) save(path string) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the findings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep the findings: %w", err)
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the findings: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep the findings: %w", err)
	}
	return nil
}

// put notes what was seen.
func put[T any](to **T, v T) { *to = &v }
