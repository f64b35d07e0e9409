package explore

import "time"

// Scenarios are all of them, in the order in which they are walked.
func Scenarios() []Scenario {
	all := []Scenario{
		coldStart(), claimsDiffer(), supplyCycledInASplit(), holderPanics(), oneWayToTheServer(),
		noUplinkHeardOneWay(), bothFenced(), bothServe(),
		releaseLostOneWay(), adoption(), parity(), stateLost(), staleLeftNote(), leaving(), takerFails(),
		releaseReturned(), failedStop(), plannedReboot(),
		wireKnownBroken(), cutAt11S(), lineStuck(), busFailsInMidHold(), serverHangs(), wireTestExpired(), wireBrokeSince(),
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
