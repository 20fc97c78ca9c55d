package flow

import (
	"fmt"

	"github.com/pergola-dev/pergola/core/fault"
)

// The faults of flows with providers, GoTrue's unless it says otherwise.

func noState() *fault.Error {
	return fault.New(fault.Invalid, "bad_oauth_callback", "OAuth state parameter missing")
}

func noCode() *fault.Error {
	return fault.New(fault.Invalid, "bad_oauth_callback", "OAuth callback with missing authorization code missing")
}

func badState(message string) *fault.Error {
	return fault.New(fault.Invalid, "bad_oauth_state", message)
}

func stateUsed() *fault.Error {
	return fault.New(fault.Invalid, "flow_state_already_used", "State has already been used")
}

func noTarget() *fault.Error {
	return fault.New(fault.Unprocessable, "user_not_found", "Linking target user not found")
}

// unknownInvitation is an invitation that nobody was sent, at the beginning of a flow; inviteNotFound, at its end.
func unknownInvitation() *fault.Error {
	return fault.New(fault.NotFound, "user_not_found", "User identified by token not found")
}

func inviteNotFound() *fault.Error {
	return fault.New(fault.NotFound, "invite_not_found", "Invite not found")
}

func invitedElsewhere() *fault.Error {
	return invalid("Invited email does not match emails from external provider")
}

func noEmail() *fault.Error {
	return fault.New(fault.Internal, "unexpected_failure", "Error getting user email from external provider")
}

func severalAccounts() *fault.Error {
	return fault.New(fault.Internal, "unexpected_failure",
		"Multiple accounts with the same email address in the same linking domain detected: default")
}

// unverifiedEmail is an address that no mail goes out to.
func unverifiedEmail(provider string) *fault.Error {
	return fault.New(fault.Unprocessable, "provider_email_needs_verification",
		fmt.Sprintf("Unverified email with %s. Verify the email with %s in order to sign in", provider, provider))
}

// confirmEmail is an address that a mail has gone out to.
func confirmEmail(provider string) *fault.Error {
	return fault.New(fault.Unprocessable, "provider_email_needs_verification",
		fmt.Sprintf("Unverified email with %s. A confirmation email has been sent to your %s email", provider, provider))
}

// confirmLinked is confirmEmail where an identity was linked.
func confirmLinked(provider string) *fault.Error {
	return fault.New(fault.Unprocessable, "email_not_confirmed", confirmEmail(provider).Message)
}

func linkedAlready() *fault.Error {
	return fault.New(fault.Unprocessable, "identity_already_exists", "Identity is already linked")
}

func linkedElsewhere() *fault.Error {
	return fault.New(fault.Unprocessable, "identity_already_exists", "Identity is already linked to another user")
}

// contendedArrival is a sign-in under which the user has changed again and again. GoTrue has no such fault.
func contendedArrival() *fault.Error {
	return fault.New(fault.Unavailable, "unexpected_failure", "The account is being changed by another request: try again")
}

func linkingOff() *fault.Error {
	return fault.New(fault.NotFound, "manual_linking_disabled", "Manual linking is disabled")
}

func lastIdentity() *fault.Error {
	return fault.New(fault.Unprocessable, "single_identity_not_deletable", "User must have at least 1 identity after unlinking")
}

func identityNotFound() *fault.Error {
	return fault.New(fault.Unprocessable, "identity_not_found", "Identity doesn't exist")
}

func identityIDForm() *fault.Error {
	return fault.New(fault.NotFound, "validation_failed", "identity_id must be an UUID")
}

func identityNeeded() *fault.Error {
	return fault.New(fault.Unprocessable, "email_conflict_identity_not_deletable", "Unable to unlink identity due to email conflict")
}
