package password

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

// bcryptHash is a well-formed bcrypt hash whose cost is within bounds.
type bcryptHash string

// bcryptForm is the form of a bcrypt hash: the version, the cost, 22 characters of salt and 31 of hash. The versions
// differ in which faults of old implementations they rule out; a faultless one computes the same for all of them.
var bcryptForm = regexp.MustCompile(`^\$2[abxy]?\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// parseBcrypt reads "$2a$10$" and what follows.
func parseBcrypt(hash string) (stored, error) {
	form := bcryptForm.FindStringSubmatch(hash)
	if form == nil {
		return nil, unusable("it is no well-formed bcrypt hash")
	}
	switch cost, _ := strconv.Atoi(form[1]); {
	case cost < bcrypt.MinCost:
		return nil, unusable("its bcrypt cost is under 4")
	case cost > maxCost:
		return nil, unusable("its bcrypt cost is over " + strconv.Itoa(maxCost))
	}
	return bcryptHash(hash), nil
}

func (h bcryptHash) matches(plain string) (bool, error) {
	err := bcrypt.CompareHashAndPassword([]byte(h), []byte(plain))
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	}
	return false, fmt.Errorf("verifying a bcrypt hash: %w", err)
}
