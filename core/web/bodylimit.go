package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/pergola-dev/pergola/core/fault"
)

// BodyLimit refuses bodies of more than limit bytes with 413: at once when the length is announced, else with a
// fault.TooLargeBody from the read that crosses the limit. A limit of 0 or less refuses nothing.
func BodyLimit(limit int64, o FaultOptions) Middleware {
	return func(next http.Handler) http.Handler {
		if limit <= 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				WriteFault(w, r, fault.TooLargeBody(limit), o)
				return
			}
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = limitedBody{http.MaxBytesReader(w, r.Body, limit), limit}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// limitedBody gives the error of http.MaxBytesReader its meaning.
type limitedBody struct {
	io.ReadCloser
	limit int64
}

func (b limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		err = fault.TooLargeBody(b.limit).WithCause(err)
	}
	return n, err
}
