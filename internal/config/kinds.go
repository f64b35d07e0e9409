package config

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// kind is one type of value with its range: how to read it, and the words that tell an operator what is allowed.
type kind[T any] struct {
	allowed string
	parse   func(any) (T, error)
}

// text is a kind for what is written in quotes; parse gets the text.
func text[T any](allowed string, parse func(string) (T, error)) kind[T] {
	return kind[T]{allowed, func(v any) (T, error) {
		s, ok := v.(string)
		if !ok {
			var none T
			return none, errors.New("is " + describe(v))
		}
		return parse(s)
	}}
}

// matching is a text that fits a pattern from its first to its last character.
// The pattern is compiled when it is first needed, for the guard process needs none.
func matching(allowed, pattern string) kind[string] {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + pattern + `)\z`) })
	return text(allowed, func(s string) (string, error) {
		if !re().MatchString(s) {
			return "", errors.New("is " + describe(s))
		}
		return s, nil
	})
}

// oneOf is one of a few fixed words.
func oneOf[T ~string](words ...T) kind[T] {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(string(w))
	}
	return text(strings.Join(quoted, " or "), func(s string) (T, error) {
		if !slices.Contains(words, T(s)) {
			return "", errors.New("is " + describe(s))
		}
		return T(s), nil
	})
}

var boolean = kind[bool]{"true or false", func(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, errors.New("is " + describe(v))
	}
	return b, nil
}}

// integer is a whole number from least to most.
func integer(least, most int) kind[int] {
	return kind[int]{fmt.Sprintf("a whole number from %d to %d", least, most), func(v any) (int, error) {
		n, ok := v.(int64)
		if !ok || n < int64(least) || n > int64(most) {
			return 0, errors.New("is " + describe(v))
		}
		return int(n), nil
	}}
}

// duration is a time with its unit, from least to most.
func duration(least, most time.Duration) kind[time.Duration] {
	allowed := fmt.Sprintf("%s to %s in quotes, as in %s", short(least), short(most), quote(short(least)))
	return text(allowed, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return 0, errors.New("is " + describe(s))
		}
		return d, nil
	})
}

// orWord is kind k, or one word in its place that stands for a value k cannot have.
func orWord[T any](k kind[T], word string, value T) kind[T] {
	return kind[T]{k.allowed + "; or " + quote(word), func(v any) (T, error) {
		if v == word {
			return value, nil
		}
		return k.parse(v)
	}}
}

// absolutePath is no pattern: a thousand repetitions compile to half a megabyte.
var absolutePath = text("an absolute path of at most 1000 characters", func(s string) (string, error) {
	control := func(r rune) bool { return r < ' ' }
	if !strings.HasPrefix(s, "/") || utf8.RuneCountInString(s) > 1000 || strings.ContainsFunc(s, control) {
		return "", errors.New("is " + describe(s))
	}
	return s, nil
})

var address = text("an IPv4 or IPv6 address without zone, of one machine", func(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || !isHost(a) {
		return netip.Addr{}, errors.New("is " + describe(s))
	}
	return a.Unmap(), nil
})

// isHost tells whether a machine may have the address as its own, on every link.
func isHost(a netip.Addr) bool {
	return !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast() && a.Unmap() != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// describe names a TOML value in an operator's words; long texts are cut.
func describe(v any) string {
	const most = 60
	switch v := v.(type) {
	case string:
		if len(v) > most {
			return quote(v[:most]) + "..."
		}
		return quote(v)
	case int64:
		return "the number " + strconv.FormatInt(v, 10)
	case float64:
		return "the number " + strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	default:
		return "a date or time"
	}
}

// quote is the text as it would stand in the file, in ASCII whatever it contains.
func quote(s string) string {
	return strconv.QuoteToASCII(s)
}

// asciiOnly makes a library's message fit for an operator's terminal.
func asciiOnly(s string) string {
	q := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// short writes a duration without the zero units that Go appends: 1m, not 1m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
