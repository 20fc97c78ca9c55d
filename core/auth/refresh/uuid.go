package refresh

import (
	"encoding/hex"
	"errors"
	"strings"
)

var errUUID = errors.New("a session id is not a UUID of 36 characters")

// parseUUID reads 8-4-4-4-12 hexadecimal digits.
func parseUUID(text string) (id [sessionLength]byte, err error) {
	digits := strings.ReplaceAll(text, "-", "")
	if len(digits) != hex.EncodedLen(len(id)) {
		return id, errUUID
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil || formatUUID(id) != strings.ToLower(text) {
		return id, errUUID
	}
	return id, nil
}

// formatUUID writes what PostgreSQL writes.
func formatUUID(id [sessionLength]byte) string {
	d := hex.EncodeToString(id[:])
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}
