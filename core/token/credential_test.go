package token_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

func TestCredential(t *testing.T) {
	for _, tt := range []struct {
		name, authorization, apikey string
		want                        string
		ok                          bool
	}{
		{"nothing", "", "", "", false},
		{"a token", "Bearer a.b.c", "", "a.b.c", true},
		{"the scheme in small letters", "bearer a.b.c", "", "a.b.c", true},
		{"the scheme in large letters", "BEARER  a.b.c", "", "a.b.c", true},
		{"the scheme alone", "Bearer", "", "", true},
		{"the scheme and a space", "Bearer ", "", "", true},
		{"another scheme", "Basic dXNlcjpwYXNz", "", "", false},
		{"a longer scheme", "Bearers a.b.c", "", "", false},
		{"no scheme", "a.b.c", "", "", false},
		{"a key", "", "k.e.y", "k.e.y", true},
		{"a key beside another scheme", "Basic dXNlcjpwYXNz", "k.e.y", "k.e.y", true},
		{"a token and a key", "Bearer a.b.c", "k.e.y", "a.b.c", true},
		{"the key twice", "Bearer k.e.y", "k.e.y", "k.e.y", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := token.Credential(tt.authorization, tt.apikey)
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// signedPart is what a token signs, decoded: base64 leaves some freedom in how it is written.
func signedPart(raw string) string {
	var all []string
	for _, part := range strings.SplitN(raw, ".", 3)[:2] {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return ""
		}
		all = append(all, string(b))
	}
	return strings.Join(all, ".")
}

// FuzzVerify looks for a text that verifies without having been signed with the secret.
func FuzzVerify(f *testing.F) {
	good := hs256(`{"role":"author"}`)
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		good, "", "..", "a.b.c", parts[0] + "." + parts[1] + ".", encode(`{"alg":"none"}`) + "." + parts[1] + ".",
		good + ".", " " + good, strings.ToUpper(good), rsaToken,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := verifier(t, config.JWT{Secret: secret}).Verify(t.Context(), raw, now)
		if err == nil && (signedPart(raw) != signedPart(good) || got.Role != "author") {
			t.Errorf("%q verifies as %+v", raw, got)
		}
		if err != nil && got.Role != "" {
			t.Errorf("%q is refused (%v) and yet gives %+v", raw, err, got)
		}
	})
}
