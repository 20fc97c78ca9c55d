package flow

import (
	"fmt"
	"math"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// The faults of GoTrue, with its codes and texts (internal/api, apierrors). A route writes them in the shape that the client
// asks for.

// invalidCredentials is the one answer to an unknown user, a user without a password, and a wrong password.
func invalidCredentials() *fault.Error {
	return fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials")
}

func banned() *fault.Error { return fault.New(fault.Invalid, "user_banned", "User is banned") }

func bannedCaller() *fault.Error { return fault.New(fault.Forbidden, "user_banned", "User is banned") }

func bannedAtRefresh() *fault.Error {
	return fault.New(fault.Invalid, "user_banned", "Invalid Refresh Token: User Banned")
}

func emailNotConfirmed() *fault.Error {
	return fault.New(fault.Invalid, "email_not_confirmed", "Email not confirmed")
}

func emailDisabled() *fault.Error {
	return fault.New(fault.Unprocessable, "email_provider_disabled", "Email logins are disabled")
}

// Nobody is a token or a key that stands for no user, where one is asked for.
func Nobody() *fault.Error {
	return fault.New(fault.Forbidden, "bad_jwt", "invalid claim: missing sub claim")
}

func badSubject() *fault.Error {
	return fault.New(fault.Forbidden, "bad_jwt", "invalid claim: sub claim must be a UUID")
}

func noSession() *fault.Error {
	return fault.New(fault.Forbidden, "session_not_found", "Session from session_id claim in JWT does not exist")
}

// contended is a refresh that lost every race. It is no fault of the token: supabase-js tries again after this status, and
// would drop the session after another.
func contended() *fault.Error {
	return fault.New(fault.Unavailable, "unexpected_failure", "Too many refreshes of this session at the same time: try again")
}

func signUpDisabled() *fault.Error {
	return fault.New(fault.Unprocessable, "signup_disabled", "Signups not allowed for this instance")
}

func emailSignUpDisabled() *fault.Error {
	return fault.New(fault.Invalid, "email_provider_disabled", "Email signups are disabled")
}

func noPassword() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "Signup requires a valid password")
}

func alreadyRegistered() *fault.Error {
	return fault.New(fault.Unprocessable, "user_already_exists", "User already registered")
}

// mailTooOften says how long to wait, in whole seconds.
func mailTooOften(wait time.Duration) *fault.Error {
	seconds := int(math.Ceil(max(wait, time.Second).Seconds()))
	return fault.New(fault.TooManyRequests, "over_email_send_rate_limit",
		fmt.Sprintf("For security purposes, you can only request this after %d seconds.", seconds))
}

// contendedSignUp is a sign-up whose address was taken and free again in turns.
func contendedSignUp() *fault.Error {
	return fault.New(fault.Unavailable, "unexpected_failure", "The address is being signed up by another request: try again")
}

// codeExpired is the one answer to a code or a link that is wrong, was used, is too old, or belongs to nobody.
func codeExpired() *fault.Error {
	return fault.New(fault.Forbidden, "otp_expired", "Token has expired or is invalid")
}

func unknownPurpose() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "Invalid email verification type")
}

// NotAdmin is a caller without the rights of an administrator.
func NotAdmin() *fault.Error { return fault.New(fault.Forbidden, "not_admin", "User not allowed") }
