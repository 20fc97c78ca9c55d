package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// value is how one setting's text goes into a Config and comes out of it again. Errors of set say what is wrong and what
// to do, and never repeat a secret.
type value struct {
	set  func(c *Config, text string) error
	show func(c *Config) string
	// clear takes the value away; nil where there always is one.
	clear func(c *Config)
	// secret is where a secret is kept; nil for what is none.
	secret func(c *Config) *Secret
}

func text(field func(*Config) *string) value {
	return value{
		set:   func(c *Config, s string) error { *field(c) = s; return nil },
		show:  func(c *Config) string { return *field(c) },
		clear: func(c *Config) { *field(c) = "" },
	}
}

func secret(field func(*Config) *Secret) value {
	return value{
		set: func(c *Config, s string) error { *field(c) = Secret(s); return nil },
		show: func(c *Config) string {
			s := *field(c)
			if s == "" || s.IsReference() {
				return string(s)
			}
			return redacted
		},
		clear:  func(c *Config) { *field(c) = "" },
		secret: field,
	}
}

// list is a comma-separated list. Spaces around an item are dropped; an empty text is the empty list.
func list(field func(*Config) *[]string) value {
	return value{
		set:   func(c *Config, s string) error { *field(c) = splitList(s); return nil },
		show:  func(c *Config) string { return strings.Join(*field(c), ", ") },
		clear: func(c *Config) { *field(c) = nil },
	}
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	items := strings.Split(s, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

func boolean(field func(*Config) *bool) value {
	return value{
		set: func(c *Config, s string) error {
			b, err := parseBool(s)
			if err == nil {
				*field(c) = b
			}
			return err
		},
		show: func(c *Config) string { return strconv.FormatBool(*field(c)) },
	}
}

// parseBool takes what PostgREST takes: true and false in any case, and whole numbers, of which those over 0 are true.
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return false, fmt.Errorf("%q is neither true nor false", s)
	}
	return n > 0, nil
}

// integer is a whole number from low to high, both included.
func integer[T int | int64](field func(*Config) *T, low, high T) value {
	return value{
		set: func(c *Config, s string) error {
			n, err := parseInteger(s, int64(low), int64(high))
			if err == nil {
				*field(c) = T(n)
			}
			return err
		},
		show:  func(c *Config) string { return strconv.FormatInt(int64(*field(c)), 10) },
		clear: func(c *Config) { *field(c) = 0 },
	}
}

func parseInteger(s string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a whole number from %d to %d", s, low, high)
	}
	return n, nil
}

// seconds is a span of time in whole seconds, at least one, at most a year.
func seconds(field func(*Config) *time.Duration) value {
	const year = 366 * 24 * 60 * 60
	return value{
		set: func(c *Config, s string) error {
			n, err := parseInteger(s, 1, year)
			if err == nil {
				*field(c) = time.Duration(n) * time.Second
			}
			return err
		},
		show: func(c *Config) string { return strconv.FormatInt(int64(*field(c)/time.Second), 10) },
	}
}

// bytes is a size: a number of bytes, or one with the unit KiB, MiB or GiB. 0 is no size: it would let nothing pass.
func bytes(field func(*Config) *int64) value {
	return value{
		set: func(c *Config, s string) error {
			n, err := parseBytes(s)
			if err == nil {
				*field(c) = n
			}
			return err
		},
		show: func(c *Config) string { return formatBytes(*field(c)) },
	}
}

var units = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func parseBytes(s string) (int64, error) {
	number, size := s, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, size = strings.TrimSpace(rest), u.size
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > (1<<40)/size {
		return 0, fmt.Errorf("%q is not a size: give a number of bytes (1048576) or one with a unit (10MiB)", s)
	}
	return n * size, nil
}

func formatBytes(n int64) string {
	for _, u := range units {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// oneOf is a choice among fixed words.
func oneOf[T ~string](field func(*Config) *T, words ...T) value {
	return value{
		set: func(c *Config, s string) error {
			for _, w := range words {
				if T(s) == w {
					*field(c) = w
					return nil
				}
			}
			return notOneOf(s, words)
		},
		show: func(c *Config) string { return string(*field(c)) },
	}
}

func notOneOf[T ~string](s string, words []T) error {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = string(w)
	}
	return fmt.Errorf("%q is none of %s", s, strings.Join(quoted, ", "))
}

// only is a setting of which Pergola knows one way: any other is refused instead of being ignored.
func only(word string) value {
	return value{
		set: func(_ *Config, s string) error {
			if strings.EqualFold(s, word) {
				return nil
			}
			return fmt.Errorf("%q is not supported: only %s is", s, word)
		},
		show: func(*Config) string { return word },
	}
}
