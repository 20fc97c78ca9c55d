package password

import (
	"fmt"
	"strings"
)

// minLength is the least that GOTRUE_PASSWORD_MIN_LENGTH can be, and its default.
const minLength = 6

// Rules says which new passwords are strong enough. The zero value asks for six bytes and nothing else. Passwords that
// exist are not held to them.
type Rules struct {
	// MinLength is GOTRUE_PASSWORD_MIN_LENGTH, in bytes of UTF-8, as GoTrue counts. Less than 6 means 6.
	MinLength int
	// Required are sets of characters (GOTRUE_PASSWORD_REQUIRED_CHARACTERS, see ParseRequired): a password has at least
	// one character of each. An empty set asks for nothing.
	Required []string
}

// Check gives nil for a password that may be set. Otherwise it gives a fault with GoTrue's text: of kind Invalid for a
// password that Hash would refuse, and of kind Unprocessable, with Weak as its details, for one that breaks the rules.
func (r Rules) Check(plain string) error {
	if err := readable(plain); err != nil {
		return err
	}
	var reasons []Reason
	var messages []string
	if least := max(r.MinLength, minLength); len(plain) < least {
		reasons = append(reasons, TooShort)
		messages = append(messages, fmt.Sprintf("Password should be at least %d characters.", least))
	}
	if !r.hasRequired(plain) {
		reasons = append(reasons, MissingCharacters)
		messages = append(messages,
			fmt.Sprintf("Password should contain at least one character of each: %s.", strings.Join(r.Required, ", ")))
	}
	if len(reasons) > 0 {
		return tooWeak(reasons, messages)
	}
	return nil
}

func (r Rules) hasRequired(plain string) bool {
	for _, set := range r.Required {
		if set != "" && !strings.ContainsAny(plain, set) {
			return false
		}
	}
	return true
}

// ParseRequired reads GOTRUE_PASSWORD_REQUIRED_CHARACTERS: sets of characters separated by colons, where \: stands for a
// colon in a set and every other backslash for itself. Empty sets are left out, so every text is valid.
//
// GoTrue's own parser takes only every other \: of a row for an escape; this one takes all.
func ParseRequired(text string) []string {
	var sets []string
	var set strings.Builder
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, `\:`):
			set.WriteByte(':')
			rest = rest[2:]
			continue
		case rest[0] == ':':
			sets = appendSet(sets, set.String())
			set.Reset()
		default:
			set.WriteByte(rest[0])
		}
		rest = rest[1:]
	}
	return appendSet(sets, set.String())
}

func appendSet(sets []string, set string) []string {
	if set == "" {
		return sets
	}
	return append(sets, set)
}
