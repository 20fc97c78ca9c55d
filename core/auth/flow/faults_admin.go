package flow

import "github.com/pergola-dev/pergola/core/fault"

// The faults of administrators' flows, GoTrue's unless it says otherwise.

func userNotFound() *fault.Error {
	return fault.New(fault.NotFound, "user_not_found", "User not found")
}

func phoneTaken() *fault.Error {
	return fault.New(fault.Unprocessable, "phone_exists", "Phone number already registered by another user")
}

// idTaken has no counterpart in GoTrue, which answers 500.
func idTaken() *fault.Error {
	return fault.New(fault.Unprocessable, "user_already_exists", "A user with this ID already exists")
}

func neitherEmailNorPhone() *fault.Error {
	return invalid("Cannot create a user without either an email or phone")
}

func passwordTwice() *fault.Error {
	return invalid("Only a password or a password hash should be provided")
}

func badID() *fault.Error { return invalid("ID must conform to the uuid v4 format") }

func nobodysID() *fault.Error { return invalid("ID cannot be a nil uuid") }

// nameTooLong has no counterpart in GoTrue, which answers 500.
func nameTooLong() *fault.Error {
	return invalid("A role and an audience cannot be longer than 255 characters")
}

// cannotDelete is a user whom rows of the application refer to.
func cannotDelete(cause error) *fault.Error {
	return fault.New(fault.Internal, "unexpected_failure", "Database error deleting user").WithCause(cause)
}

// unknownEmail is the address of a link that only a user can have.
func unknownEmail() *fault.Error {
	return fault.New(fault.NotFound, "user_not_found", "User with this email not found")
}

func unknownLink(purpose string) *fault.Error {
	return invalid("Invalid email action link type requested: " + purpose)
}

// currentNeedsSecure is a link for an address that has no say in its change.
func currentNeedsSecure() *fault.Error {
	return invalid("Enable secure email change to generate link for current email")
}

func invalid(message string) *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", message)
}
