package token

import (
	"context"
	"fmt"

	"github.com/pergola-dev/pergola/core/config"
)

// SessionKeys are the keys of those who issue tokens for sessions, as GoTrue is given them. Verifying takes their public
// parts alone.
type SessionKeys struct {
	Set    config.Secret // an array of JWKs (GOTRUE_JWT_KEYS); "" for none
	Secret config.Secret // a text (GOTRUE_JWT_SECRET); "" for none
}

// keyring holds keys with the tokens that they have verified. A changed secret makes a new one, so that no token outlives its
// key.
type keyring struct {
	made  secrets // what the keys were made of
	keys  *Keys
	cache *cache
}

// secrets are the texts that keys are made of, none of them a reference.
type secrets struct{ jwt, sessionSet, sessionSecret string }

// fetches reports whether a secret is kept elsewhere.
func (v *Verifier) fetches() bool {
	s := v.settings
	return s.JWT.Secret.IsReference() || s.Sessions.Set.IsReference() || s.Sessions.Secret.IsReference()
}

// keyring gives the keys of the secrets as they are now; nil when none is configured.
func (v *Verifier) keyring(ctx context.Context) (*keyring, error) {
	current, err := v.secrets(ctx)
	if err != nil {
		return nil, err
	}
	if current == (secrets{}) {
		return nil, nil
	}
	if ring := v.loaded.Load(); ring != nil && ring.made == current {
		return ring, nil
	}
	keys, err := current.parse(v.settings.JWT.Base64)
	if err != nil {
		return nil, err
	}
	ring := &keyring{made: current, keys: keys, cache: newCache(v.settings.JWT.CacheEntries, &v.counts)}
	v.loaded.Store(ring)
	return ring, nil
}

// secrets gives the secrets as they are now.
func (v *Verifier) secrets(ctx context.Context) (current secrets, err error) {
	if current.jwt, err = v.fetch(ctx, v.settings.JWT.Secret); err != nil {
		return secrets{}, fmt.Errorf("fetching the JWT secret: %w", err)
	}
	if current.sessionSet, err = v.fetch(ctx, v.settings.Sessions.Set); err != nil {
		return secrets{}, fmt.Errorf("fetching the keys of sessions: %w", err)
	}
	if current.sessionSecret, err = v.fetch(ctx, v.settings.Sessions.Secret); err != nil {
		return secrets{}, fmt.Errorf("fetching the secret of sessions: %w", err)
	}
	return current, nil
}

func (v *Verifier) fetch(ctx context.Context, s config.Secret) (string, error) {
	if !s.IsReference() {
		return string(s), nil
	}
	return v.settings.Resolver.Resolve(ctx, s)
}

// parse makes one set of all keys. Which of them could sign does not matter: nothing is signed with it.
func (s secrets) parse(isBase64 bool) (*Keys, error) {
	all := &Keys{}
	if s.jwt != "" {
		keys, err := ParseKeys(s.jwt, isBase64)
		if err != nil {
			return nil, fmt.Errorf("reading the JWT secret: %w", err)
		}
		all.keys = append(all.keys, keys.keys...)
	}
	if s.sessionSet != "" {
		keys, err := parseJSONKeys([]byte(s.sessionSet))
		if err != nil {
			return nil, fmt.Errorf("reading GOTRUE_JWT_KEYS: %w", err)
		}
		all.keys = append(all.keys, keys.keys...)
	}
	if s.sessionSecret != "" {
		keys, err := parseSessionSecret(s.sessionSecret)
		if err != nil {
			return nil, err
		}
		all.keys = append(all.keys, keys...)
	}
	return all, nil
}

// parseSessionSecret reads the secret of sessions, or keys: a reference to the JWT secret may stand in its place, and only
// those who sign have to know better.
func parseSessionSecret(text string) ([]key, error) {
	if looksLikeJWK([]byte(text)) {
		keys, err := parseJSONKeys([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("reading GOTRUE_JWT_SECRET: %w", err)
		}
		return keys.keys, nil
	}
	k, err := ringSecret(text, "")
	return []key{k}, err
}
