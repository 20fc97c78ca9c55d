package token

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
)

// Settings are what a Verifier needs to know.
type Settings struct {
	JWT      config.JWT      // keys, audience, role claim, size of the cache
	AnonRole string          // the role of a token without a role claim; "" refuses such tokens
	Sessions SessionKeys     // keys of the Auth service, which verify beside JWT.Secret
	APIKeys  *APIKeys        // the opaque keys; nil where they mean nothing, and one is taken for a bad token
	Resolver config.Resolver // fetches those secrets that are references; nil where none is
}

// Verifier turns the raw text of a token into the caller it stands for. It is safe for concurrent use.
type Verifier struct {
	settings Settings
	role     path
	loaded   atomic.Pointer[keyring]
	counts   counters
}

// CacheStats is what became of looking for tokens among those that were verified before, since the Verifier was made.
type CacheStats struct {
	Requests  int64 // tokens that were looked for
	Hits      int64 // of those, tokens that were there
	Evictions int64 // tokens that had to make room
}

// CacheStats counts; all is 0 where no tokens are remembered.
func (v *Verifier) CacheStats() CacheStats {
	return CacheStats{v.counts.requests.Load(), v.counts.hits.Load(), v.counts.evictions.Load()}
}

var errNoResolver = errors.New("a secret or a list of keys is a reference, and nothing here can resolve it")

// NewVerifier makes a Verifier. It reports a bad role claim path, and a bad secret unless that is a reference: those are
// fetched when the first token comes, and again at every token (the resolver caches), so that a rotation needs no
// restart.
func NewVerifier(s Settings) (*Verifier, error) {
	if s.JWT.RoleClaim == "" {
		s.JWT.RoleClaim = ".role"
	}
	role, err := parsePath(s.JWT.RoleClaim)
	if err != nil {
		return nil, fmt.Errorf("reading the role claim path %q: %w", s.JWT.RoleClaim, err)
	}
	v := &Verifier{settings: s, role: role}
	if !v.fetches() {
		_, err = v.keyring(context.Background()) // which nothing has to wait for
	} else if s.Resolver == nil {
		err = errNoResolver
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Verify gives the caller that the token or API key raw stands for at the time now. Its faults are PostgREST's: PGRST300
// without a secret, PGRST301 for a token that cannot be decoded or verified, PGRST302 where it has no role and anonymous
// callers are refused, PGRST303 for claims that do not hold; beside them PERGOLA_UNKNOWN_KEY for an opaque key that is none of
// ours. Any other error says that the secret could not be fetched.
//
// The claims of the caller may be shared with other requests and must not be changed.
func (v *Verifier) Verify(ctx context.Context, raw string, now time.Time) (identity.Principal, error) {
	if v.settings.APIKeys != nil && IsAPIKey(raw) {
		return v.holder(ctx, raw)
	}
	ring, err := v.keyring(ctx)
	if err != nil {
		return identity.Principal{}, err
	}
	if ring == nil {
		return identity.Principal{}, fault.NoJWTSecret()
	}
	known, hit := ring.cache.get(raw)
	if !hit {
		if known, err = v.read(ring.keys, raw); err != nil {
			return identity.Principal{}, err
		}
	}
	if err := known.check(v.settings.JWT.Audience, now); err != nil {
		ring.cache.remove(raw)
		return identity.Principal{}, err
	}
	if !hit {
		ring.cache.add(raw, known)
	}
	return known.principal, nil
}

// holder is the caller that an opaque key stands for.
func (v *Verifier) holder(ctx context.Context, raw string) (identity.Principal, error) {
	kind, err := v.settings.APIKeys.Kind(ctx, raw)
	if err != nil {
		return identity.Principal{}, err
	}
	if kind == SecretKey {
		return identity.Service(), nil
	}
	return v.Anonymous()
}

// Anonymous is the caller that brought no token: the anonymous role, or PGRST302 where there is none.
func (v *Verifier) Anonymous() (identity.Principal, error) {
	if v.settings.AnonRole == "" {
		return identity.Principal{}, fault.AnonymousDisabled()
	}
	return identity.Anonymous(v.settings.AnonRole), nil
}

// read verifies the signature and takes the claims apart. It does not look at the clock.
func (v *Verifier) read(keys *Keys, raw string) (verified, error) {
	payload, err := keys.payload(raw)
	if err != nil {
		return verified{}, err
	}
	claims, err := parseClaims(payload)
	if err != nil {
		return verified{}, err
	}
	role, err := v.roleOf(claims)
	if err != nil {
		return verified{}, err
	}
	return claims.as(role, v.settings.AnonRole)
}

// roleOf is the role that the claims name at the configured path, else the anonymous one.
func (v *Verifier) roleOf(c claimSet) (string, error) {
	found, ok := v.role.first(c.values)
	if !ok || found == nil || found == "" {
		if v.settings.AnonRole == "" {
			return "", fault.AnonymousDisabled()
		}
		return v.settings.AnonRole, nil
	}
	role, ok := found.(string)
	if !ok {
		return "", fault.BadClaims("The JWT role claim must be a string")
	}
	return role, nil
}
