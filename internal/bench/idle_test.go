package bench

import (
	"strings"
	"testing"
	"time"
)

const procText = `42 (fu) ta go) S 1 42 42 0 -1 4194560 1000 0 3 0 120 35 0 0 20 0 9 0 12345 1268961280 5000 18446744073709551615 0
00400000-7ffd2000 ---p 00000000 00:00 0                          [rollup]
Rss:               19800 kB
Pss:               13700 kB
Pss_Anon:           7000 kB
Pss_File:           6700 kB
Pss_Shmem:             0 kB
`

func TestReadUsage(t *testing.T) {
	got, err := readUsage(procText)
	if want := (usage{ticks: 155, anonymous: 7000 * 1024, file: 6700 * 1024}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestReadUsageOfWhatIsNone(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "0 fields"},
		{"42 (futago) S 1 2 3\n", "fields after the name"},
		{strings.Replace(procText, "120 35", "120 x", 1), "times of /proc/PID/stat"},
		{strings.Replace(procText, "Pss_Anon", "Anon", 1), "no Pss_Anon:"},
		{strings.Replace(procText, "6700 kB", "many kB", 1), "smaps_rollup"},
	} {
		if got, err := readUsage(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %+v, %v, want an error with %q", got, err, c.want)
		}
	}
}

func TestCPUShare(t *testing.T) {
	if got := cpuShare(60, time.Minute); got != 1 {
		t.Errorf("60 ticks of 10 ms in a minute: got %v %%, want 1", got)
	}
}
