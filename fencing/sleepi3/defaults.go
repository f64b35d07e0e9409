package sleepi3

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// DefaultsPath is where the vendor's utilities keep their settings.
const DefaultsPath = "/etc/default/sleepi3"

const (
	maxDefaultsLine  = 4096
	maxDefaultsLines = 10000
	maxBus           = 255
)

// Defaults are the settings of the vendor's utilities that futago heeds.
type Defaults struct {
	Addr             uint16        // I2C_ADDRESS
	Bus              int           // I2C_BUS: /dev/i2c-N, 0 to 255
	ForcedShutdown   bool          // EXTIN_FORCED_SHUTDOWN: armed at each boot by the vendor's service
	HeartbeatTimeout time.Duration // HEARTBEAT_TIMEOUT: 0 is off
	RetryBoot        bool          // RETRY_BOOT: rste around a shutdown
	BootTimeout      time.Duration // BOOT_TIMEOUT: watchdog around a reboot, 0 is off
	PoweroffDelay    time.Duration // POWEROFF_DELAY: 0 is never
}

// VendorDefaults are the values that hold where the file has none.
func VendorDefaults() Defaults {
	return Defaults{
		Addr: DefaultAddr, Bus: 1, HeartbeatTimeout: time.Minute, RetryBoot: true,
		BootTimeout: 90 * time.Second, PoweroffDelay: 10 * time.Second,
	}
}

// ParseDefaults reads the lines of /etc/default/sleepi3: KEY=VALUE, blank lines
// and comments on lines of their own. Values may be quoted. Keys that futago
// does not need are only checked for their form; a key given twice, a value out
// of range and any other line are errors, all of them reported at once with
// name and line.
func ParseDefaults(name string, r io.Reader) (Defaults, error) {
	d := VendorDefaults()
	var errs []error
	seen := make(map[string]int)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxDefaultsLine)
	n := 0
	for lines.Scan() {
		n++
		if n > maxDefaultsLines {
			return Defaults{}, fmt.Errorf("%s: more than %d lines", name, maxDefaultsLines)
		}
		if err := d.line(lines.Text(), n, seen); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, n, err))
		}
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s:%d: %w", name, n+1, err))
	}
	if len(errs) > 0 {
		return Defaults{}, errors.Join(errs...)
	}
	return d, nil
}

func (d *Defaults) line(line string, n int, seen map[string]int) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return nil
	}
	key, value, ok := strings.Cut(line, "=")
	if !ok || !validKey(key) {
		return fmt.Errorf("%q: want KEY=VALUE", line)
	}
	if first := seen[key]; first != 0 {
		return fmt.Errorf("%s is already set in line %d", key, first)
	}
	seen[key] = n
	value, err := unquote(value)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return d.set(key, value)
}

func validKey(key string) bool {
	for i, c := range []byte(key) {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return key != ""
}

// unquote takes one pair of quotes away. What a shell would expand or what the
// vendor's own reader takes otherwise is refused.
func unquote(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if q := s[0]; q == '"' || q == '\'' {
		if len(s) < 2 || s[len(s)-1] != q {
			return "", fmt.Errorf("%s: the quote is not closed", s)
		}
		s = s[1 : len(s)-1]
	}
	if strings.ContainsAny(s, "\"'$`\\#") {
		return "", fmt.Errorf("%q: quotes, comments and expansions are not allowed in a value", s)
	}
	return s, nil
}

func (d *Defaults) set(key, value string) (err error) {
	switch key {
	case "I2C_ADDRESS":
		d.Addr, err = parseAddr(value)
	case "I2C_BUS":
		d.Bus, err = parseInt(value, maxBus)
	case "EXTIN_FORCED_SHUTDOWN":
		d.ForcedShutdown, err = parseFlag(value)
	case "HEARTBEAT_TIMEOUT":
		d.HeartbeatTimeout, err = parseSeconds(value)
	case "RETRY_BOOT":
		d.RetryBoot, err = parseFlag(value)
	case "BOOT_TIMEOUT":
		d.BootTimeout, err = parseSeconds(value)
	case "POWEROFF_DELAY":
		d.PoweroffDelay, err = parseSeconds(value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// parseAddr reads hex with or without 0x, as the vendor's utilities do.
func parseAddr(s string) (uint16, error) {
	digits := strings.TrimPrefix(strings.ToLower(s), "0x")
	v, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || !validAddr(uint16(v)) {
		return 0, fmt.Errorf("%q: allowed are 0x6E, 0x6D and 0x6B", s)
	}
	return uint16(v), nil
}

func parseInt(s string, limit int) (int, error) {
	v, err := strconv.ParseUint(s, 10, 16)
	if err != nil || int(v) > limit {
		return 0, fmt.Errorf("%q: allowed are 0 to %d", s, limit)
	}
	return int(v), nil
}

func parseSeconds(s string) (time.Duration, error) {
	v, err := parseInt(s, 255)
	return time.Duration(v) * time.Second, err
}

func parseFlag(s string) (bool, error) {
	if s != "0" && s != "1" {
		return false, fmt.Errorf("%q: allowed are 0 and 1", s)
	}
	return s == "1", nil
}
