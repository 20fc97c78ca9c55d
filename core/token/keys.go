package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// minSecret is the shortest symmetric key in bytes (RFC 7518, section 3.2: at least as long as the hash of HS256).
const minSecret = 32

// Keys is a set of keys that verify tokens, and sign them where the private part is there. It is immutable.
type Keys struct{ keys []key }

// key is one key with what limits its use.
type key struct {
	id     string
	anyID  bool                    // it may have signed tokens whatever their key id says
	alg    jose.SignatureAlgorithm // "" for every algorithm that fits the key's type
	verify any                     // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	sign   any                     // the private part; nil when there is none
}

var (
	errShortSecret = errors.New("the secret is shorter than 32 bytes; make one with: pergola key generate")
	errNoKeys      = errors.New("the key set holds no key that can verify signatures")
)

// ParseKeys reads a text secret of at least 32 bytes, a JWK, a JWKS ({"keys": [...]}) or a bare array of JWKs. With
// isBase64 the text is decoded first, from the standard or the URL alphabet, padded or not
// (PGRST_JWT_SECRET_IS_BASE64).
//
// A text secret signs HS256, and HS384 or HS512 when it is long enough. Text that looks like a JWK and is none is
// refused rather than taken as a secret: a public key that lost a brace would otherwise become the password. Keys of
// an unknown type ("kty") and keys for encryption are skipped, as RFC 7517 asks.
func ParseKeys(secret string, isBase64 bool) (*Keys, error) {
	raw := []byte(secret)
	if isBase64 {
		var err error
		if raw, err = decodeBase64(secret); err != nil {
			return nil, fmt.Errorf("decoding the base64 secret: %w", err)
		}
	}
	if looksLikeJWK(raw) {
		return parseJSONKeys(raw)
	}
	if len(raw) < minSecret {
		return nil, errShortSecret
	}
	return &Keys{keys: []key{{verify: raw, sign: raw}}}, nil
}

// decodeBase64 reads both alphabets. "." stands for "=" as in PostgREST.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/", ".", "").Replace(strings.TrimSpace(s))
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// looksLikeJWK reports whether text is meant as JSON keys. It errs on the side of yes for anything in braces that names
// a key's members, so that a damaged key stops the start.
func looksLikeJWK(raw []byte) bool {
	text := strings.TrimSpace(string(raw))
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return false
	}
	return json.Valid([]byte(text)) || strings.Contains(text, `"kty"`) || strings.Contains(text, `"keys"`)
}

// parseJSONKeys reads one JWK, {"keys": [...]} or [...].
func parseJSONKeys(raw []byte) (*Keys, error) {
	members, err := splitSet(raw)
	if err != nil {
		return nil, err
	}
	set := &Keys{}
	for i, m := range members {
		k, ok, err := parseJWK(m)
		if err != nil {
			return nil, fmt.Errorf("reading key %d of the set: %w", i+1, err)
		}
		if ok {
			set.keys = append(set.keys, k)
		}
	}
	if len(set.keys) == 0 {
		return nil, errNoKeys
	}
	return set, nil
}

// splitSet gives the JWKs of a JWK, a JWKS or an array, unread.
func splitSet(raw []byte) ([]json.RawMessage, error) {
	var array []json.RawMessage
	if json.Unmarshal(raw, &array) == nil {
		return array, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("reading the JSON keys: %w", err)
	}
	members, isSet := object["keys"]
	if !isSet {
		return []json.RawMessage{raw}, nil
	}
	if err := json.Unmarshal(members, &array); err != nil {
		return nil, fmt.Errorf("reading the JSON keys: %w", err)
	}
	return array, nil
}

// parseJWK reads one JWK. It gives false for a key that is none of our business.
func parseJWK(raw json.RawMessage) (key, bool, error) {
	var head struct {
		Kty string   `json:"kty"`
		Use string   `json:"use"`
		Crv string   `json:"crv"`
		Ops []string `json:"key_ops"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return key{}, false, err
	}
	if head.Kty == "" {
		return key{}, false, errors.New(`"kty" is missing`)
	}
	if head.Use == "enc" || !knownType(head.Kty, head.Crv) {
		return key{}, false, nil
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(raw, &jwk); err != nil {
		return key{}, false, err
	}
	k, err := fromJWK(jwk)
	if head.Ops != nil && !slices.Contains(head.Ops, "sign") {
		k.sign = nil // it stands by, or is on its way out
	}
	return k, err == nil, err
}

// knownType reports whether a key of this type and curve can verify tokens here (RFC 7518, RFC 8037).
func knownType(kty, crv string) bool {
	switch kty {
	case "oct", "RSA":
		return true
	case "EC":
		return crv == "P-256" || crv == "P-384" || crv == "P-521"
	case "OKP":
		return crv == "Ed25519"
	}
	return false
}

func fromJWK(jwk jose.JSONWebKey) (key, error) {
	k := key{id: jwk.KeyID, alg: jose.SignatureAlgorithm(jwk.Algorithm), verify: jwk.Key}
	switch private := jwk.Key.(type) {
	case []byte:
		if len(private) < minSecret {
			return key{}, errShortSecret
		}
		k.sign = private
	case *rsa.PrivateKey:
		k.sign, k.verify = private, &private.PublicKey
	case *ecdsa.PrivateKey:
		k.sign, k.verify = private, &private.PublicKey
	case ed25519.PrivateKey:
		k.sign, k.verify = private, private.Public()
	}
	if k.alg != "" && !k.can(k.alg) {
		return key{}, fmt.Errorf("%q is not an algorithm of this type of key", k.alg)
	}
	return k, nil
}
