package flow

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

func anonymousCaller() *fault.Error {
	return fault.New(fault.Forbidden, "no_authorization", "Anonymous user not allowed to perform these actions")
}

func unknownFactorType() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "factor_type needs to be totp, phone, or webauthn")
}

// enrolmentOff is about a type of factors, "totp", "phone" or "webauthn", that nobody may enrol.
func enrolmentOff(kind string) *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_"+kind+"_enroll_not_enabled", "MFA enroll is disabled for "+factorTypes[kind])
}

// verificationOff is about a type of factors that nobody may use.
func verificationOff(kind string) *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_"+kind+"_verify_not_enabled", "MFA verification is disabled for "+factorTypes[kind])
}

func tooManyFactors() *fault.Error {
	return fault.New(fault.Unprocessable, "too_many_enrolled_mfa_factors", "Maximum number of verified factors reached, unenroll to continue")
}

func factorNameTaken(name string) *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_factor_name_conflict",
		fmt.Sprintf("A factor with the friendly name %q for this user already exists", name))
}

// factorNameTooLong has no counterpart in GoTrue, whose database refuses such a name in its index.
func factorNameTooLong() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", fmt.Sprintf("friendly_name must not be longer than %d bytes", longestFactorName))
}

// issuerTooLong has no counterpart in GoTrue, which answers 500.
func issuerTooLong() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "issuer is too long for a QR code")
}

// contendedFactors is a change of factors that another one came in between of.
func contendedFactors() *fault.Error {
	return fault.New(fault.Conflict, "conflict", "The factors of this user were changed by another request: try again")
}

func factorIDForm() *fault.Error {
	return fault.New(fault.NotFound, "validation_failed", "factor_id must be an UUID")
}

func factorNotFound() *fault.Error {
	return fault.New(fault.NotFound, "mfa_factor_not_found", "Factor not found")
}

func challengeNotFound() *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_factor_not_found", "MFA factor with the provided challenge ID not found")
}

// challengeElsewhere is also what GoTrue says of a challenge that was met before.
func challengeElsewhere() *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch.")
}

func challengeExpired(id string) *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_challenge_expired",
		"MFA challenge "+id+" has expired, verify against another challenge or create a new challenge.")
}

func noFactorCode() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "Code needs to be non-empty")
}

// wrongFactorCode is the one answer to a code that is wrong and to one that was used before.
func wrongFactorCode() *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_verification_failed", "Invalid TOTP code entered")
}

// factorLocked has no counterpart in GoTrue. wait is how long the lock still lasts.
func factorLocked(wait time.Duration) *fault.Error {
	return fault.New(fault.TooManyRequests, codeTooMany, "Too many wrong codes were entered for this factor: try again later").
		WithHeader("Retry-After", strconv.Itoa(int(math.Ceil(max(wait, time.Second).Seconds()))))
}

func enrolmentNeedsAAL2() *fault.Error {
	return fault.New(fault.Forbidden, "insufficient_aal", "AAL2 required to enroll a new factor")
}

func removalNeedsAAL2() *fault.Error {
	return fault.New(fault.Unprocessable, "insufficient_aal", "AAL2 required to unenroll verified factor")
}
