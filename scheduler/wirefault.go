package scheduler

// WireFault names what a test of a fence line found wrong with it, as far as the
// two boards can tell. It travels in every letter, which has little room: hence
// one character.
type WireFault string

// The faults of a line from CN5 (EXTOUT) of its node to CN4 (EXTIN) of the other.
const (
	FaultNone    WireFault = ""
	FaultOpen    WireFault = "o" // cut, or a plug out: nobody saw anything
	FaultLoose   WireFault = "l" // it works again by itself
	FaultCrossed WireFault = "x" // the far plug is in EXTOUT: that read high
	FaultLooped  WireFault = "r" // it leads back to its own node's EXTIN
	FaultShorted WireFault = "s" // it touches the other line: both EXTIN rose
	FaultDead    WireFault = "d" // EXTOUT itself did not go high, or not down again
	FaultHigh    WireFault = "h" // it stays high although EXTOUT is low; no test finds it, for EXTIN must be low before one
)

// echoFault is what it means that the own EXTIN rose with the own EXTOUT.
func (m *Machine) echoFault() WireFault {
	if m.hear.state.TestSaw == m.test.id {
		return FaultShorted
	}
	return FaultLooped
}

// missFault is what it means that the target saw nothing.
func (m *Machine) missFault() WireFault {
	if m.hear.state.TestCross == m.test.id {
		return FaultCrossed
	}
	return FaultOpen
}

// Text says the fault of the line from one node to the other.
func (f WireFault) Text(from, to string) string {
	switch f {
	case FaultNone:
		return ""
	case FaultOpen:
		return "it is cut, or a plug is out"
	case FaultLoose:
		return "it failed before, so unless somebody mended it a plug is loose"
	case FaultCrossed:
		return "swapped, its plug at " + to + " is in CN5 (EXTOUT)"
	case FaultLooped:
		return "looped, its far plug is in CN4 of " + from + " itself"
	case FaultShorted:
		return "shorted, it touches the other line"
	case FaultDead:
		return "stuck, or short to ground, or the board of " + from + " is at fault"
	case FaultHigh:
		return "stuck high, EXTIN of " + to + " stands though EXTOUT of " + from + " is low"
	}
	return "unknown fault " + string(f)
}

// Remedy is what a person has to do about the fault.
func (f WireFault) Remedy(from, to string) string {
	const again = ", then sudo futago fence test"
	switch f {
	case FaultNone, FaultOpen:
		return "mend the harness (CN5 of " + from + " -> CN4 of " + to + ")" + again
	case FaultLoose:
		return "move the plugs in CN5 of " + from + " and CN4 of " + to + again
	case FaultCrossed:
		return "put the plug in CN5 of " + to + " into its CN4" + again
	case FaultLooped:
		return "put the plug in CN4 of " + from + " into CN4 of " + to + again
	case FaultShorted:
		return "part the two lines, or replace the harness" + again
	case FaultDead:
		return "unplug CN5 of " + from + again + "; if that fails, too, the board is at fault"
	case FaultHigh:
		return "unplug CN5 of " + from + " and CN4 of " + to + ", replace the harness; if " + to + " is off: sudo futago wake " + to
	}
	return "mend the harness" + again
}
