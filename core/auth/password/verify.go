package password

import (
	"fmt"
	"strings"
)

// Verify reports whether plain is the password of a stored hash. An empty hash, which a user without a password has (a
// NULL column is read as one), is never matched. Nor is any by a password with a NUL byte: to bcrypt "a" and "a\x00a" are
// one password.
//
// An error means that the hash can never be matched: its form is unknown or broken, or it asks for more memory or time
// than bounds.go grants. It is no fault of the caller, and it does not contain the hash.
//
// Whatever the hash is, at least one of the two happens: the hash is computed, or Pretend is. So the answer to a wrong
// password takes as long for a user with a hash of ours as for one without, or with a broken one. Imported hashes of
// another cost take another time; that is what their first owner chose.
func Verify(hash, plain string) (bool, error) {
	if hash == "" {
		Pretend(plain)
		return false, nil
	}
	kept, err := parse(hash)
	if err != nil {
		Pretend(plain)
		return false, fmt.Errorf("the stored password hash cannot be verified: %w", err)
	}
	ok, err := kept.matches(plain)
	return ok && !hasNUL(plain), err
}

// nobodys is a bcrypt hash of cost 10 of 32 random bytes that were not kept.
const nobodys = "$2a$10$wjChTds9UgV.K8GL0jWS4OM.tS0O/R359XqYMZrpJJSAx48YaigCm"

// Pretend spends the time that Verify takes on a hash of ours, and answers nothing. A sign-in of an unknown user calls
// it, so that the time does not tell who has an account.
func Pretend(plain string) { _, _ = bcryptHash(nobodys).matches(plain) }

// CheckImported says whether a hash that an administrator brings (password_hash) can be stored: one of the forms that
// Verify knows, within its bounds, and no longer than its column. Otherwise it gives a fault of kind Invalid that says
// what is wrong and does not contain the hash. It computes no hash.
func CheckImported(hash string) error {
	if _, err := parse(hash); err != nil {
		return badHash(err)
	}
	return nil
}

// stored is a hash that can be verified.
//
//sumtype:decl
type stored interface {
	// matches computes the hash of plain with the parameters of the stored one, and compares in constant time.
	matches(plain string) (bool, error)
}

// parse reads a stored hash of any form.
func parse(hash string) (stored, error) {
	switch {
	case len(hash) > maxHashLength:
		return nil, unusable("it is longer than 255 characters")
	case !printable(hash):
		return nil, unusable("it contains characters other than printable ASCII")
	case strings.HasPrefix(hash, "$2"):
		return parseBcrypt(hash)
	case strings.HasPrefix(hash, "$argon2"):
		return parseArgon2(hash)
	case strings.HasPrefix(hash, "$fbscrypt$"):
		return parseFirebase(hash)
	}
	return nil, unusable("its form is unknown: it is one of bcrypt, $argon2i$, $argon2id$ and $fbscrypt$")
}

// printable reports printable ASCII without spaces. The decoders of encoding/base64 skip line ends; here nothing is
// skipped.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
