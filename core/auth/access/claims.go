package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Claims are what an access token says, in the order in which GoTrue writes them. A token of another origin that the keys
// verify, such as an anon or service_role key, has some of them only.
type Claims struct {
	Issuer       string          `json:"iss,omitempty"`
	Subject      string          `json:"sub"`
	Audience     Audience        `json:"aud"`
	Expires      int64           `json:"exp"` // Unix seconds
	Issued       int64           `json:"iat"` // Unix seconds
	NotBefore    int64           `json:"nbf,omitempty"`
	Email        string          `json:"email"`
	Phone        string          `json:"phone"`
	AppMetadata  json.RawMessage `json:"app_metadata"`
	UserMetadata json.RawMessage `json:"user_metadata"`
	Role         string          `json:"role"`
	AAL          string          `json:"aal,omitempty"` // "aal1" or "aal2"
	Methods      []Method        `json:"amr,omitempty"` // the newest first
	SessionID    string          `json:"session_id,omitempty"`
	IsAnonymous  bool            `json:"is_anonymous"`
	ClientID     string          `json:"client_id,omitempty"`
	Scope        string          `json:"scope,omitempty"`
}

// Method is one way in which the user has shown who they are.
type Method struct {
	Method    string `json:"method"`    // "password", "otp", "totp", ...
	Timestamp int64  `json:"timestamp"` // Unix seconds
	Provider  string `json:"provider,omitempty"`
}

// Audience is whom a token is for. It is written as one string; a list is read too, of which the first counts.
type Audience string

// UnmarshalJSON reads a string or a list of strings (RFC 7519, 4.1.3).
func (a *Audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = Audience(one)
		return nil
	}
	var several []string
	if err := json.Unmarshal(text, &several); err != nil {
		return errors.New("aud is neither a string nor a list of strings")
	}
	*a = ""
	if len(several) > 0 {
		*a = Audience(several[0])
	}
	return nil
}

// encode gives the claims as JSON. Metadata that is missing becomes an empty object, as GoTrue has it.
func (c Claims) encode() ([]byte, error) {
	if c.AppMetadata == nil {
		c.AppMetadata = json.RawMessage("{}")
	}
	if c.UserMetadata == nil {
		c.UserMetadata = json.RawMessage("{}")
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encoding the claims: %w", err)
	}
	return encoded, nil
}

// required are the claims that a hook may change but not take away, with what each has to be (GoTrue checks the same by a
// JSON schema).
var required = []struct {
	name string
	is   func(any) bool
	kind string
}{
	{"aud", isAudience, "a string or a list of strings"},
	{"exp", isNumber, "a number"},
	{"iat", isNumber, "a number"},
	{"sub", isString, "a string"},
	{"email", isString, "a string"},
	{"phone", isString, "a string"},
	{"role", isString, "a string"},
	{"aal", isString, "a string"},
	{"session_id", isString, "a string"},
	{"is_anonymous", isBool, "true or false"},
}

// CheckHooked reports every required claim that a hook has left out of claims, a JSON object, or given another type.
func CheckHooked(claims []byte) error {
	var values map[string]any
	if err := json.Unmarshal(claims, &values); err != nil || values == nil {
		return errors.New("the hook's claims are no JSON object")
	}
	var faults []string
	for _, r := range required {
		value, ok := values[r.name]
		switch {
		case !ok:
			faults = append(faults, r.name+" is missing")
		case !r.is(value):
			faults = append(faults, r.name+" is not "+r.kind)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("the hook's claims do not hold: %s", strings.Join(faults, ", "))
	}
	return nil
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(float64); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }

func isAudience(v any) bool {
	list, ok := v.([]any)
	if !ok {
		return isString(v)
	}
	for _, one := range list {
		if !isString(one) {
			return false
		}
	}
	return true
}
