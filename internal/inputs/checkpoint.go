package inputs

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/futago-ha/futago/scheduler"
)

// Checkpoint writes a machine's whole memory. It is taken between two Steps of
// which the second is not PersistFailed: what the machine keeps to undo a Step
// is left out. Equal memories give equal bytes.
func Checkpoint(m *scheduler.Machine) []byte {
	return appendValue(nil, reflect.ValueOf(m).Elem())
}

// errEnds says that bytes go on after what they should hold.
var errEnds = errors.New("bytes are left over")

// Restore makes a machine of a checkpoint of this Schema.
func Restore(checkpoint []byte) (*scheduler.Machine, error) {
	m := new(scheduler.Machine)
	r := reader{b: checkpoint}
	r.value(reflect.ValueOf(m).Elem())
	if r.err == nil && len(r.b) > 0 {
		r.err = errEnds
	}
	if r.err != nil {
		return nil, fmt.Errorf("restore the decision's memory from %d bytes: %w", len(checkpoint), r.err)
	}
	return m, nil
}

// stored is the part of a machine's memory that is also on its disk, to be
// changed for a replay that asks what would have been.
func stored(m *scheduler.Machine) *scheduler.Disk {
	return bare(reflect.ValueOf(m).Elem().FieldByName("disk")).Addr().Interface().(*scheduler.Disk)
}
