package inputs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/futago-ha/futago/scheduler"
)

var (
	timeType    = reflect.TypeFor[time.Time]()
	zoneType    = reflect.TypeFor[*time.Location]()
	machineType = reflect.TypeFor[scheduler.Machine]()
)

// appendValue appends a value, all fields in their order, also those that are
// not exported. Equal values give equal bytes. Two things are left out: what an
// interface holds, and a machine behind a pointer. Both are the machine's means
// to undo a Step, which are dead at the instants at which a checkpoint is taken.
//
// Numbers are varints, texts and slices have their length in front, a time is
// its instant without its zone, and a zone is its name.
func appendValue(b []byte, v reflect.Value) []byte {
	// Not exhaustive: a value of another kind panics below.
	//exhaustive:ignore
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.String:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...)
	case reflect.Struct:
		if v.Type() == timeType {
			return appendTime(b, bare(v).Interface().(time.Time))
		}
		for i := range v.NumField() {
			b = appendValue(b, v.Field(i))
		}
		return b
	case reflect.Array:
		return appendElements(b, v)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, 0)
		}
		return appendElements(binary.AppendUvarint(b, uint64(v.Len())+1), v)
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem() == machineType {
			return append(b, 0)
		}
		if v.Type() == zoneType {
			return appendValue(append(b, 1), reflect.ValueOf(bare(v).Interface().(*time.Location).String()))
		}
		return appendValue(append(b, 1), v.Elem())
	case reflect.Interface:
		return b
	}
	panic("inputs: there is no way to keep a " + v.Type().String())
}

func appendElements(b []byte, v reflect.Value) []byte {
	for i := range v.Len() {
		b = appendValue(b, v.Index(i))
	}
	return b
}

// appendTime keeps the instant; the zone and the monotonic reading are how a
// process shows and measures it, and no decision may hang on them.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(binary.AppendVarint(append(b, 1), t.Unix()), uint64(t.Nanosecond()))
}

// bare is v without the guard of a field that is not exported: reading times
// and restoring a machine needs it. v must be addressable where it is guarded.
func bare(v reflect.Value) reflect.Value {
	if v.CanInterface() {
		return v
	}
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// errShort says that bytes end before what they should hold.
var errShort = errors.New("too short")

// reader takes values back from bytes. The first error stays.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) uvarint() uint64 {
	n, used := binary.Uvarint(r.b)
	if used <= 0 {
		r.fail(errShort)
		return 0
	}
	r.b = r.b[used:]
	return n
}

func (r *reader) varint() int64 {
	n, used := binary.Varint(r.b)
	if used <= 0 {
		r.fail(errShort)
		return 0
	}
	r.b = r.b[used:]
	return n
}

// length is a count of things that take at least a byte each.
func (r *reader) length() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail(errShort)
		return 0
	}
	return int(n)
}

// take returns the next n bytes, which are not copied.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail(errShort)
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) flag() bool {
	b := r.take(1)
	if r.err != nil {
		return false
	}
	if b[0] > 1 {
		r.fail(fmt.Errorf("a yes or no is %d", b[0]))
	}
	return b[0] == 1
}

// value reads into v what appendValue wrote of one like it.
func (r *reader) value(v reflect.Value) {
	if r.err != nil {
		return
	}
	v = bare(v)
	// Not exhaustive: a value of another kind panics below.
	//exhaustive:ignore
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.flag())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := r.varint()
		if v.OverflowInt(n) {
			r.fail(fmt.Errorf("%d is no %s", n, v.Type()))
			return
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := r.uvarint()
		if v.OverflowUint(n) {
			r.fail(fmt.Errorf("%d is no %s", n, v.Type()))
			return
		}
		v.SetUint(n)
	case reflect.String:
		v.SetString(string(r.take(r.length())))
	case reflect.Struct:
		r.fields(v)
	case reflect.Array:
		r.elements(v)
	case reflect.Slice:
		r.slice(v)
	case reflect.Pointer:
		if r.flag() {
			r.pointer(v)
		}
	case reflect.Interface: // left out
	}
}

// pointer reads what v is to point to. A zone is looked up where it is read: its
// rules are those of that machine.
func (r *reader) pointer(v reflect.Value) {
	if v.Type() != zoneType {
		v.Set(reflect.New(v.Type().Elem()))
		r.value(v.Elem())
		return
	}
	name := string(r.take(r.length()))
	zone, err := time.LoadLocation(name)
	if err != nil && r.err == nil {
		r.fail(fmt.Errorf("the time zone %q: %w", name, err))
	}
	if r.err == nil {
		v.Set(reflect.ValueOf(zone))
	}
}

func (r *reader) fields(v reflect.Value) {
	if v.Type() == timeType {
		v.Set(reflect.ValueOf(r.time()))
		return
	}
	for i := range v.NumField() {
		r.value(v.Field(i))
	}
}

func (r *reader) elements(v reflect.Value) {
	for i := range v.Len() {
		r.value(v.Index(i))
	}
}

func (r *reader) slice(v reflect.Value) {
	n := r.uvarint()
	if n == 0 || r.err != nil {
		return
	}
	if n-1 > uint64(len(r.b)) {
		r.fail(errShort)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), int(n-1), int(n-1)))
	r.elements(v)
}

func (r *reader) time() time.Time {
	if !r.flag() {
		return time.Time{}
	}
	sec, nsec := r.varint(), r.uvarint()
	if nsec >= uint64(time.Second) {
		r.fail(fmt.Errorf("%d ns in a second", nsec))
	}
	if r.err != nil {
		return time.Time{}
	}
	return time.Unix(sec, int64(nsec)).UTC()
}
