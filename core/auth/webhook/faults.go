package webhook

import (
	"fmt"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// GoTrue's error codes for a hook. codeUnknown is what it answers when a hook chooses a status and cannot choose a code.
const (
	codeUnexpected  = "unexpected_failure"
	codeUnknown     = "unknown"
	codeTimeout     = "hook_timeout"
	codeRetries     = "hook_timeout_after_retry"
	codeTooLarge    = "hook_payload_over_size_limit"
	codeContentType = "hook_payload_invalid_content_type"
)

// timedOut says that a hook did not answer within the time for all tries.
func timedOut(limit time.Duration, cause error) error {
	return fault.New(fault.Unprocessable, codeTimeout,
		fmt.Sprintf("Failed to reach hook within maximum time of %f seconds", limit.Seconds())).WithCause(cause)
}

// unreachable says that no try got an answer.
func unreachable(cause error) error {
	return fault.New(fault.Unprocessable, codeRetries, "Failed to reach hook after maximum retries").WithCause(cause)
}

// tooLarge is an answer over the limit, in bytes.
func tooLarge(limit int64) error {
	return fault.New(fault.Unprocessable, codeTooLarge, fmt.Sprintf("Payload size exceeded size limit of %d bytes", limit))
}

// badContentType is an answer that does not say that it is JSON.
func badContentType(message string) error { return fault.New(fault.Invalid, codeContentType, message) }

// failed is every other failure of a hook. The caller of Auth can do nothing about it.
func failed(message string, cause error) error {
	return fault.New(fault.Internal, codeUnexpected, message).WithCause(cause)
}

// refused is a hook's own no, with its status and its message for the user. A status that is none of an error becomes 500.
func refused(status int, message string) error {
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	if message == "" {
		message = http.StatusText(status)
	}
	f := fault.New(fault.Invalid, codeUnknown, message)
	if status >= http.StatusInternalServerError {
		f.Kind = fault.Internal
	}
	if status == http.StatusInternalServerError {
		f.Code = codeUnexpected
	}
	f.HTTPStatus = status
	return f
}
