package gateway

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// MaxResponse is the size, in bytes, of the largest response that Lambda takes from a function whose answer is sent as a
// whole. It counts the encoded response: base64 makes a body a third longer, and quotes in a JSON body are escaped.
// Past it the gateway answers 502 without a word. The number is the one in Lambda's own error message, 6 MB and a little.
const MaxResponse = 6_291_556

// tooLarge is the fault of an answer over MaxResponse.
func tooLarge(method string) *fault.Error {
	safe := method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	return fault.TooLargeAnswer(MaxResponse, !safe)
}

// fail replaces whatever was written by err, in the form that every client of the REST surface reads. Headers that do not
// speak of the body stay: without those of CORS a browser would hide the fault. log gets what is the server's fault.
func (a *answer) fail(r *http.Request, err error, log *slog.Logger) {
	kept := a.header
	if a.sent != nil {
		kept = a.sent
	}
	*a = answer{header: kept, head: a.head}
	for name := range kept {
		if ofBody(name) {
			delete(kept, name)
		}
	}
	if id := r.Header.Get(requestID); kept.Get(requestID) == "" && id != "" {
		kept.Set(requestID, id)
	}
	web.WriteFault(a, r, err, web.FaultOptions{Log: log})
	a.finish()
}

// ofBody says whether a header describes the body it was sent with.
func ofBody(name string) bool {
	switch name {
	case "Etag", "Last-Modified", "Cache-Control", "Expires", "Accept-Ranges":
		return true
	default:
		return strings.HasPrefix(name, "Content-")
	}
}
