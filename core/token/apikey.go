package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
)

// KeyKind is what an opaque API key stands for.
type KeyKind int

// The kinds of opaque API keys.
const (
	NoKey          KeyKind = iota // no opaque key speaks: a token does, or nothing
	PublishableKey                // the anonymous role: nobody in particular
	SecretKey                     // service_role: an administrator
)

// keyPrefix is what every opaque key begins with. No JWT does: its first part is a JSON object in base64.
const keyPrefix = "sb_"

// IsAPIKey reports whether a credential has the look of an opaque API key, good or not.
func IsAPIKey(raw string) bool { return strings.HasPrefix(raw, keyPrefix) }

func isSecretKey(raw string) bool { return strings.HasPrefix(raw, config.SecretPrefix) }

// APIKeys recognise the opaque API keys of a configuration. A nil one has none and takes nothing for one. It is safe for
// concurrent use.
type APIKeys struct {
	publishable, secret keyList
	resolver            config.Resolver
}

// keyList is one list of keys, in the form in which they are compared.
type keyList struct {
	given  config.Secret
	prefix string
	hashes []keyHash // of what given holds; none for a reference
}

// keyHash is the SHA-256 of a key, so that comparing takes the same time for every key, whatever it has in common with ours.
type keyHash = [sha256.Size]byte

// NewAPIKeys makes the APIKeys of a configuration. It reports a bad list, unless that is a reference: those are fetched with
// resolver whenever such a key comes (the resolver caches), so that a rotation needs no restart.
func NewAPIKeys(given config.APIKeys, resolver config.Resolver) (*APIKeys, error) {
	k := &APIKeys{
		publishable: keyList{given: given.Publishable, prefix: config.PublishablePrefix},
		secret:      keyList{given: given.Secret, prefix: config.SecretPrefix},
		resolver:    resolver,
	}
	for _, list := range []*keyList{&k.publishable, &k.secret} {
		if list.given.IsReference() {
			if resolver == nil {
				return nil, errNoResolver
			}
			continue
		}
		var err error
		if list.hashes, err = list.parse(string(list.given)); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Kind tells what the opaque key raw stands for. A key that is none of ours is a fault; any other error says that the list
// could not be fetched.
func (k *APIKeys) Kind(ctx context.Context, raw string) (KeyKind, error) {
	for _, of := range []struct {
		list *keyList
		kind KeyKind
	}{{&k.publishable, PublishableKey}, {&k.secret, SecretKey}} {
		if !strings.HasPrefix(raw, of.list.prefix) {
			continue
		}
		hashes, err := of.list.current(ctx, k.resolver)
		if err != nil {
			return NoKey, err
		}
		if holds(hashes, raw) {
			return of.kind, nil
		}
	}
	return NoKey, fault.UnknownKey()
}

// Of tells which opaque key speaks for a request, by the rules of Credential: NoKey where a token does, or nothing. Its errors
// are those of Credential and Kind.
func (k *APIKeys) Of(ctx context.Context, s Shown) (KeyKind, error) {
	if k == nil {
		return NoKey, nil
	}
	raw, _, err := s.Credential()
	if err != nil || !IsAPIKey(raw) {
		return NoKey, err
	}
	return k.Kind(ctx, raw)
}

// current gives the hashes of the list as it is now.
func (l *keyList) current(ctx context.Context, resolver config.Resolver) ([]keyHash, error) {
	if !l.given.IsReference() {
		return l.hashes, nil
	}
	list, err := resolver.Resolve(ctx, l.given)
	if err != nil {
		return nil, fmt.Errorf("fetching the API keys: %w", err)
	}
	return l.parse(list)
}

func (l *keyList) parse(list string) ([]keyHash, error) {
	keys, err := config.ParseAPIKeys(list, l.prefix)
	if err != nil {
		return nil, fmt.Errorf("reading the API keys %s...: %w", l.prefix, err)
	}
	hashes := make([]keyHash, len(keys))
	for i, key := range keys {
		hashes[i] = sha256.Sum256([]byte(key))
	}
	return hashes, nil
}

// holds compares with every key, so that the time tells neither whether one fits nor which.
func holds(hashes []keyHash, raw string) bool {
	hash, found := sha256.Sum256([]byte(raw)), 0
	for i := range hashes {
		found |= subtle.ConstantTimeCompare(hash[:], hashes[i][:])
	}
	return found == 1
}

// project is what checksums of our keys name in the place of a project of Supabase's.
const project = "pergola"

// GenerateAPIKey makes an opaque API key that begins with prefix (config.PublishablePrefix or config.SecretPrefix): 128 random
// bits as 22 characters, and a checksum of 8, by which tools tell a key from a slip of the pen. Nothing here asks for it.
func GenerateAPIKey(prefix string) string {
	key := prefix + base64.RawURLEncoding.EncodeToString(randomBytes(16))
	sum := sha256.Sum256([]byte(project + "|" + key))
	return key + "_" + base64.RawURLEncoding.EncodeToString(sum[:])[:8]
}
