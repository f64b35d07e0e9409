package story

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/futago-ha/futago/scheduler"
)

// said are the words for a field of what a node says of itself: with the
// field's value, and empty where that is not worth a word.
var said = map[string]func(s *scheduler.State) string{
	"Known":   func(s *scheduler.State) string { return either(s.Known, "", "it has not looked yet what runs there") },
	"Term":    func(s *scheduler.State) string { return fmt.Sprintf("term %d is the highest", s.Term) },
	"Own":     func(s *scheduler.State) string { return number(s.Own, "it owns term %d", "it owns no term") },
	"Serving": func(s *scheduler.State) string { return either(s.Serving, "it serves", "it does not serve") },
	"Healthy": func(s *scheduler.State) string {
		return either(s.Healthy, "clients get answers", "clients get no answers")
	},
	"Released": func(s *scheduler.State) string { return number(s.Released, "it released term %d", "") },
	"Returned": func(s *scheduler.State) string { return number(s.Returned, "it gave term %d back", "") },
	"Leading":  func(s *scheduler.State) string { return number(s.Leading, "it is releasing term %d", "") },
	"StopFail": func(s *scheduler.State) string {
		return number(s.StopFail, "it cannot stop what runs under term %d", "")
	},
	"Holding":   func(s *scheduler.State) string { return either(s.Holding, "its line is up", "its line is down") },
	"TurnOff":   func(s *scheduler.State) string { return either(s.TurnOff, "this node is to stay off", "") },
	"Offer":     func(s *scheduler.State) string { return number(s.Offer, "it offers term %d", "it offers nothing") },
	"Ask":       func(s *scheduler.State) string { return number(s.Ask, "it asks for term %d", "it asks for nothing") },
	"OnOffer":   func(s *scheduler.State) string { return either(s.OnOffer, "because that was offered", "") },
	"Refuse":    func(s *scheduler.State) string { return quoted(s.Refuse, "it refuses", "it refuses nothing") },
	"Ready":     func(s *scheduler.State) string { return either(s.Ready, "it is ready", "it is not ready") },
	"NotReady":  func(s *scheduler.State) string { return quoted(s.NotReady, "not ready because of", "") },
	"Standby":   func(s *scheduler.State) string { return either(s.Standby, "it is on standby", "it is not on standby") },
	"Maint":     func(s *scheduler.State) string { return either(s.Maint, "maintenance is on", "maintenance is off") },
	"MaintMark": func(*scheduler.State) string { return "" },
	"MaintUntil": func(s *scheduler.State) string {
		return either(s.MaintUntil.IsZero(), "maintenance has no end", "maintenance has an end")
	},
	"Quarantine": func(s *scheduler.State) string {
		return either(s.Quarantine, "it keeps this node in quarantine", "no quarantine")
	},
	"Uplink": func(s *scheduler.State) string { return either(s.Uplink, "its uplink is good", "it has no uplink") },
	"Lacks":  func(s *scheduler.State) string { return quoted(s.Lacks, "its uplink lacks", "") },
	"Fenceable": func(s *scheduler.State) string {
		return either(s.Fenceable, "it can be cut", "it cannot be cut"+because(s.Unarmed))
	},
	"AckUnarm": func(s *scheduler.State) string {
		return either(s.AckUnarm, "it knows that this node cannot be cut", "")
	},
	"Unwatched": func(s *scheduler.State) string {
		return either(s.Unwatched, "no watchdog guards its line", "a watchdog guards its line")
	},
	"AckLeft": func(s *scheduler.State) string { return either(s.AckLeft != 0, "it knows that this node goes", "") },
	"Trusts":  func(s *scheduler.State) string { return either(s.Trusts, "its disk says that this node left", "") },
	"TestAsk": func(s *scheduler.State) string { return either(s.TestAsk != 0, "it asks to test its line", "") },
	"TestOK": func(s *scheduler.State) string {
		return either(s.TestOK != 0, "it is ready for a test of the line", "")
	},
	"TestSaw":    func(s *scheduler.State) string { return either(s.TestSaw != 0, "it saw the pulse of the test", "") },
	"TestMissed": func(s *scheduler.State) string { return either(s.TestMissed != 0, "it saw no pulse of the test", "") },
	"TestCross": func(s *scheduler.State) string {
		return either(s.TestCross != 0, "its own output read high in the test", "")
	},
	"Unarmed": func(*scheduler.State) string { return "" },
	"Within": func(s *scheduler.State) string {
		return either(s.Within != 0, "and is back within "+span(s.Within), "")
	},
	"Why":      func(s *scheduler.State) string { return quoted(s.Why, "because", "") },
	"Wire":     func(s *scheduler.State) string { return "its line " + wireText[s.Wire.Result] },
	"Software": func(s *scheduler.State) string { return "it runs futago " + s.Software },
	"Digest":   func(s *scheduler.State) string { return "its configuration has the digest " + s.Digest },
	"Next": func(s *scheduler.State) string {
		return either(s.Next.IsZero(), "it plans no reboot", "it plans a reboot")
	},
	"Reboot":  func(s *scheduler.State) string { return quoted(string(s.Reboot.Result), "its planned reboot is", "") },
	"Started": func(*scheduler.State) string { return "" },
	"Woken":   func(s *scheduler.State) string { return quoted(s.Woken, "it was woken by", "") },
	"Leaving": func(s *scheduler.State) string { return quoted(string(s.Leaving), "it goes away:", "it stays") },
}

// brief are the fields worth telling of a whole state.
var brief = []string{"Serving", "Own", "Uplink", "Ready", "Fenceable"}

// Words tells what a node says of itself, the main part of it.
func Words(s scheduler.State) []string {
	var list []string
	for _, field := range brief {
		list = append(list, said[field](&s))
	}
	if s.Leaving != scheduler.Staying {
		list = append(list, said["Leaving"](&s))
	}
	return list
}

// changes tells every field that differs.
func changes(was, is scheduler.State) []string {
	if was == is {
		return nil
	}
	var list []string
	a, b := reflect.ValueOf(was), reflect.ValueOf(is)
	for i := range a.NumField() {
		if a.Field(i).Equal(b.Field(i)) {
			continue
		}
		name := a.Type().Field(i).Name
		word := strings.ToLower(name) + " " + fmt.Sprint(b.Field(i))
		if known := said[name]; known != nil {
			word = known(&is)
		}
		if word != "" {
			list = append(list, word)
		}
	}
	return list
}

func number(n uint64, some, none string) string {
	if n == 0 {
		return none
	}
	return fmt.Sprintf(some, n)
}

func quoted(text, some, none string) string {
	if text == "" {
		return none
	}
	return some + " " + text
}

var wireText = map[scheduler.WireResult]string{
	scheduler.WireUntested: "was never tested", scheduler.WirePassed: "passed its test", scheduler.WireFailed: "failed its test",
}
