package scheduler_test

import "testing"

// FuzzStep lets a fuzzer choose the events: no panic, parity of terms, nothing
// said before it is on disk, and each command is answered once.
func FuzzStep(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(randomBytes(seed)[:400])
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) > rideBytes {
			return
		}
		r := newRide(bytes)
		r.run()
		r.rest(answerWithin)
		r.unanswered()
		for _, fault := range r.faults {
			t.Error(fault)
		}
	})
}
