package translate

import (
	"testing"

	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

func container(phase resources.Phase, run resources.Truth) resources.ContainerState {
	return resources.ContainerState{Name: "httpd-test", Overlap: true, Phase: phase, Running: run}
}

// TestContainersState tells an engine that does not answer from a container
// that is just being started: the latter must not make its node unable.
func TestContainersState(t *testing.T) {
	stopped := container(resources.PhaseStopped, resources.No)
	starting := container(resources.PhaseStarting, resources.Unknown)
	for _, c := range []struct {
		name   string
		in     resources.State
		before bool
		want   scheduler.ContainersState
	}{
		{
			"ready",
			resources.State{Exclusive: resources.No, Overlap: resources.No, Ready: true, Containers: []resources.ContainerState{stopped}},
			false,
			scheduler.ContainersState{Known: true, Usable: true},
		},
		{
			"starting",
			resources.State{Exclusive: resources.No, Overlap: resources.Unknown, Containers: []resources.ContainerState{starting}},
			true,
			scheduler.ContainersState{Known: true, Any: true, Usable: true},
		},
		{
			"starting what was not made",
			resources.State{Exclusive: resources.No, Overlap: resources.Unknown, Containers: []resources.ContainerState{starting}},
			false,
			scheduler.ContainersState{Known: true, Any: true, Why: "the containers are not made yet"},
		},
		{
			"exclusive starting",
			resources.State{Exclusive: resources.Unknown, Overlap: resources.No, Containers: []resources.ContainerState{starting}},
			true,
			scheduler.ContainersState{Known: true, Exclusive: true, Any: true, Usable: true},
		},
		{
			"engine hung while starting",
			resources.State{Engine: resources.EngineHung, Exclusive: resources.Unknown, Overlap: resources.Unknown, Containers: []resources.ContainerState{starting}},
			true,
			scheduler.ContainersState{Exclusive: true, Any: true, Why: "the container engine takes connections and does not answer"},
		},
		{
			"never looked",
			resources.State{Containers: []resources.ContainerState{container(resources.PhaseUnknown, resources.Unknown)}},
			true,
			scheduler.ContainersState{Exclusive: true, Any: true, Why: "the containers are not made yet"},
		},
		{
			"foreign",
			resources.State{Exclusive: resources.No, Overlap: resources.No, Containers: []resources.ContainerState{{
				Name: "httpd-test", Phase: resources.PhaseForeign, Running: resources.No, Code: resources.ContainerForeign, Detail: "a container named httpd-test existed",
			}}},
			true,
			scheduler.ContainersState{Known: true, Why: "a container named httpd-test existed"},
		},
	} {
		if got := (&Containers{usable: c.before}).Take(c.in); got != c.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
}
