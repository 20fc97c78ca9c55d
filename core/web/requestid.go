package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// requestIDHeader is in http.Header's own spelling.
const requestIDHeader = "X-Request-Id"

// maxRequestID is the longest request id that is taken over from the caller.
const maxRequestID = 64

// RequestIDOf gives the id of the request that ctx belongs to; "" outside of RequestID.
func RequestIDOf(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id
	}
	return ""
}

// RequestID names each request, for the log and the answer: with the X-Request-Id that it brought when that is 1 to 64
// of A-Z, a-z, 0-9, ".", "_" and "-", else with a random one.
//
// trace is PostgREST's server-trace-header: that header of the request is sent back as it came, empty when it did not;
// "" sends none. It may be X-Request-Id too: then an id that cannot be taken over is still sent back.
func RequestID(trace string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, r := begin(r)
			v.id = r.Header.Get(requestIDHeader)
			if !saneRequestID(v.id) {
				v.id = newRequestID()
			}
			w.Header()[requestIDHeader] = []string{v.id}
			if trace != "" {
				sendBack(w, r, trace)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func sendBack(w http.ResponseWriter, r *http.Request, trace string) {
	if brought := r.Header.Get(trace); brought != "" || !strings.EqualFold(trace, requestIDHeader) {
		w.Header().Set(trace, brought)
	}
}

// newRequestID makes 128 random bits, so that the requests of many processes can be told apart. Who guesses an id gains
// nothing, which is why the fast source of randomness does.
func newRequestID() string {
	var bits [16]byte
	binary.NativeEndian.PutUint64(bits[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(bits[8:], rand.Uint64())
	var text [2 * len(bits)]byte
	hex.Encode(text[:], bits[:])
	return string(text[:])
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
