package config

import (
	"strings"
	"testing"
)

func TestAbsolutePath(t *testing.T) {
	for _, c := range []struct {
		path string
		good bool
	}{
		{"/", true},
		{"/etc/futago/key", true},
		{"/mnt/鍵 1", true},
		{"", false},
		{"etc/futago", false},
		{" /etc", false},
		{"/a\nb", false},
		{"/a\x00", false},
		{"/" + strings.Repeat("鍵", 999), true},
		{"/" + strings.Repeat("a", 1000), false},
	} {
		got, err := absolutePath.parse(c.path)
		if good := err == nil; good != c.good || good && got != c.path {
			t.Errorf("%.20q of %d bytes: got %.20q, %v", c.path, len(c.path), got, err)
		}
	}
}

// TestStartIsCheap: patterns with long repetitions are large, and every process of futago would carry them.
func TestStartIsCheap(t *testing.T) {
	if n := testing.AllocsPerRun(3, func() { matching("anything", `[a-z]{0,900}`) }); n > 20 {
		t.Errorf("a pattern that is not used yet took %v allocations", n)
	}
}
