package refresh

import (
	"crypto/rand"
	"strings"
)

// Presented is a refresh token that a client sent, of either kind, before anything about it is known but its form.
//
//sumtype:decl
type Presented interface{ presented() }

func (V1) presented() {}
func (V2) presented() {}

// Recognise reads the text of a refresh token. A text that is none gives the fault that GoTrue gives, of kind Invalid;
// nothing has to be looked up to know that.
func Recognise(text string) (Presented, error) {
	if len(text) == v1Length {
		return parseV1(text)
	}
	token, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return token, nil
}

// V1 is the text of a token that is a row of auth.refresh_tokens.
type V1 string

// v1Length is the length of a V1 in characters.
const v1Length = 12

// NewV1 makes a token: 12 characters of [a-z2-7], 60 random bits, the alphabet and the length that GoTrue uses.
func NewV1() V1 { return V1(strings.ToLower(rand.Text()[:v1Length])) }

// parseV1 reads a text of the right length: all of it is of [a-z0-9].
func parseV1(text string) (Presented, error) {
	foreign := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if strings.ContainsFunc(text, foreign) {
		return nil, malformed("a character of a token of 12 characters is not of [a-z0-9]")
	}
	return V1(text), nil
}

// Prefix is the part of the token that may be shown (sb-auth-refresh-token-prefix).
func (t V1) Prefix() string { return string(t[:min(5, len(t))]) }

// String is for logs: the prefix alone. The whole token is string(t).
func (t V1) String() string { return t.Prefix() + "..." }

// GoString is String.
func (t V1) GoString() string { return t.String() }
