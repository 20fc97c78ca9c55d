package web

import (
	"context"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/identity"
)

// visit is what the layers around the handler find out about one request. It is the request's context at the same time, so
// that one context, and one copy of the request, does for all of them. A layer writes its own part before it calls the next
// one; after that it is only read.
type visit struct {
	context.Context
	id        string             // RequestID's
	caller    identity.Principal // Authenticate's
	known     bool               // that caller has been set
	tokenTime time.Duration      // Authenticate's
}

type visitKey struct{}

// Value answers for the visit itself and for the caller, and leaves the rest to the context around it.
func (v *visit) Value(key any) any {
	switch key.(type) {
	case visitKey:
		return v
	case identity.ContextKey:
		if v.known {
			return &v.caller
		}
	}
	return v.Context.Value(key)
}

// begin starts a visit.
func begin(r *http.Request) (*visit, *http.Request) {
	v := &visit{Context: r.Context()}
	return v, r.WithContext(v)
}

// join gives the visit that a layer further out has begun, or begins one.
func join(r *http.Request) (*visit, *http.Request) {
	if v := visitOf(r.Context()); v != nil {
		return v, r
	}
	return begin(r)
}

// visitOf gives the visit that ctx belongs to; nil outside of one.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}
