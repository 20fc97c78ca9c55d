package fault

import (
	"errors"
	"net/http"
)

// Kind is what went wrong, as a caller can act on it. Each protocol's writer maps a kind to its own wire form; HTTP uses
// Status.
type Kind int

// The kinds, in the order of their HTTP statuses. Internal is the zero value, so that a forgotten kind never looks like
// the caller's mistake.
const (
	Internal         Kind = iota // 500: our fault, or the database's
	Ambiguous                    // 300: several things fit the request, and Details lists them
	Invalid                      // 400: the request cannot be understood
	Unauthenticated              // 401: who are you
	Forbidden                    // 403: you may not
	NotFound                     // 404: there is no such thing
	MethodNotAllowed             // 405: not in this way
	NotAcceptable                // 406: not in the form asked for
	Conflict                     // 409: the data does not allow it
	TooLarge                     // 413: the body is over the limit
	UnsupportedMedia             // 415: the body's media type is not understood
	Range                        // 416: the range asked for does not exist
	Unprocessable                // 422: understood, and refused for what it says
	TooManyRequests              // 429: later
	Unsupported                  // 501: this server or this database cannot do that
	Unavailable                  // 503: the database cannot be reached, or is overloaded
	Timeout                      // 504: no connection became free in time
)

// statuses holds the HTTP status of each Kind.
var statuses = [...]int{
	Internal: http.StatusInternalServerError, Ambiguous: http.StatusMultipleChoices, Invalid: http.StatusBadRequest,
	Unauthenticated: http.StatusUnauthorized, Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	MethodNotAllowed: http.StatusMethodNotAllowed, NotAcceptable: http.StatusNotAcceptable, Conflict: http.StatusConflict,
	TooLarge: http.StatusRequestEntityTooLarge, UnsupportedMedia: http.StatusUnsupportedMediaType,
	Range: http.StatusRequestedRangeNotSatisfiable, Unprocessable: http.StatusUnprocessableEntity,
	TooManyRequests: http.StatusTooManyRequests,
	Unsupported:     http.StatusNotImplemented, Unavailable: http.StatusServiceUnavailable, Timeout: http.StatusGatewayTimeout,
}

// Status is the HTTP status code of the kind.
func (k Kind) Status() int { return statuses[k] }

// Error is a failure that may be shown to the caller.
//
// Everything in it but Cause is public. Cause is for the log only; nothing of it may reach a wire.
type Error struct {
	Kind    Kind
	Code    string // PGRST*, PERGOLA_* or a SQLSTATE
	Message string
	Details any    // nil, a string, or a value that encoding/json can write (the candidates of an ambiguity)
	Hint    string // what to do about it; "" when there is nothing useful to say
	Cause   error

	// HTTPStatus overrides the status of Kind when it is not 0. The database may choose one (RAISE with SQLSTATE PTxyz).
	HTTPStatus int
	// Header holds response headers that belong to the error (WWW-Authenticate, Retry-After, or what the database asked
	// for), in order.
	Header []Header
}

// Header is one response header field.
type Header struct{ Name, Value string }

// Error gives the code and the message, and the cause for the log.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause, so that errors.Is and errors.As see through a fault.
func (e *Error) Unwrap() error { return e.Cause }

// Status is the HTTP status of the error.
func (e *Error) Status() int {
	if e.HTTPStatus != 0 {
		return e.HTTPStatus
	}
	return e.Kind.Status()
}

// New makes a fault of a kind. Prefer a named constructor of this package; New is for those.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// WithDetails gives a copy of e with details added.
func (e *Error) WithDetails(details any) *Error { c := *e; c.Details = details; return &c }

// WithHint gives a copy of e with a hint added.
func (e *Error) WithHint(hint string) *Error { c := *e; c.Hint = hint; return &c }

// WithCause gives a copy of e that carries cause for the log.
func (e *Error) WithCause(cause error) *Error { c := *e; c.Cause = cause; return &c }

// WithHeader gives a copy of e that asks for one more response header.
func (e *Error) WithHeader(name, value string) *Error {
	c := *e
	c.Header = append(c.Header[:len(c.Header):len(c.Header)], Header{Name: name, Value: value})
	return &c
}

// From gives the fault inside err. An error that holds none becomes an internal fault with err as its cause: its text
// does not leave the process.
func From(err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return New(Internal, CodeInternal, "Internal server error").WithCause(err)
}
