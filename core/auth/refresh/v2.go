package refresh

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// The layout of a V2 token, of which the base64 in the URL alphabet without padding is the text:
//
//	offset  bytes
//	0       1       version, 0
//	1       16      the session's id
//	17      1 to 9  the counter, an unsigned varint of the least length, at most 2^63-1
//	-20     16      the first half of HMAC-SHA-256 of all before it, with the session's key
//	-4      4       the first bytes of SHA-256 of all before it
//
// The checksum keeps texts that are no tokens away from the database; it protects nothing, because anybody can compute it.
const (
	versionLength   = 1
	sessionLength   = 16
	signatureLength = 16
	checksumLength  = 4

	headLength = versionLength + sessionLength
	tailLength = signatureLength + checksumLength
	minLength  = headLength + 1 + tailLength
	maxLength  = headLength + 9 + tailLength
)

// V2 is a token that names its session. Its signature is not verified before SignedBy says so.
type V2 struct {
	Session string // the session's id as a UUID in lower case
	Counter int64  // how many refreshes the session had when the token was made

	signed    []byte // what the signature covers
	signature []byte
}

// Mint makes the text of a token. It is an error if session is no UUID, counter is negative, or key is the zero Key.
func Mint(session string, counter int64, key Key) (string, error) {
	id, err := uuid.Parse(session)
	switch {
	case err != nil:
		return "", fmt.Errorf("making a refresh token: %w", err)
	case counter < 0 || key == Key{}:
		return "", errors.New("making a refresh token: the counter is negative, or there is no key")
	}
	raw := make([]byte, versionLength, maxLength)
	raw = append(raw, id[:]...)
	raw = binary.AppendUvarint(raw, uint64(counter))
	raw = append(raw, key.sign(raw)...)
	raw = append(raw, checksum(raw)...)
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// Parse reads the text of a V2 token. Length and checksum come first, and a text without them is nothing but a fault.
// Only texts that Mint can print are tokens: there is one text for a token.
func Parse(text string) (V2, error) {
	raw, err := decode(text)
	if err != nil {
		return V2{}, err
	}
	signed, signature := raw[:len(raw)-signatureLength], raw[len(raw)-signatureLength:]
	if signed[0] != 0 {
		return V2{}, malformed("the version is not 0")
	}
	counter, length := binary.Uvarint(signed[headLength:]) // the length of the text leaves it nine bytes, and so 63 bits
	switch {
	case length <= 0:
		return V2{}, malformed("the counter is cut off")
	case length != len(signed)-headLength:
		return V2{}, malformed("there are bytes between the counter and the signature")
	case length != len(binary.AppendUvarint(nil, counter)):
		return V2{}, malformed("the counter is longer than it needs to be")
	}
	id := uuid.UUID(signed[versionLength:headLength])
	return V2{Session: id.String(), Counter: int64(counter), signed: signed, signature: signature}, nil
}

// decode gives the bytes of a text that has the length and the checksum of a token, without the checksum.
func decode(text string) ([]byte, error) {
	if n := base64.RawURLEncoding.DecodedLen(len(text)); n < minLength || n > maxLength {
		return nil, malformed("the length is wrong")
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text { // the decoder skips line ends and spare bits
		return nil, malformed("the text is not base64 in the URL alphabet")
	}
	body, sum := raw[:len(raw)-checksumLength], raw[len(raw)-checksumLength:]
	if !bytes.Equal(checksum(body), sum) {
		return nil, malformed("the checksum is wrong")
	}
	return body, nil
}

func checksum(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:checksumLength]
}

// SignedBy reports whether the token was made with the key of its session. No token is signed by the zero Key, so a
// session without a key has no tokens.
func (t V2) SignedBy(key Key) bool {
	return key != Key{} && subtle.ConstantTimeCompare(key.sign(t.signed), t.signature) == 1
}

// String is for logs: what the token names, without its signature.
func (t V2) String() string {
	return fmt.Sprintf("refresh token %d of session %s", t.Counter, t.Session)
}

// GoString is String.
func (t V2) GoString() string { return t.String() }

func (k Key) sign(raw []byte) []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write(raw)
	return mac.Sum(nil)[:signatureLength]
}
