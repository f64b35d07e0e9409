package sleepi3_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

func parse(text string) (sleepi3.Defaults, error) {
	return sleepi3.ParseDefaults("sleepi3", strings.NewReader(text))
}

func TestParseDefaults(t *testing.T) {
	got, err := parse(`#
# a board with both switches set and everything else changed
#
RTC_DEVICE=rtc0
HCTOSYS=yes
I2C_ADDRESS=0x6b
I2C_BUS=3
  EXTIN_FORCED_SHUTDOWN="1"
HEARTBEAT_TIMEOUT=0
RETRY_BOOT='0'
BOOT_TIMEOUT=255
POWEROFF_DELAY=0
`)
	want := sleepi3.Defaults{Addr: 0x6B, Bus: 3, ForcedShutdown: true, BootTimeout: 255 * time.Second}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestParseDefaultsOfNothing(t *testing.T) {
	got, err := parse("")
	if err != nil || got != sleepi3.VendorDefaults() {
		t.Errorf("got %+v, %v", got, err)
	}
	if got.Addr != 0x6E || got.Bus != 1 || got.HeartbeatTimeout != time.Minute || got.ForcedShutdown {
		t.Errorf("vendor's defaults = %+v", got)
	}
}

func TestParseDefaultsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"I2C_ADDRESS=0x6F":                      `sleepi3:1: I2C_ADDRESS: "0x6F": allowed are 0x6E, 0x6D and 0x6B`,
		"I2C_ADDRESS=":                          "allowed are 0x6E",
		"I2C_BUS=-1":                            "allowed are 0 to 255",
		"I2C_BUS=256":                           "allowed are 0 to 255",
		"\n\nHEARTBEAT_TIMEOUT=256":             "sleepi3:3: HEARTBEAT_TIMEOUT",
		"HEARTBEAT_TIMEOUT=1m":                  "allowed are 0 to 255",
		"BOOT_TIMEOUT=+5":                       "allowed are 0 to 255",
		"EXTIN_FORCED_SHUTDOWN=yes":             "allowed are 0 and 1",
		"RETRY_BOOT=2":                          "allowed are 0 and 1",
		"RETRY_BOOT=1 # comment":                "not allowed in a value",
		"RETRY_BOOT=\"1":                        "not closed",
		"RETRY_BOOT=\"":                         "not closed",
		"RETRY_BOOT=$X":                         "not allowed in a value",
		"RETRY_BOOT=1\nRETRY_BOOT=0":            "sleepi3:2: RETRY_BOOT is already set in line 1",
		"what is this":                          "want KEY=VALUE",
		"=1":                                    "want KEY=VALUE",
		"export RETRY_BOOT=1":                   "want KEY=VALUE",
		"RETRY_BOOT =1":                         "want KEY=VALUE",
		"A=" + strings.Repeat("x", 5000):        "sleepi3:1: bufio.Scanner: token too long",
		strings.Repeat("#\n", 10001):            "more than 10000 lines",
		"RETRY_BOOT=7\nI2C_BUS=x\nBOOT_TIMEOUT": "sleepi3:3:",
	} {
		_, err := parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error %v, want %q in it", text, err, want)
		}
	}
}

func TestParseDefaultsReportsAll(t *testing.T) {
	_, err := parse("RETRY_BOOT=7\nI2C_BUS=x\n\nBOOT_TIMEOUT\n")
	if err == nil {
		t.Fatal("no error")
	}
	for _, place := range []string{"sleepi3:1:", "sleepi3:2:", "sleepi3:4:"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%v: misses %s", err, place)
		}
	}
}

func FuzzParseDefaults(f *testing.F) {
	f.Add("I2C_ADDRESS=0x6E\nHEARTBEAT_TIMEOUT=60\n")
	f.Add("I2C_ADDRESS='6d'\n#\n;\nX=\"\"")
	f.Add("=\n\"'\x00")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parse(text)
		if err != nil {
			if d != (sleepi3.Defaults{}) {
				t.Errorf("values %+v beside error %v", d, err)
			}
			return
		}
		if _, err := sleepi3.New(nil, sleepi3.Opts{Addr: d.Addr}); err != nil {
			t.Errorf("accepted an address that New refuses: %v", err)
		}
		for _, s := range []time.Duration{d.HeartbeatTimeout, d.BootTimeout, d.PoweroffDelay} {
			if s < 0 || s > 255*time.Second {
				t.Errorf("accepted %s", s)
			}
		}
		if d.Bus < 0 || d.Bus > 255 {
			t.Errorf("accepted bus %d", d.Bus)
		}
	})
}
