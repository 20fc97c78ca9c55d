package token_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

// Opaque keys as they look; which of them are good is not asked here.
const (
	publishable = "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
	secretKey   = "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
)

// TestCredential holds the combinations of header fields that supabase-js sends, and those that nobody should.
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
		{"the scheme alone beside a key", "Bearer", publishable, "", true},
		{"another scheme", "Basic dXNlcjpwYXNz", "", "", false},
		{"a longer scheme", "Bearers a.b.c", "", "", false},
		{"no scheme", "a.b.c", "", "", false},
		{"a key that is a token", "", "k.e.y", "k.e.y", true},
		{"that beside another scheme", "Basic dXNlcjpwYXNz", "k.e.y", "k.e.y", true},
		{"a user's token and a key that is a token", "Bearer a.b.c", "k.e.y", "a.b.c", true},
		{"supabase-js without a session, key of old", "Bearer k.e.y", "k.e.y", "k.e.y", true},
		{"supabase-js without a session", "Bearer " + publishable, publishable, publishable, true},
		{"supabase-js with a session", "Bearer a.b.c", publishable, "a.b.c", true},
		{"supabase-js on a server", "Bearer " + secretKey, secretKey, secretKey, true},
		{"supabase-js on a server, for a user", "Bearer a.b.c", secretKey, "a.b.c", true},
		{"supabase-js calling a function", "", publishable, publishable, true},
		{"an opaque key in Authorization alone", "Bearer " + secretKey, "", secretKey, true},
		{"two opaque keys", "Bearer " + secretKey, publishable, publishable, true},
		{"an opaque key before a key of old", "Bearer " + publishable, "k.e.y", "k.e.y", true},
		{"an opaque key of another kind", "Bearer sb_temp_x", publishable, publishable, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := token.Shown{Authorization: tt.authorization, APIKey: tt.apikey, UserAgent: "node"}.Credential()
			if got != tt.want || ok != tt.ok || err != nil {
				t.Errorf("got %q, %v, %v, want %q, %v", got, ok, err, tt.want, tt.ok)
			}
		})
	}
}

func TestSecretKeysOfBrowsers(t *testing.T) {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	for _, tt := range []struct {
		name, authorization, apikey, agent string
		refused                            bool
	}{
		{"as a key", "", secretKey, firefox, true},
		{"as a token", "Bearer " + secretKey, "", firefox, true},
		{"as both", "Bearer " + secretKey, secretKey, firefox, true},
		{"from a server", "Bearer " + secretKey, secretKey, "node", false},
		{"from nobody in particular", "", secretKey, "", false},
		{"a publishable key", "Bearer " + publishable, publishable, firefox, false},
		{"beside a user's token", "Bearer a.b.c", secretKey, firefox, true},
		{"beside a publishable key", "Bearer " + secretKey, publishable, firefox, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, ok, err := token.Shown{Authorization: tt.authorization, APIKey: tt.apikey, UserAgent: tt.agent}.Credential()
			if !tt.refused {
				check(t, err, "", "", "")
				return
			}
			check(t, err, "PERGOLA_KEY_IN_BROWSER", "Forbidden use of secret API key in browser", "")
			if raw != "" || ok {
				t.Errorf("it gives %q, %v all the same", raw, ok)
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
