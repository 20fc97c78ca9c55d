package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// flag is true or false as Go programs read them: 1, t, true and their opposites.
func flag(field func(*Config) *bool) value { return flagThat(field, true) }

// inverse is a flag that is true where the field is false.
func inverse(field func(*Config) *bool) value { return flagThat(field, false) }

// flagThat is a flag that is true where the field is means.
func flagThat(field func(*Config) *bool, means bool) value {
	return value{
		set: func(c *Config, s string) error {
			b, err := strconv.ParseBool(s)
			if err != nil {
				return fmt.Errorf("%q is neither true nor false", s)
			}
			*field(c) = b == means
			return nil
		},
		show: func(c *Config) string { return strconv.FormatBool(*field(c) == means) },
	}
}

// words is a comma-separated list in which nothing is empty.
func words(field func(*Config) *[]string) value {
	v := list(field)
	v.set = func(c *Config, s string) error {
		var words []string
		for _, word := range splitList(s) {
			if word != "" {
				words = append(words, word)
			}
		}
		*field(c) = words
		return nil
	}
	return v
}

// maxSpan is the longest time that can be set. It keeps sums with the time of day far from where they overflow.
const maxSpan = 100 * 366 * 24 * time.Hour

// span is a time in Go's notation, from least on; what is shorter becomes least, as in GoTrue. 0 stands for zero, the
// default, or is refused where zero is 0.
func span(field func(*Config) *time.Duration, least, zero time.Duration) value {
	return value{
		set: func(c *Config, s string) error {
			d, err := time.ParseDuration(s)
			switch {
			case err != nil:
				return fmt.Errorf("%q is not a time: give a number with a unit, such as 30s, 5m or 1h", s)
			case d < 0 || d > maxSpan || d == 0 && zero == 0:
				return fmt.Errorf("%q is not a time of more than 0 and at most 100 years", s)
			case d == 0:
				d = zero
			}
			*field(c) = max(d, least)
			return nil
		},
		show: func(c *Config) string {
			if *field(c) == 0 {
				return ""
			}
			return field(c).String()
		},
	}
}

// countedSeconds is a time in seconds, from least on; what is shorter becomes least, and 0 stands for zero, as in GoTrue.
func countedSeconds(field func(*Config) *time.Duration, least, zero time.Duration) value {
	return value{
		set: func(c *Config, s string) error {
			n, err := strconv.ParseFloat(s, 64)
			if err != nil || !(n >= 0 && n <= maxSpan.Seconds()) { // not-a-number is none of both
				return fmt.Errorf("%q is not a number of seconds", s)
			}
			d := time.Duration(n * float64(time.Second)).Round(time.Second)
			if d == 0 {
				d = zero
			}
			*field(c) = max(d, least)
			return nil
		},
		show: func(c *Config) string { return strconv.FormatInt(int64(field(c).Seconds()), 10) },
	}
}

// codeLength is how many digits a code has, from 6 to 10.
func codeLength(field func(*Config) *int) value { return integer(field, 6, 10) }

// rate is a number of events in the time per, or a number and a time with a slash between: 30/5m.
func rate(field func(*Config) *Rate, per time.Duration) value {
	return value{
		set: func(c *Config, s string) error {
			r, err := parseRate(s, per)
			if err == nil {
				*field(c) = r
			}
			return err
		},
		show: func(c *Config) string {
			r := *field(c)
			if r.Per == per {
				return strconv.Itoa(r.Events)
			}
			return fmt.Sprintf("%d/%s", r.Events, r.Per)
		},
	}
}

func parseRate(s string, per time.Duration) (Rate, error) {
	number, span, timed := strings.Cut(s, "/")
	events, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
	if err == nil && timed {
		per, err = time.ParseDuration(strings.TrimSpace(span))
	}
	if err != nil || per < time.Second || per > maxSpan {
		return Rate{}, fmt.Errorf("%q is not a rate: give a whole number, or one in a time of at least 1s, such as 30/5m", s)
	}
	return Rate{Events: int(events), Per: per}, nil
}

// headers is header fields as a JSON object of lists: {"X-Tag": ["a", "b"]}.
func headers(field func(*Config) *map[string][]string) value {
	return value{
		set: func(c *Config, s string) error {
			h, err := parseHeaders(s)
			if err == nil {
				*field(c) = h
			}
			return err
		},
		show: func(c *Config) string {
			if len(*field(c)) == 0 {
				return ""
			}
			b, err := json.Marshal(*field(c))
			if err != nil {
				panic("config: writing header fields: " + err.Error()) // texts can be written
			}
			return string(b)
		},
	}
}

var errHeaders = errors.New(`it is not a JSON object of header fields, each with a list of values: {"X-Tag": ["a", "b"]}`)

// parseHeaders refuses line ends, which would let a value become further fields or the body.
func parseHeaders(s string) (map[string][]string, error) {
	var fields map[string][]string
	if err := json.Unmarshal([]byte(s), &fields); err != nil || fields == nil {
		return nil, errHeaders
	}
	for name, values := range fields {
		if textproto.TrimString(name) != name || name == "" || strings.ContainsFunc(name, notInHeaderName) {
			return nil, fmt.Errorf("%q is not the name of a header field", name)
		}
		if strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
			return nil, fmt.Errorf("a value of %s has a line end", name)
		}
	}
	return fields, nil
}

// notInHeaderName reports what no name of a header field has (RFC 5322, 3.6.8).
func notInHeaderName(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }

// testCodes is pairs of a phone number and a code, with a colon between and separated by commas.
func testCodes(field func(*Config) *map[string]string) value {
	return value{
		set: func(c *Config, s string) error {
			codes, err := parseTestCodes(s)
			if err == nil {
				*field(c) = codes
			}
			return err
		},
		show: func(c *Config) string {
			if len(*field(c)) == 0 {
				return ""
			}
			return redacted // whoever knows a code signs in
		},
	}
}

var errTestCodes = errors.New("it is not a list of phone numbers and codes, such as 4915112345678:123456,4915187654321:654321")

// parseTestCodes takes numbers with a plus sign and spaces too, and gives their digits.
func parseTestCodes(s string) (map[string]string, error) {
	codes := map[string]string{}
	for _, pair := range splitList(s) {
		number, code, ok := strings.Cut(pair, ":")
		number = strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(number), "+"), " ", "")
		code = strings.TrimSpace(code)
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || code == "" {
			return nil, errTestCodes
		}
		codes[number] = code
	}
	return codes, nil
}

// moment is a point in time (RFC 3339).
func moment(field func(*Config) *time.Time) value {
	return value{
		set: func(c *Config, s string) error {
			t, err := time.Parse(time.RFC3339, strings.TrimSpace(s))
			if err != nil {
				return fmt.Errorf("%q is not a point in time such as 2026-12-31T23:59:59Z", s)
			}
			*field(c) = t
			return nil
		},
		show: func(c *Config) string {
			if field(c).IsZero() {
				return ""
			}
			return field(c).Format(time.RFC3339)
		},
	}
}

// webAddress is an http or https address without user and fragment.
func webAddress(field func(*Config) *string) value {
	v := text(field)
	v.set = func(c *Config, s string) error {
		u, err := url.Parse(s)
		if err != nil || !isWeb(u) || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			return errWebAddress
		}
		*field(c) = s
		return nil
	}
	return v
}

func isWeb(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

var (
	errWebAddress = errors.New("it must be an http or https address without user and fragment, such as https://app.example.com")
	errAddress    = errors.New("it must be a whole address, such as https://app.example.com or myapp://start")
)

// address is that of an application, which may have a scheme of its own.
func address(field func(*Config) *string) value {
	v := text(field)
	v.set = func(c *Config, s string) error {
		u, err := url.Parse(s)
		if err != nil || u.Scheme == "" || u.Opaque != "" || isWeb(u) && u.Hostname() == "" {
			return errAddress
		}
		*field(c) = s
		return nil
	}
	return v
}

// mailAddress is the address that mail comes from.
func mailAddress(field func(*Config) *string) value {
	v := text(field)
	v.set = func(c *Config, s string) error {
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s {
			return fmt.Errorf("%q is not an address of mail such as no-reply@example.com", s)
		}
		*field(c) = s
		return nil
	}
	return v
}

// logLevels are the levels of GoTrue's log by those of ours.
var logLevels = map[string]string{
	"panic": "crit", "fatal": "crit", "error": "error", "warn": "warn", "warning": "warn", "info": "info", "debug": "debug",
	"trace": "debug",
}

func logLevel(field func(*Config) *string) value {
	v := text(field)
	v.set = func(c *Config, s string) error {
		level, ok := logLevels[strings.ToLower(s)]
		if !ok {
			return notOneOf(s, []string{"panic", "fatal", "error", "warn", "info", "debug", "trace"})
		}
		*field(c) = level
		return nil
	}
	return v
}
