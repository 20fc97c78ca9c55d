package password

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	// cost is bcrypt's cost of new hashes, GoTrue's.
	cost = 10

	// maxLength is how many bytes bcrypt reads of a password.
	maxLength = 72
)

// Hash gives the bcrypt hash of a new password, with a fresh salt. A password that bcrypt would not read to its end is
// refused with a fault of kind Invalid: one of more than 72 bytes, or with a NUL byte.
func Hash(plain string) (string, error) {
	if err := readable(plain); err != nil {
		return "", err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), cost)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}

// readable refuses what bcrypt would not read to its end.
func readable(plain string) error {
	if len(plain) > maxLength {
		return tooLong()
	}
	if hasNUL(plain) {
		return containsNUL()
	}
	return nil
}

// hasNUL reports a NUL byte. Bcrypt puts one between repetitions of a password, and C programs take it for the end.
func hasNUL(plain string) bool { return strings.ContainsRune(plain, 0) }
