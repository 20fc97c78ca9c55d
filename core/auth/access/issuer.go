package access

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/token"
)

// Issuer signs access tokens and reads them back. It is immutable.
type Issuer struct {
	keys *token.Keys
	name string
}

// NewIssuer makes an issuer of keys (token.ParseRing). name becomes the claim iss; "" for none (GOTRUE_JWT_ISSUER).
func NewIssuer(keys *token.Keys, name string) *Issuer { return &Issuer{keys: keys, name: name} }

// Issue signs the claims, whose iss is the issuer's own.
func (i *Issuer) Issue(c Claims) (string, error) {
	c.Issuer = i.name
	payload, err := c.encode()
	if err != nil {
		return "", err
	}
	return i.keys.Sign(payload)
}

// IssueHooked signs claims that a hook has given: a JSON object, which is sent as it is. The error names every required
// claim that it lacks.
func (i *Issuer) IssueHooked(claims []byte) (string, error) {
	if err := CheckHooked(claims); err != nil {
		return "", err
	}
	return i.keys.Sign(claims)
}

// PublicSet gives the JWKS for verifiers; symmetric keys are never in it.
func (i *Issuer) PublicSet() ([]byte, error) { return i.keys.PublicSet() }

// Check gives the claims of a token that one of the keys has signed and that is good at the time now, to the second. It does
// not ask whether there is a subject. Its error is the fault bad_jwt.
func (i *Issuer) Check(raw string, now time.Time) (Claims, error) {
	payload, err := i.keys.Open(raw)
	if err != nil {
		return Claims{}, badToken(unverified(raw)).WithCause(err)
	}
	var c Claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return Claims{}, badToken("token is malformed: could not JSON decode claim").WithCause(err)
	}
	switch clock := now.Unix(); {
	case c.Expires != 0 && clock >= c.Expires:
		return Claims{}, badToken("token has invalid claims: token is expired")
	case c.NotBefore > clock:
		return Claims{}, badToken("token has invalid claims: token is not valid yet")
	}
	return c, nil
}

// badToken is GoTrue's answer to a token that cannot be used, with the words of the library that it reads tokens with.
func badToken(why string) *fault.Error {
	return fault.New(fault.Forbidden, "bad_jwt", "invalid JWT: unable to parse or verify signature, "+why)
}

// unverified says why the keys do not verify a token, as far as its form and its header tell.
func unverified(raw string) string {
	if strings.Count(raw, ".") != 2 {
		return "token is malformed: token contains an invalid number of segments"
	}
	var header struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}
	encoded, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return "token is malformed: could not decode the header"
	}
	if strings.EqualFold(header.Alg, "none") || header.Alg == "" {
		return fmt.Sprintf("token signature is invalid: signing method %s is invalid", header.Alg)
	}
	return "token signature is invalid: signature is invalid"
}
