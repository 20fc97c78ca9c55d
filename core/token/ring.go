package token

import (
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

var (
	errNoIssuerKey   = errors.New("nothing signs: set GOTRUE_JWT_KEYS or GOTRUE_JWT_SECRET; make a key with: pergola key generate")
	errSigners       = errors.New(`exactly one key of GOTRUE_JWT_KEYS signs: it has "sign" among its key_ops, and the others have not`)
	errIssuerKeyID   = errors.New(`a key of GOTRUE_JWT_KEYS has no "kid", by which verifiers find it`)
	errSharedKeyID   = errors.New(`two keys of GOTRUE_JWT_KEYS have the same "kid"`)
	errIssuerKeyAlg  = errors.New("a key of GOTRUE_JWT_KEYS is of a kind that clients cannot verify: it is ES256, RS256 or HS256")
	errSecretIsASet  = errors.New("GOTRUE_JWT_SECRET is a text: keys as JSON belong into GOTRUE_JWT_KEYS")
	issuerAlgorithms = [...]jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.HS256} // of auth-js's getClaims, and HS256 of old
)

// ParseRing reads the keys of one who issues tokens for sessions, as GoTrue is given them. set is an array of private JWKs
// (GOTRUE_JWT_KEYS), of which exactly one signs and the others only verify; "" for none. secret is a text of at least 32
// bytes (GOTRUE_JWT_SECRET), "" for none: it signs with HS256 and the key id secretID, which may be empty, where there is no
// set; beside a set it only verifies what it has signed in its time, whatever key id that names.
func ParseRing(set, secret, secretID string) (*Keys, error) {
	ring := &Keys{}
	if set != "" {
		parsed, err := parseJSONKeys([]byte(set))
		if err != nil {
			return nil, fmt.Errorf("reading GOTRUE_JWT_KEYS: %w", err)
		}
		if err := parsed.checkRing(); err != nil {
			return nil, err
		}
		ring.keys = parsed.keys
	}
	if secret == "" {
		if set == "" {
			return nil, errNoIssuerKey
		}
		return ring, nil
	}
	k, err := ringSecret(secret, secretID)
	if err != nil {
		return nil, err
	}
	if set != "" {
		k.sign = nil
	}
	ring.keys = append(ring.keys, k)
	return ring, nil
}

func ringSecret(secret, id string) (key, error) {
	if looksLikeJWK([]byte(secret)) {
		return key{}, errSecretIsASet
	}
	if len(secret) < minSecret {
		return key{}, fmt.Errorf("reading GOTRUE_JWT_SECRET: %w", errShortSecret)
	}
	return key{id: id, anyID: true, alg: jose.HS256, verify: []byte(secret), sign: []byte(secret)}, nil
}

// checkRing reports what a set of an issuer's keys lacks.
func (s *Keys) checkRing() error {
	ids, signers := map[string]bool{}, 0
	for _, k := range s.keys {
		switch {
		case k.id == "":
			return errIssuerKeyID
		case ids[k.id]:
			return errSharedKeyID
		}
		ids[k.id] = true
		if k.sign != nil {
			signers++
			if !k.forClients() {
				return errIssuerKeyAlg
			}
		}
	}
	if signers != 1 {
		return errSigners
	}
	return nil
}

// forClients reports whether clients can verify what the key signs.
func (k key) forClients() bool {
	for _, alg := range issuerAlgorithms {
		if k.defaultAlgorithm() == alg {
			return true
		}
	}
	return false
}

// Sign signs a payload, JSON as it shall be read, with the key that signs and its own algorithm.
func (s *Keys) Sign(payload []byte) (string, error) { return s.sign(payload, "") }

// Open verifies the signature of a token and gives what it signs. The claims are the caller's to check. Its error is a fault
// in PostgREST's words.
func (s *Keys) Open(raw string) ([]byte, error) { return s.payload(raw) }
