package flow

import (
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// The faults of flows about numbers, with GoTrue's codes and texts.

func phoneSignUpDisabled() *fault.Error {
	return fault.New(fault.Invalid, "phone_provider_disabled", "Phone signups are disabled")
}

func phoneLoginsDisabled() *fault.Error {
	return fault.New(fault.Invalid, "phone_provider_disabled", "Phone logins are disabled")
}

// phonePasswordDisabled is phoneLoginsDisabled with the status that GoTrue gives it where a password is brought.
func phonePasswordDisabled() *fault.Error {
	return fault.New(fault.Unprocessable, "phone_provider_disabled", "Phone logins are disabled")
}

func phoneNotConfirmed() *fault.Error {
	return fault.New(fault.Invalid, "phone_not_confirmed", "Phone not confirmed")
}

func phoneExists() *fault.Error {
	return fault.New(fault.Unprocessable, "phone_exists", "A user with this phone number has already been registered")
}

func confirmPhoneFirst() *fault.Error {
	return fault.New(fault.Unprocessable, "phone_not_confirmed", "Please verify your phone first.")
}

// textTooOften is mailTooOften for messages.
func textTooOften(wait time.Duration) *fault.Error {
	return fault.New(fault.TooManyRequests, "over_sms_send_rate_limit", mailTooOften(wait).Message)
}

func textFailed() *fault.Error {
	return fault.New(fault.Unprocessable, "sms_send_failed", "Error sending confirmation OTP to provider")
}
