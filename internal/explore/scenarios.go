package explore

import "time"

// Scenarios are all of them, in the order in which they are walked.
func Scenarios() []Scenario {
	all := []Scenario{
		coldStart(), claimsDiffer(), releaseLostOneWay(), supplyCycledInASplit(), holderPanics(),
		adoption(), parity(), stateLost(), staleLeftNote(), oneWayToTheServer(),
		wireKnownBroken(), cutAt11S(), lineStuck(), noUplinkHeardOneWay(), busFailsInMidHold(),
		takerFails(), bothFenced(), wireTestExpired(), failedStop(), plannedReboot(),
	}
	for i := range all {
		all[i] = all[i].filled()
	}
	return all
}

// filled has the usual bounds where none are given.
func (p Scenario) filled() Scenario {
	if p.Horizon == 0 {
		p.Horizon = 40 * time.Second
	}
	if p.HealWithin == 0 {
		p.HealWithin = 5 * time.Minute
	}
	p.Faults, p.Mends, p.Delays = mostOfEach, 2, 2
	return p
}
