package wire

import (
	"fmt"

	"github.com/pergola-dev/pergola/core/fault"
)

// The codes of the faults that are made here.
const (
	codeUnexpected = "unexpected_failure"
	codeBadJSON    = "bad_json"
	codeInvalid    = "validation_failed"
	codeTooLarge   = "request_entity_too_large"
)

// The SQLSTATEs of a race that was lost as often as it was run again: nothing was written, and it may be won the next time.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// OAuth is the error of a route that speaks OAuth: it is written in the shape of RFC 6749, 5.2, with status 400, whatever
// the client asks for.
type OAuth struct {
	Code        string // of the RFC, or what GoTrue says in its place: "invalid request"
	Description string // may be ""
	Cause       error  // for whoever logs it; never sent
}

// Error gives the code and the description, and the cause for the log.
func (e *OAuth) Error() string {
	s := e.Code + ": " + e.Description
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *OAuth) Unwrap() error { return e.Cause }

// unexpected stands for a fault that is no business of the caller's. Its text is GoTrue's, and tells nothing. That the
// database cannot be reached, or has no connection free, is told by the status, as it may pass.
func unexpected(f *fault.Error) *fault.Error {
	kind := fault.Internal
	if f.Kind == fault.Unavailable || f.Kind == fault.Timeout || f.Code == serializationFailure || f.Code == deadlockDetected {
		kind = fault.Unavailable
	}
	u := fault.New(kind, codeUnexpected, "Unexpected failure, please check server logs for more information").WithCause(f)
	for _, field := range f.Header {
		if kind == fault.Unavailable && field.Name == "Retry-After" {
			u = u.WithHeader(field.Name, field.Value)
		}
	}
	return u
}

// badJSON is a body that cannot be read. reason has no secret in it.
func badJSON(reason string) *fault.Error {
	return fault.New(fault.Invalid, codeBadJSON, "Could not parse request body as JSON: "+reason)
}

// tooLarge is a body over the limit, in bytes.
func tooLarge(limit int64) *fault.Error {
	return fault.New(fault.TooLarge, codeTooLarge, fmt.Sprintf("Request body too large (max %d bytes)", limit))
}

// containsNUL has no counterpart in GoTrue, which answers 500 because PostgreSQL cannot keep such a text.
func containsNUL(field string) *fault.Error {
	return invalid("Invalid value for " + field + ": it contains a NUL character")
}

func invalid(message string) *fault.Error { return fault.New(fault.Invalid, codeInvalid, message) }
