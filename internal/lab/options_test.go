package lab

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

func TestDefaultsAreTheArticlesPair(t *testing.T) {
	o, err := Options{Futago: []string{"futago"}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if o.Nodes[0].Name != "raspberrypi-1" || o.Nodes[1].Addr.String() != "192.0.2.179" || o.VIP.String() != "192.0.2.215/24" {
		t.Errorf("defaults are %+v", o)
	}
	if o.BootDelay != 10*time.Second {
		t.Errorf("boot delay %s, want that of the measurements, 10 s", o.BootDelay)
	}
}

func TestBadOptionsAreAllNamed(t *testing.T) {
	o := Options{
		Name:      "No Good",
		VIP:       netip.MustParsePrefix("198.51.100.1/24"),
		Client:    netip.MustParseAddr("192.0.2.1"),
		BootDelay: -time.Second,
		Boards:    [2]board.Options{{Threshold: time.Second}},
	}
	o.Nodes[1].Name = "raspberrypi-1"
	_, err := o.withDefaults()
	if err == nil {
		t.Fatal("bad options were taken")
	}
	for _, want := range []string{"No Good", "outside the lab's subnet", "192.0.2.1 is used twice", "two different names", "board of", "-1s is negative", "neither futago"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
}
