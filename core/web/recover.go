package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/pergola-dev/pergola/core/fault"
)

// Recover turns a panic of the handler into a 500 that names the request id, and logs it once with its stack. When a
// part of the answer is already on its way the connection is broken off, so that nobody takes the part for the whole.
// http.ErrAbortHandler goes through: it asks for that.
func Recover(o FaultOptions) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := record(w)
			defer func() {
				if p := recover(); p != nil {
					o.recovered(rec, r, p)
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

func (o FaultOptions) recovered(rec *recorder, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	cause := fmt.Errorf("panic: %v", p)
	o.logger().LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("request_id", RequestIDOf(r.Context())),
		slog.String("code", fault.CodeInternal),
		slog.String("error", cause.Error()),
		slog.String("stack", string(debug.Stack())),
	)
	if rec.status != 0 {
		panic(http.ErrAbortHandler)
	}
	o.write(rec, r, fault.From(cause))
}
