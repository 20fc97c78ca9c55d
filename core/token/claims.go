package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
)

// skew is how far the issuer's clock may be off, in seconds (PostgREST, Auth/Jwt.hs: allowedSkewSeconds).
const skew = 30

// PostgREST's texts for claims that do not hold (Error.hs, JwtClaimsError).
const (
	textUnreadable = "Parsing claims failed"
	textExpired    = "JWT expired"
	textNotYet     = "JWT not yet valid"
	textFuture     = "JWT issued at future"
	textAudience   = "JWT not in audience"
	textAudType    = "The JWT 'aud' claim must be a string or an array of strings"
)

// claimSet is the payload of a token.
type claimSet struct {
	raw    json.RawMessage
	values map[string]any // numbers are json.Number
}

// verified is a token whose signature holds, with the claims that have to be checked each time it is used.
type verified struct {
	principal identity.Principal
	expires   *int64 // Unix seconds; nil when the token does not say
	notBefore *int64
	issued    *int64
	audience  []string
}

// parseClaims reads the payload, which has to be one JSON object in UTF-8.
func parseClaims(payload []byte) (claimSet, error) {
	c := claimSet{raw: bytes.TrimSpace(payload)}
	d := json.NewDecoder(bytes.NewReader(c.raw))
	d.UseNumber()
	if err := d.Decode(&c.values); err != nil || c.values == nil || !utf8.Valid(c.raw) {
		return claimSet{}, fault.BadClaims(textUnreadable)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return claimSet{}, fault.BadClaims(textUnreadable)
	}
	return c, nil
}

// as gives the token's caller, acting as role, which may be that of anonymous callers. It reports claims of a wrong type.
func (c claimSet) as(role, anonymous string) (verified, error) {
	v := verified{}
	var err error
	if v.expires, err = c.seconds("exp"); err != nil {
		return verified{}, err
	}
	if v.notBefore, err = c.seconds("nbf"); err != nil {
		return verified{}, err
	}
	if v.issued, err = c.seconds("iat"); err != nil {
		return verified{}, err
	}
	if v.audience, err = c.audience(); err != nil {
		return verified{}, err
	}
	raw, err := c.withRole(role)
	if err != nil {
		return verified{}, err
	}
	subject, _ := c.values["sub"].(string) // a subject of another type is no subject; the claims keep it
	v.principal = identity.Principal{Role: role, Subject: subject, Claims: raw, Authenticated: role != anonymous}
	if v.expires != nil {
		v.principal.Expires = time.Unix(*v.expires, 0)
	}
	return v, nil
}

// seconds reads a time claim; nil when it is missing or null. A fraction is cut off (RFC 7519 allows one), and what no
// clock will ever show becomes the first or the last second that can be told.
func (c claimSet) seconds(name string) (*int64, error) {
	value, ok := c.values[name]
	if !ok || value == nil {
		return nil, nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return nil, fault.BadClaims("The JWT '" + name + "' claim must be a number")
	}
	if whole, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
		return &whole, nil
	}
	approximate, _ := strconv.ParseFloat(number.String(), 64) // out of range gives an infinity of the right sign
	clamped := int64(math.Floor(max(-1<<53, min(approximate, 1<<53))))
	return &clamped, nil
}

// audience reads "aud"; nil when it is missing, null or empty, all of which mean any audience.
func (c claimSet) audience() ([]string, error) {
	switch value := c.values["aud"].(type) {
	case nil:
		return nil, nil
	case string:
		return []string{value}, nil
	case []any:
		return audiences(value)
	}
	return nil, fault.BadClaims(textAudType)
}

func audiences(values []any) ([]string, error) {
	all := make([]string, 0, len(values))
	for _, value := range values {
		one, ok := value.(string)
		if !ok {
			return nil, fault.BadClaims(textAudType)
		}
		all = append(all, one)
	}
	return all, nil
}

// check reports the first claim that does not hold, in PostgREST's order.
func (v verified) check(audience string, now time.Time) error {
	clock := now.Unix()
	switch {
	case v.expires != nil && clock-skew > *v.expires:
		return fault.BadClaims(textExpired)
	case v.notBefore != nil && clock+skew < *v.notBefore:
		return fault.BadClaims(textNotYet)
	case v.issued != nil && clock+skew < *v.issued:
		return fault.BadClaims(textFuture)
	case !v.isFor(audience):
		return fault.BadClaims(textAudience)
	}
	return nil
}

func (v verified) isFor(audience string) bool {
	if audience == "" || len(v.audience) == 0 {
		return true
	}
	for _, a := range v.audience {
		if a == audience {
			return true
		}
	}
	return false
}

// withRole gives the claims with "role" set to the role that acts: as they came when they say so already. Values keep
// their text; the order of the members is lost only where another role has to be replaced.
func (c claimSet) withRole(role string) (json.RawMessage, error) {
	named, ok := c.values["role"]
	if ok && named == role {
		return c.raw, nil
	}
	encoded, err := json.Marshal(role)
	if err != nil {
		return nil, fault.BadClaims(textUnreadable)
	}
	if !ok {
		return c.appendRole(encoded), nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(c.raw, &members); err != nil {
		return nil, fault.BadClaims(textUnreadable)
	}
	members["role"] = encoded
	return marshal(members)
}

// marshal is json.Marshal without the escapes for HTML, which would change the text of values.
func marshal(members map[string]json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		return nil, fmt.Errorf("encoding the claims: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// appendRole adds the member "role" at the end of an object that has none.
func (c claimSet) appendRole(encoded []byte) json.RawMessage {
	open := bytes.TrimRight(c.raw[:len(c.raw)-1], " \t\r\n")
	out := append(make([]byte, 0, len(open)+len(encoded)+9), open...)
	if len(c.values) > 0 {
		out = append(out, ',')
	}
	out = append(append(out, `"role":`...), encoded...)
	return append(out, '}')
}
