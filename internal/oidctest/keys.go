package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Keys are those that a provider signs with.
type Keys struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

func newKeys(t testing.TB) Keys {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Keys{r, e}
}

// set is the public half.
func (k Keys) set() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: k.rsa.Public(), KeyID: "rsa", Algorithm: "RS256", Use: "sig"},
		{Key: k.ec.Public(), KeyID: "ec", Algorithm: "ES256", Use: "sig"},
	}}
}

// Sign signs claims with RS256.
func (k Keys) Sign(t testing.TB, claims map[string]any) string {
	t.Helper()
	raw, err := k.sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (k Keys) sign(claims map[string]any) (string, error) {
	return sign(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k.rsa, KeyID: "rsa"}}, claims)
}

// SignES256 signs claims with the other key.
func (k Keys) SignES256(t testing.TB, claims map[string]any) string {
	t.Helper()
	raw, err := sign(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.ec, KeyID: "ec"}}, claims)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// SignHS256 signs claims with a text for a key, as a token does that takes a public key for a secret.
func (k Keys) SignHS256(t testing.TB, claims map[string]any) string {
	t.Helper()
	raw, err := sign(jose.SigningKey{Algorithm: jose.HS256, Key: k.rsa.N.Bytes()}, claims)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Unsigned gives claims as a token with the algorithm none.
func Unsigned(t testing.TB, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "."
}

// HashOf is the claim at_hash for an access token (OpenID Connect Core 1.0, 3.1.3.6).
func HashOf(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func sign(key jose.SigningKey, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
