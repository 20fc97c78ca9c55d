package flow

import (
	"fmt"

	"github.com/pergola-dev/pergola/core/fault"
)

// The faults of flows that go by mail, and of PKCE.

// emailRecoveryDisabled is emailDisabled with the status that GoTrue gives it where a mail is asked for.
func emailRecoveryDisabled() *fault.Error {
	return fault.New(fault.Invalid, "email_provider_disabled", "Email logins are disabled")
}

func otpDisabled() *fault.Error {
	return fault.New(fault.Unprocessable, "otp_disabled", "Signups not allowed for otp")
}

func anonymousDisabled() *fault.Error {
	return fault.New(fault.Unprocessable, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
}

// linkExpired is codeExpired for whoever has followed a link.
func linkExpired() *fault.Error {
	return fault.New(fault.Forbidden, "otp_expired", "Email link is invalid or has expired")
}

func halfChallenge() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "PKCE flow requires code_challenge_method and code_challenge")
}

func challengeLength() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed",
		fmt.Sprintf("code challenge has to be between %d and %d characters", leastChallenge, mostChallenge))
}

func challengeCharacters() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed",
		"code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes")
}

func challengeMethod(method string) *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", fmt.Sprintf("unsupported code_challenge method %q", method))
}

// noFlowToEnd is a link of PKCE that nobody waits for any more.
func noFlowToEnd() *fault.Error {
	return fault.New(fault.Invalid, "flow_state_not_found", "No associated flow state found. No valid flow state found for user.")
}

func noCodeOrVerifier() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "invalid request: both auth code and code verifier should be non-empty")
}

// flowNotFound is the one answer to a code that nobody issued and one that was used.
func flowNotFound() *fault.Error {
	return fault.New(fault.NotFound, "flow_state_not_found", "invalid flow state, no valid flow state found")
}

func flowExpired() *fault.Error {
	return fault.New(fault.Unprocessable, "flow_state_expired", "invalid flow state, flow state has expired")
}

func badVerifier() *fault.Error {
	return fault.New(fault.Invalid, "bad_code_verifier", "code challenge does not match previously saved code verifier")
}
