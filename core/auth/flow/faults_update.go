package flow

import "github.com/pergola-dev/pergola/core/fault"

// appDataForAdmins refuses what the application alone decides about its users.
func appDataForAdmins() *fault.Error {
	return fault.New(fault.Forbidden, "not_admin", "Updating app_metadata requires admin privileges")
}

// lowAAL is a session that has shown a password or a mail only, of a user who has a second factor.
func lowAAL() *fault.Error {
	return fault.New(fault.Unauthenticated, "insufficient_aal", "AAL2 session is required to update email or password when MFA is enabled.")
}

func anonymousPassword() *fault.Error {
	return fault.New(fault.Unprocessable, "validation_failed",
		"Updating password of an anonymous user without an email or phone is not allowed")
}

func managedElsewhere() *fault.Error {
	return fault.New(fault.Unprocessable, "user_sso_managed", "Updating email, phone, password of a SSO account only possible via SSO")
}

func emailExists() *fault.Error {
	return fault.New(fault.Unprocessable, "email_exists", "A user with this email address has already been registered")
}

func phoneDisabled() *fault.Error {
	return fault.New(fault.Invalid, "phone_provider_disabled", "Unsupported phone provider")
}

func samePassword() *fault.Error {
	return fault.New(fault.Unprocessable, "same_password", "New password should be different from the old password.")
}

// The next two have one text in GoTrue; the code tells them apart.

func currentPasswordRequired() *fault.Error {
	return fault.New(fault.Invalid, "current_password_required", "Current password required when setting new password.")
}

func currentPasswordInvalid() *fault.Error {
	return fault.New(fault.Invalid, "current_password_invalid", "Current password required when setting new password.")
}

func reauthenticationNeeded() *fault.Error {
	return fault.New(fault.Invalid, "reauthentication_needed", "Password update requires reauthentication")
}

// nonceNotValid is the one answer to a nonce that is wrong, was used, or is too old.
func nonceNotValid() *fault.Error {
	return fault.New(fault.Unprocessable, "reauthentication_not_valid", "Nonce has expired or is invalid")
}

// nothingToReauthenticate is a user without an address.
func nothingToReauthenticate() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "Reauthentication requires the user to have an email or a phone number")
}

func confirmFirst() *fault.Error {
	return fault.New(fault.Unprocessable, "email_not_confirmed", "Please verify your email first.")
}

// contendedUpdate is an update that another one of the same user was faster than.
func contendedUpdate() *fault.Error {
	return fault.New(fault.Conflict, "conflict", "The user was changed by another request at the same time: try again")
}
