package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// rsaBits is the size of generated RSA keys (NIST SP 800-57: 112 bits of security until 2030).
const rsaBits = 2048

// GenerateSecret makes a text secret for HS256: 256 random bits as 43 characters of the URL alphabet.
func GenerateSecret() string { return base64.RawURLEncoding.EncodeToString(randomBytes(32)) }

// GenerateKey makes a signing key as a private JWK with a random key id: alg is HS256, ES256, RS256 or EdDSA. The JSON
// is one line and fits GoTrue's JWT_KEYS too (key_ops names "sign").
func GenerateKey(alg string) ([]byte, error) {
	made, err := newKey(alg)
	if err != nil {
		return nil, err
	}
	id := base64.RawURLEncoding.EncodeToString(randomBytes(16))
	return encodeJWK(jose.JSONWebKey{Key: made, KeyID: id, Algorithm: alg, Use: "sig"}, "sign", "verify")
}

func newKey(alg string) (any, error) {
	switch jose.SignatureAlgorithm(alg) {
	case jose.HS256:
		return randomBytes(32), nil
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case jose.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("%w %q: it is one of HS256, ES256, RS256, EdDSA", errUnknownAlg, alg)
}

// PublicSet gives the JWKS that verifiers may have of a JWK, a JWKS or an array of JWKs: the public parts alone.
// Symmetric keys are left out, because whoever holds one can sign.
func PublicSet(jwks []byte) ([]byte, error) {
	keys, err := parseJSONKeys(jwks)
	if err != nil {
		return nil, err
	}
	return keys.PublicSet()
}

// PublicSet gives the JWKS of the public keys, as the function of this name does.
func (s *Keys) PublicSet() ([]byte, error) {
	public := make([]json.RawMessage, 0, len(s.keys))
	for _, k := range s.keys {
		if _, symmetric := k.verify.([]byte); symmetric {
			continue
		}
		encoded, err := encodeJWK(jose.JSONWebKey{Key: k.verify, KeyID: k.id, Algorithm: string(k.defaultAlgorithm()), Use: "sig"}, "verify")
		if err != nil {
			return nil, err
		}
		public = append(public, encoded)
	}
	return json.Marshal(map[string]any{"keys": public})
}

// encodeJWK adds key_ops, which the library does not write, to a JWK.
func encodeJWK(jwk jose.JSONWebKey, operations ...string) ([]byte, error) {
	plain, err := jwk.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encoding the key: %w", err)
	}
	var members map[string]any
	if err := json.Unmarshal(plain, &members); err != nil {
		return nil, fmt.Errorf("encoding the key: %w", err)
	}
	members["key_ops"] = operations
	return json.Marshal(members)
}

// randomBytes cannot fail: crypto/rand ends the program when the system has no randomness.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
