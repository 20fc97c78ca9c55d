package refresh

import (
	"errors"

	"github.com/pergola-dev/pergola/core/fault"
)

// GoTrue's error codes of a refused refresh. Every one of them makes supabase-js drop the session, so none may stand
// for a failure of ours.
const (
	codeInvalid     = "validation_failed"
	codeNotFound    = "refresh_token_not_found"
	codeAlreadyUsed = "refresh_token_already_used"
	codeNoSession   = "session_not_found"
	codeExpired     = "session_expired"
)

// malformed is a text that is no token. reason is for the log.
func malformed(reason string) *fault.Error {
	return fault.New(fault.Invalid, codeInvalid, "Refresh token is not valid").WithCause(errors.New(reason))
}

// NotFound is a token that nobody issued: no row has it, its session does not exist or has no key, or the session's key
// did not sign it. The caller learns nothing of which.
func NotFound() *fault.Error {
	return fault.New(fault.Invalid, codeNotFound, "Invalid Refresh Token: Refresh Token Not Found")
}

// NoSession is a V1 token whose row belongs to no session.
func NoSession() *fault.Error {
	return fault.New(fault.Invalid, codeNoSession, "Invalid Refresh Token: No Valid Session Found")
}

// ahead is a signed token with a counter that the session has not reached: the database was set back, or the key leaked.
func ahead() *fault.Error {
	return fault.New(fault.Invalid, codeInvalid, "Invalid Refresh Token: Not Issued By This Server")
}

func alreadyUsed() *fault.Error {
	return fault.New(fault.Invalid, codeAlreadyUsed, "Invalid Refresh Token: Already Used")
}

func expired() *fault.Error {
	return fault.New(fault.Invalid, codeExpired, "Invalid Refresh Token: Session Expired")
}

func inactive() *fault.Error {
	return fault.New(fault.Invalid, codeExpired, "Invalid Refresh Token: Session Expired (Inactivity)")
}

func lowAAL() *fault.Error {
	return fault.New(fault.Invalid, codeExpired,
		"Invalid Refresh Token: Session Expired (Low AAL: User Needs MFA Verification)")
}

func supersededByNewer() *fault.Error {
	return fault.New(fault.Invalid, codeExpired, "Invalid Refresh Token: Session Expired (Revoked by Newer Login)")
}
