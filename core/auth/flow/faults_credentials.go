package flow

import "github.com/pergola-dev/pergola/core/fault"

// What cannot be done where passwords are kept in a user pool. GoTrue has no texts for it.

func idKeptElsewhere() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "The id of a user is given by the user pool, and cannot be chosen")
}

func hashKeptElsewhere() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "The user pool keeps passwords, and takes no password_hash: give a password, or none")
}

func phoneKeptElsewhere() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "The user pool knows users by address: a password needs one")
}
