package membership

import (
	"log/slog"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// A logBridge passes memberlist's log on at debug level. memberlist tells
// nobody but its log about packets and streams it refuses, so the bridge reads
// the lines too. Each reading is tested against a real refusal, so that a
// release with other words fails the tests.
type logBridge struct {
	logger  *slog.Logger
	trouble *reporter
	cluster string
}

var (
	labelLine  = regexp.MustCompile(`discarding (?:packet|stream) with unacceptable label ("(?:[^"\\]|\\.)*"): from=`)
	sourceTail = regexp.MustCompile(` from=(\S+)$`)
)

// Write takes one line, as package log gives it. It may be called under
// memberlist's lock.
func (b *logBridge) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	b.logger.Debug("memberlist logged", "line", text)
	b.read(text)
	return len(line), nil
}

func (b *logBridge) read(text string) {
	at, ok := sourceOf(text)
	if !ok {
		return // not about a stranger
	}
	// The label is a stranger's text and could imitate the other lines.
	if found := labelLine.FindStringSubmatch(text); found != nil {
		label, _ := strconv.Unquote(found[1])
		b.trouble.otherCluster(at, label, b.cluster)
		return
	}
	// Not exhaustive: refusalOf knows these two.
	//exhaustive:ignore
	switch refusalOf(text) {
	case KeyMismatch:
		b.trouble.keyMismatch(at)
	case NotEncrypted:
		b.trouble.notEncrypted(at)
	}
}

// refusalOf reads memberlist's words for a failed decryption, in its log as
// well as in the error of a join; "" if it is something else.
func refusalOf(text string) Code {
	switch {
	case strings.Contains(text, "no installed keys could decrypt the message"):
		return KeyMismatch
	case strings.Contains(text, "encryption is configured but remote state is not encrypted"),
		strings.Contains(text, "unsupported encryption version"):
		return NotEncrypted
	}
	return ""
}

func sourceOf(text string) (netip.Addr, bool) {
	found := sourceTail.FindStringSubmatch(text)
	if found == nil {
		return netip.Addr{}, false
	}
	source, err := netip.ParseAddrPort(found[1])
	return source.Addr().Unmap(), err == nil
}
