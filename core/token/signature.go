package token

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/pergola-dev/pergola/core/fault"
)

// maxToken is the longest token that is looked at, in bytes: beyond what any HTTP server in front lets through
// (API Gateway takes 10 KiB of headers, net/http 1 MiB).
const maxToken = 64 << 10

// PostgREST's texts for tokens that cannot be verified (Error.hs, JwtDecodeError).
const (
	textEmpty      = "Empty JWT is sent in Authorization header"
	textNoKey      = "No suitable key or wrong key type"
	textNoneFits   = "No suitable key was found to decode the JWT"
	textNoneWorks  = "None of the keys was able to decode the JWT"
	textAlgorithm  = "Wrong or unsupported encoding algorithm"
	textUnsecured  = "JWT is unsecured but expected 'alg' was not 'none'"
	textBadContent = "JWT cryptographic operation failed"
)

// payload verifies the signature of raw and gives the bytes that it signs.
func (s *Keys) payload(raw string) ([]byte, error) {
	if err := checkForm(raw); err != nil {
		return nil, err
	}
	if unsecured(raw) {
		return nil, fault.BadToken(textAlgorithm, textUnsecured)
	}
	signed, err := jose.ParseSignedCompact(raw, algorithms())
	if err != nil || len(signed.Signatures) != 1 {
		return nil, fault.BadToken(textBadContent, "")
	}
	header := signed.Signatures[0].Header
	candidates := s.candidates(jose.SignatureAlgorithm(header.Algorithm), header.KeyID)
	if len(candidates) == 0 {
		return nil, fault.BadToken(textNoKey, textNoneFits)
	}
	for _, k := range candidates {
		if payload, err := signed.Verify(k.verify); err == nil {
			return payload, nil
		}
	}
	return nil, fault.BadToken(textNoKey, textNoneWorks)
}

// checkForm reports a token that is empty, too long or not of three parts.
func checkForm(raw string) error {
	if raw == "" {
		return fault.BadToken(textEmpty, "")
	}
	if len(raw) > maxToken {
		return fault.BadToken(textBadContent, "")
	}
	if parts := strings.Count(raw, ".") + 1; parts != 3 {
		return fault.BadToken(fmt.Sprintf("Expected 3 parts in JWT; got %d", parts), "")
	}
	return nil
}

// unsecured reports whether the token says that it is not signed. It decides over the text of the refusal only: the
// library refuses such tokens by itself.
func unsecured(raw string) bool {
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return false
	}
	var header struct {
		Alg string `json:"alg"`
	}
	return json.Unmarshal(decoded, &header) == nil && strings.EqualFold(header.Alg, "none")
}
