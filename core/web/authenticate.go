package web

import (
	"context"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
)

// Verifier turns a credential into a caller; *token.Verifier is one. It is an interface so that a program that embeds
// Pergola can bring its own.
type Verifier interface {
	// Verify gives the caller whom the token raw stands for at the time now, or a fault.
	Verify(ctx context.Context, raw string, now time.Time) (identity.Principal, error)
	// Anonymous gives the caller without a credential, or a fault where there is none.
	Anonymous() (identity.Principal, error)
}

// AuthOptions say how callers are recognised.
type AuthOptions struct {
	Verifier   Verifier
	APIKey     bool             // the apikey header is read too, by the rules of token.Shown; PostgREST does not know it
	RequireKey bool             // a request without any credential is refused: PERGOLA_REQUIRE_APIKEY
	Clock      func() time.Time // nil for time.Now
	Timing     bool             // TokenTime is wanted: a look at the clock is not free
	Faults     FaultOptions
}

// TokenTime is how long Authenticate took with the credential of the request that ctx belongs to: "jwt" in
// Server-Timing. It is 0 outside of Authenticate, and without AuthOptions.Timing.
func TokenTime(ctx context.Context) time.Duration {
	if v := visitOf(ctx); v != nil {
		return v.tokenTime
	}
	return 0
}

// Authenticate puts the caller into the request's context, or answers with the fault of the credential. A Bearer token
// wins over the apikey header, unless it is an opaque key; Authorization with another scheme is ignored, as PostgREST does.
func Authenticate(o AuthOptions) Middleware {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, r := join(r)
			if err := o.recognise(v, r); err != nil {
				WriteFault(w, r, err, o.Faults)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// recognise says who is calling.
func (o AuthOptions) recognise(v *visit, r *http.Request) (err error) {
	if o.Timing {
		start := time.Now()
		defer func() { v.tokenTime = time.Since(start) }()
	}
	v.caller, err = o.caller(r)
	v.known = err == nil
	return err
}

func (o AuthOptions) caller(r *http.Request) (identity.Principal, error) {
	raw, ok, err := o.credential(r)
	switch {
	case err != nil:
		return identity.Principal{}, err
	case ok:
		return o.Verifier.Verify(r.Context(), raw, o.Clock())
	case o.RequireKey:
		return identity.Principal{}, fault.KeyRequired()
	}
	return o.Verifier.Anonymous()
}

// credential is what the request shows of its caller.
func (o AuthOptions) credential(r *http.Request) (raw string, ok bool, err error) {
	authorization := r.Header.Get("Authorization")
	if !o.APIKey {
		raw, ok = token.Bearer(authorization)
		return raw, ok, nil
	}
	return token.Shown{Authorization: authorization, APIKey: r.Header.Get("Apikey"), UserAgent: r.UserAgent()}.Credential()
}
