package uuid

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
)

// UUID is an id as its 16 bytes.
type UUID [16]byte

var errForm = errors.New("it is not a UUID of 36 characters")

// New makes a random id (version 4) that cannot be guessed.
func New() UUID {
	var id UUID
	_, _ = rand.Read(id[:]) // never fails: the program ends when there is no randomness
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// Parse reads 8-4-4-4-12 hexadecimal digits, in any case of its letters, of any version.
func Parse(text string) (id UUID, err error) {
	digits := strings.ReplaceAll(text, "-", "")
	if len(digits) != hex.EncodedLen(len(id)) {
		return id, errForm
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil || id.String() != strings.ToLower(text) {
		return UUID{}, errForm
	}
	return id, nil
}

// Is reports whether Parse reads a text.
func Is(text string) bool {
	_, err := Parse(text)
	return err == nil
}

// String writes the id in small letters.
func (id UUID) String() string {
	d := hex.EncodeToString(id[:])
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}
