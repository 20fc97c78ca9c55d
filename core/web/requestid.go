package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

const requestIDHeader = "X-Request-Id"

// maxRequestID is the longest request id that is taken over from the caller.
const maxRequestID = 64

type requestIDKey struct{}

// RequestIDOf gives the id of the request that ctx belongs to; "" outside of RequestID.
func RequestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// RequestID names each request, for the log and the answer: with the X-Request-Id that it brought when that is 1 to 64
// of A-Z, a-z, 0-9, ".", "_" and "-", else with a random one.
//
// trace is PostgREST's server-trace-header: that header of the request is sent back as it came, empty when it did not;
// "" sends none. It may be X-Request-Id too: then an id that cannot be taken over is still sent back.
func RequestID(trace string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get(requestIDHeader)
			if !saneRequestID(id) {
				id = rand.Text()
			}
			w.Header().Set(requestIDHeader, id)
			if brought := r.Header.Get(trace); trace != "" && (brought != "" || !strings.EqualFold(trace, requestIDHeader)) {
				w.Header().Set(trace, brought)
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
		})
	}
}

func saneRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && r != '.' && r != '_' && r != '-'
	}) < 0
}
