package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// algorithms lists every signature algorithm that any key may use. "none" is not among them.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.HS256, jose.HS384, jose.HS512,
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// can reports whether the key may be used with alg: the algorithm must belong to the key's type (RFC 7518, section 3;
// RFC 8037 for EdDSA) and be the one that the key is for, when it says so.
func (k key) can(alg jose.SignatureAlgorithm) bool {
	if k.alg != "" && k.alg != alg {
		return false
	}
	return slices.Contains(k.algorithms(), alg)
}

// algorithms lists what fits the key's type, the default first.
func (k key) algorithms() []jose.SignatureAlgorithm {
	switch public := k.verify.(type) {
	case []byte:
		return hmacAlgorithms(len(public))
	case *rsa.PublicKey:
		return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
	case *ecdsa.PublicKey:
		return curveAlgorithms(public)
	case ed25519.PublicKey:
		return []jose.SignatureAlgorithm{jose.EdDSA}
	}
	return nil
}

// hmacAlgorithms lists what a secret of n bytes is long enough for (RFC 7518, section 3.2).
func hmacAlgorithms(n int) []jose.SignatureAlgorithm {
	algs := []jose.SignatureAlgorithm{jose.HS256}
	if n >= 48 {
		algs = append(algs, jose.HS384)
	}
	if n >= 64 {
		algs = append(algs, jose.HS512)
	}
	return algs
}

// curveAlgorithms is the one algorithm of a curve (RFC 7518, section 3.4).
func curveAlgorithms(public *ecdsa.PublicKey) []jose.SignatureAlgorithm {
	switch public.Curve.Params().BitSize {
	case 256:
		return []jose.SignatureAlgorithm{jose.ES256}
	case 384:
		return []jose.SignatureAlgorithm{jose.ES384}
	case 521:
		return []jose.SignatureAlgorithm{jose.ES512}
	}
	return nil
}

// candidates are the keys that may have signed a token with this header: those with the token's key id, or all when it
// names none, as far as the algorithm fits. A key id that no key has leaves nothing, as in PostgREST.
func (s *Keys) candidates(alg jose.SignatureAlgorithm, id string) []key {
	var fit []key
	for _, k := range s.keys {
		if (id == "" || id == k.id || k.anyID) && k.can(alg) {
			fit = append(fit, k)
		}
	}
	return fit
}

// defaultAlgorithm is the one that the key is for, or the first that fits it.
func (k key) defaultAlgorithm() jose.SignatureAlgorithm {
	if k.alg != "" {
		return k.alg
	}
	return k.algorithms()[0]
}
