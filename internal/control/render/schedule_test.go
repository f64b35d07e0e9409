package render

import (
	"os"
	"testing"

	"github.com/futago-ha/futago/internal/control"
)

func TestSchedule(t *testing.T) {
	st := healthy()
	st.Schedule = []control.Planned{
		{
			Node: one, Cron: "0 3 * * *", Zone: "Asia/Tokyo", Next: at("03:00:00").Add(day).UTC(),
			Last: &control.Outcome{Time: at("03:00:00").UTC(), Result: "done"},
		},
		{
			Node: two, Cron: "0 4 * * 1-5", Note: "The clock of " + two + " is not synchronised: no planned time fires. See: timedatectl",
			Last: &control.Outcome{Time: at("04:00:00").UTC(), Result: "skipped", Code: "STANDBY", Why: one + " is not ready (STANDBY)"},
		},
	}
	const path = "testdata/schedule.txt"
	got := Schedule(st, at("14:03:20"), 80)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if none := Schedule(control.Status{Schedule: []control.Planned{{Node: one}}}, at("14:03:20"), 10); none == "" {
		t.Error("nothing drawn where nothing is planned")
	}
}
