package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// minSecret is the shortest HS256 secret in bytes (RFC 7518, 3.2: as long as the hash); PostgREST refuses shorter ones
// too.
const minSecret = 32

// checkTogether reports what no setting shows by itself.
func (l *loader) checkTogether() {
	l.faults = append(l.faults, l.config.checkSecrets()...)
	if !l.secretsDiffer() {
		l.faults = append(l.faults, l.config.checkSharedSecret()...)
	} else {
		l.fault("PGRST_JWT_SECRET", "it differs from JWT_SECRET, and a token does not say which of two HS256 secrets it "+
			"was signed with: give one of them, or keys with a key id (kid)")
	}
	if p := l.config.Server.AdminPort; p != 0 && p == l.config.Server.Port {
		l.fault("PGRST_ADMIN_SERVER_PORT", "it cannot be the same as PGRST_SERVER_PORT")
	}
}

// source is the variable that a field's value came from, given the more specific of the two that write it.
func (c Config) source(specific string) string {
	for _, s := range table() {
		if s.name == specific {
			return c.decides(s)
		}
	}
	return specific
}

// decides is which of two settings that write a field was given, s or the one that it overrules; s where neither was.
func (c Config) decides(s setting) string {
	if c.Origins[s.name] == "" && c.Origins[s.overrules] != "" {
		return s.overrules
	}
	return s.name
}

// secretSource is the variable that the secret of REST came from.
func (c Config) secretSource() string {
	if c.Origins["PGRST_JWT_SECRET"] == authSecret {
		return authSecret
	}
	return c.source("PGRST_JWT_SECRET")
}

// secretsDiffer reports whether two HS256 secrets were given that are not the same. Keys with ids can be told apart.
func (l *loader) secretsDiffer() bool {
	general, specific := Secret(l.env["JWT_SECRET"]), l.config.JWT.Secret
	if l.profile != Serve || general == "" || l.env["PGRST_JWT_SECRET"] == "" || general.IsReference() || specific.IsReference() {
		return false
	}
	return general != specific && !isKey([]byte(general)) && l.config.signing(specific) != "" && l.config.signing(specific) != general
}

// checkSharedSecret reports whether REST would not believe what Auth signs, because both have a secret and not the same.
// References are left for Resolve, and keys with ids can be told apart.
func (c Config) checkSharedSecret() []Fault {
	signed, believed := c.Auth.JWT.Secret, c.JWT.Secret
	if !c.Auth.Given || c.profile != Serve || signed == "" || believed == "" || signed.IsReference() || believed.IsReference() {
		return nil
	}
	if text := c.signing(believed); text == "" || text == signed || c.Auth.JWT.KeyID != "" {
		return nil
	}
	name := c.source("PGRST_JWT_SECRET")
	return []Fault{{authSecret, "it differs from " + name + ", and a token does not say which of two HS256 secrets it was signed with: give one of " +
		"them, or a key id (GOTRUE_JWT_KEY_ID)"}}
}

// checkSecrets reports what is wrong with the values of the secrets; references are left for Resolve.
func (c Config) checkSecrets() []Fault {
	var faults []Fault
	if err := checkURL(c.Database.URL); err != nil && c.profile != GoTrue { // where it is Auth's
		faults = append(faults, Fault{c.source("PGRST_DB_URI"), err.Error()})
	}
	if err := checkJWTSecret(c.JWT); err != nil {
		faults = append(faults, Fault{c.secretSource(), err.Error()})
	}
	faults = append(faults, c.checkAPIKeys()...)
	return append(faults, c.checkAuthSecrets()...)
}

var (
	errURI         = errors.New("the URI is malformed; special characters in a password are percent-encoded (%40 for @)")
	errConnection  = errors.New("it is neither a postgresql:// URI nor keywords such as host=localhost dbname=app")
	errBase64      = errors.New("it is not base64, though PGRST_JWT_SECRET_IS_BASE64 says so")
	errShortSecret = errors.New("the secret is shorter than 32 bytes: make one with pergola key generate")
	errBadKey      = errors.New("it looks like JSON and is neither a JWK (kty) nor a JWKS (keys)")
)

// checkURL looks at the form alone; whether there is such a database shows when it is asked.
func checkURL(s Secret) error {
	uri := strings.HasPrefix(string(s), "postgresql://") || strings.HasPrefix(string(s), "postgres://")
	switch {
	case s == "" || s.IsReference():
		return nil
	case uri:
		if _, err := url.Parse(string(s)); err != nil {
			return errURI
		}
		return nil
	case !strings.Contains(string(s), "="):
		return errConnection
	}
	return nil
}

func checkJWTSecret(j JWT) error {
	if j.Secret == "" || j.Secret.IsReference() {
		return nil
	}
	key := []byte(j.Secret)
	if j.Base64 {
		decoded, err := decodeBase64(string(j.Secret))
		if err != nil {
			return errBase64
		}
		key = decoded
	}
	switch {
	case isKey(key):
		return nil
	case strings.HasPrefix(strings.TrimSpace(string(key)), "{"):
		return errBadKey
	case len(key) < minSecret:
		return errShortSecret
	}
	return nil
}

// isKey reports whether b is a JWK or a JWKS, by its outer form; token reads the rest.
func isKey(b []byte) bool {
	var key struct {
		Kty  string            `json:"kty"`
		Keys []json.RawMessage `json:"keys"`
	}
	return json.Unmarshal(b, &key) == nil && (key.Kty != "" || key.Keys != nil)
}

// decodeBase64 takes the standard and the URL alphabet, padded or not, with "." for "=" too, as PostgREST does.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/", ".", "").Replace(strings.TrimSpace(s))
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}
