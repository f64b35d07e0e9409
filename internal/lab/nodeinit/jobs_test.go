package nodeinit

import "testing"

func TestJobList(t *testing.T) {
	var j jobList
	if got := j.list(); got != "" {
		t.Errorf("a new list holds %q", got)
	}
	restarted := j.begin("futago", "restart")
	j.begin("futago", "status")()
	if got := j.list(); got != "1 futago.service restart running" {
		t.Errorf("during a restart: %q", got)
	}
	if !j.beginEnd("reboot") || j.beginEnd("poweroff") {
		t.Error("of two ends the first one wins")
	}
	if got := j.list(); got != "1 futago.service restart running\n2 reboot.target start running" {
		t.Errorf("restart and reboot: %q", got)
	}
	restarted()
	if got := j.list(); got != "2 reboot.target start running" {
		t.Errorf("after the restart: %q", got)
	}
}
