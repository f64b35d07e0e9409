package inputs

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"sync"

	"github.com/futago-ha/futago/scheduler"
)

// events are the kinds of inputs; a kind's number in the record is its place
// here. The tests hold the list against the source of package scheduler.
var events = []reflect.Type{
	reflect.TypeFor[scheduler.Tick](),
	reflect.TypeFor[scheduler.Received](),
	reflect.TypeFor[scheduler.Lines](),
	reflect.TypeFor[scheduler.Link](),
	reflect.TypeFor[scheduler.Slept](),
	reflect.TypeFor[scheduler.Uplink](),
	reflect.TypeFor[scheduler.Board](),
	reflect.TypeFor[scheduler.HoldProgress](),
	reflect.TypeFor[scheduler.HoldEnded](),
	reflect.TypeFor[scheduler.Pulsed](),
	reflect.TypeFor[scheduler.Probed](),
	reflect.TypeFor[scheduler.ContainersState](),
	reflect.TypeFor[scheduler.ContainersDone](),
	reflect.TypeFor[scheduler.ContainersFailed](),
	reflect.TypeFor[scheduler.VIPState](),
	reflect.TypeFor[scheduler.VIPDone](),
	reflect.TypeFor[scheduler.VIPContested](),
	reflect.TypeFor[scheduler.Command](),
	reflect.TypeFor[scheduler.StopRequested](),
	reflect.TypeFor[scheduler.ShutdownAnnounced](),
	reflect.TypeFor[scheduler.Reconfigured](),
	reflect.TypeFor[scheduler.PersistFailed](),
}

// kindTick is the place of Tick, which is written in a way of its own.
const kindTick = 0

var eventKinds = sync.OnceValue(func() map[reflect.Type]int {
	kinds := make(map[reflect.Type]int, len(events))
	for i, t := range events {
		kinds[t] = i
	}
	return kinds
})

// Schema names the shape of everything that is kept: the machine's memory, the
// events, the notes. A record of another shape was made by another version of
// futago, whose memory this one cannot take over.
var Schema = sync.OnceValue(func() string {
	h := fnv.New64a()
	describe(h, machineType, map[reflect.Type]bool{})
	for _, t := range append(events, reflect.TypeFor[scheduler.Note]()) {
		describe(h, t, map[reflect.Type]bool{})
	}
	return hex.EncodeToString(h.Sum(nil))
})

// describe writes a type out, down to the names and kinds of its fields.
func describe(w io.Writer, t reflect.Type, open map[reflect.Type]bool) {
	fmt.Fprintf(w, "%s=%s", t.Name(), t.Kind())
	if t == timeType || t == zoneType || open[t] {
		return
	}
	open[t] = true
	defer delete(open, t)
	// Not exhaustive: values of the other kinds hold no others.
	//exhaustive:ignore
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			fmt.Fprintf(w, ";%s:", t.Field(i).Name)
			describe(w, t.Field(i).Type, open)
		}
	case reflect.Array, reflect.Slice, reflect.Pointer:
		if t.Kind() == reflect.Array {
			fmt.Fprint(w, t.Len())
		}
		describe(w, t.Elem(), open)
	}
}
