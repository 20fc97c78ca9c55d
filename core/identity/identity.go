package identity

import (
	"context"
	"encoding/json"
	"time"
)

// Principal is the verified caller of a request. The zero value is nobody and is refused by the pipeline: anonymous
// callers have a role too.
type Principal struct {
	Role    string          // the database role that acts
	Subject string          // the "sub" claim, "" for keys and anonymous callers
	Claims  json.RawMessage // the claims of the token as one JSON object; {"role": ...} for an anonymous caller
	Expires time.Time       // when the token ends; zero when it does not
	// Authenticated: the role is not the one of anonymous callers, so that a refusal means "you may not" rather than "who are
	// you".
	Authenticated bool
}

// Anonymous is the caller that brought no credential and acts as role.
func Anonymous(role string) Principal {
	claims, _ := json.Marshal(map[string]string{"role": role}) // a map of strings always encodes
	return Principal{Role: role, Claims: claims}
}

// ServiceRole is the role of those who administrate: Supabase's name for it, which its databases have too.
const ServiceRole = "service_role"

// Service is the caller that brought a secret API key.
func Service() Principal {
	return Principal{Role: ServiceRole, Claims: json.RawMessage(`{"role":"service_role"}`), Authenticated: true}
}

// ContextKey is the key of the caller in a context; the value is a *Principal that nobody changes any more. It is exported
// for a context that is made before the caller is known and answers for this key itself; NewContext is for everybody else.
type ContextKey struct{}

// NewContext puts the caller into ctx.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, ContextKey{}, &p)
}

// FromContext gives the caller of a request; false when nobody was authenticated.
func FromContext(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(ContextKey{}).(*Principal)
	if !ok {
		return Principal{}, false
	}
	return *p, true
}
