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
	Resolver config.Resolver // fetches JWT.Secret when that is a reference; nil otherwise
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

// keyring is a parsed secret with the tokens that it has verified. A changed secret makes a new one, so that no token
// outlives its key.
type keyring struct {
	secret string
	keys   *Keys
	cache  *cache
}

var errNoResolver = errors.New("the JWT secret is a reference, and nothing here can resolve it")

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
	if s.JWT.Secret == "" {
		return v, nil
	}
	if !s.JWT.Secret.IsReference() {
		_, err = v.load(string(s.JWT.Secret))
	} else if s.Resolver == nil {
		err = errNoResolver
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Verify gives the caller that the token raw stands for at the time now. Its faults are PostgREST's: PGRST300 without a
// secret, PGRST301 for a token that cannot be decoded or verified, PGRST302 where it has no role and anonymous callers
// are refused, PGRST303 for claims that do not hold. Any other error says that the secret could not be fetched.
//
// The claims of the caller may be shared with other requests and must not be changed.
func (v *Verifier) Verify(ctx context.Context, raw string, now time.Time) (identity.Principal, error) {
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

// keyring gives the keys of the secret as it is now; nil when none is configured.
func (v *Verifier) keyring(ctx context.Context) (*keyring, error) {
	secret := v.settings.JWT.Secret
	if secret == "" || !secret.IsReference() {
		return v.loaded.Load(), nil
	}
	value, err := v.settings.Resolver.Resolve(ctx, secret)
	if err != nil {
		return nil, fmt.Errorf("fetching the JWT secret: %w", err)
	}
	return v.load(value)
}

// load parses a secret unless it is the one that is loaded already.
func (v *Verifier) load(secret string) (*keyring, error) {
	if ring := v.loaded.Load(); ring != nil && ring.secret == secret {
		return ring, nil
	}
	keys, err := ParseKeys(secret, v.settings.JWT.Base64)
	if err != nil {
		return nil, fmt.Errorf("reading the JWT secret: %w", err)
	}
	ring := &keyring{secret: secret, keys: keys, cache: newCache(v.settings.JWT.CacheEntries, &v.counts)}
	v.loaded.Store(ring)
	return ring, nil
}
