package refresh

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
)

// Key signs the tokens of one session.
type Key [32]byte

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails
	return k
}

var errKey = errors.New("the refresh token key of a session is not base64 of 32 bytes")

// ParseKey reads the column refresh_token_hmac_key: base64 in the URL alphabet without padding. The error does not
// contain the text. GoTrue's encrypted form, a JSON object, is not read.
func ParseKey(column string) (Key, error) {
	raw, err := base64.RawURLEncoding.DecodeString(column)
	if err != nil || len(raw) != len(Key{}) || Key(raw) == (Key{}) {
		return Key{}, errKey
	}
	return Key(raw), nil
}

// Column is the key as refresh_token_hmac_key holds it.
func (k Key) Column() string { return base64.RawURLEncoding.EncodeToString(k[:]) }

// String is for logs, and says nothing of the key.
func (Key) String() string { return "[refresh token key]" }

// GoString is String.
func (k Key) GoString() string { return k.String() }
