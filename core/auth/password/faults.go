package password

import (
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
)

// GoTrue's error codes for passwords.
const (
	codeInvalid = "validation_failed"
	codeWeak    = "weak_password"
)

// Reason is why a password is too weak, as supabase-js shows it to an app.
type Reason string

// The reasons, in the order in which they are checked. GoTrue has a third, "pwned", for a service that is asked about
// leaked passwords.
const (
	TooShort          Reason = "length"
	MissingCharacters Reason = "characters"
)

// Weak is fault.Error.Details of a weak password, and the value of weak_password in the body of the answer.
type Weak struct {
	Reasons []Reason `json:"reasons"`
}

// tooLong counts bytes although its text, GoTrue's, says characters.
func tooLong() *fault.Error {
	return fault.New(fault.Invalid, codeInvalid, fmt.Sprintf("Password cannot be longer than %d characters", maxLength))
}

// containsNUL has no counterpart in GoTrue, which hashes such a password.
func containsNUL() *fault.Error {
	return fault.New(fault.Invalid, codeInvalid, "Password cannot contain a NUL character")
}

// tooWeak is a password that breaks the rules. messages has a sentence per reason.
func tooWeak(reasons []Reason, messages []string) *fault.Error {
	return fault.New(fault.Unprocessable, codeWeak, strings.Join(messages, " ")).WithDetails(Weak{Reasons: reasons})
}

// badHash is a hash that an administrator brought and that Verify could never match. GoTrue answers 500.
func badHash(reason error) *fault.Error {
	return fault.New(fault.Invalid, codeInvalid, "Invalid password_hash: "+reason.Error())
}

// unusableError says why a stored hash can never be matched, in words that contain nothing of the hash.
type unusableError string

func unusable(reason string) error { return unusableError(reason) }

func (e unusableError) Error() string { return string(e) }
