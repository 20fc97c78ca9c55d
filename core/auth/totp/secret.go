package totp

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"
)

// Secret is what a user's app and the service have in common.
type Secret struct{ raw []byte }

// secretLength is how many bytes a new secret has: as many as a SHA-1 sum (RFC 4226, 4, R6).
const secretLength = 20

// encoding is how apps, and the column mfa_factors.secret, write secrets.
var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret makes a random secret.
func NewSecret() Secret {
	raw := make([]byte, secretLength)
	_, _ = rand.Read(raw) // never fails
	return Secret{raw}
}

var errSecret = errors.New("the secret of a factor is not base32")

// ParseSecret reads the column mfa_factors.secret: base32 of any length but none, in any case of its letters, with padding or
// without. The error does not contain the text. GoTrue's encrypted form, a JSON object, is not read.
func ParseSecret(column string) (Secret, error) {
	raw, err := encoding.DecodeString(strings.ToUpper(strings.TrimRight(strings.TrimSpace(column), "=")))
	if err != nil || len(raw) == 0 {
		return Secret{}, errSecret
	}
	return Secret{raw}, nil
}

// Text is the secret as people type it into an app, and as the column has it.
func (s Secret) Text() string { return encoding.EncodeToString(s.raw) }

// String is for logs, and says nothing of the secret.
func (Secret) String() string { return "[secret of a factor]" }

// GoString is String.
func (s Secret) GoString() string { return s.String() }
