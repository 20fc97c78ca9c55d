package oauth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

// claims are those of a good ID token with some changes; nil takes a claim away.
func claims(server *oidctest.Server, changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": server.URL, "aud": oidctest.Client, "sub": "42", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"email": "ada@example.org", "email_verified": true,
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func hashOf(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return hex.EncodeToString(sum[:])
}

func TestIDToken(t *testing.T) {
	server := oidctest.New(t)
	set := newSet(t, all(server))
	for _, tt := range []struct {
		name string
		raw  string
		a    oauth.Assertion
	}{
		{"RS256", server.Sign(t, claims(server, nil)), oauth.Assertion{}},
		{"ES256", server.SignES256(t, claims(server, nil)), oauth.Assertion{}},
		{"for a mobile client", server.Sign(t, claims(server, map[string]any{"aud": []string{"x", "mobile"}})), oauth.Assertion{}},
		{"with a nonce", server.Sign(t, claims(server, map[string]any{"nonce": hashOf("n")})), oauth.Assertion{Nonce: "n"}},
		{"with an access token", server.Sign(t, claims(server, map[string]any{"at_hash": oidctest.HashOf("t")})), oauth.Assertion{AccessToken: "t"}},
		{"with an access token that it does not name", server.Sign(t, claims(server, nil)), oauth.Assertion{AccessToken: "t"}},
		{"with the issuer named too", server.Sign(t, claims(server, nil)), oauth.Assertion{Issuer: server.URL}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.a.Provider, tt.a.IDToken = oauth.Google, tt.raw
			got, err := set.Check(t.Context(), tt.a)
			if err != nil || got.ID != "42" || got.Provider != oauth.Google || got.Claims["email"] != "ada@example.org" {
				t.Errorf("got %+v and %v", got, err)
			}
		})
	}
}

// TestIDTokenRefused is attack 24.
func TestIDTokenRefused(t *testing.T) {
	server, evil := oidctest.New(t), oidctest.New(t)
	set := newSet(t, all(server))
	good := server.Sign(t, claims(server, nil))
	parts := strings.Split(good, ".")
	sign := func(changes map[string]any) string { return server.Sign(t, claims(server, changes)) }
	const bad = "Bad ID token"
	for _, tt := range []struct {
		name        string
		raw         string
		a           oauth.Assertion
		description string
	}{
		{"nothing", "", oauth.Assertion{}, "id_token required"},
		{"no token", "x", oauth.Assertion{}, bad},
		{"another client", sign(map[string]any{"aud": "another"}), oauth.Assertion{}, "Unacceptable audience in id_token: [another]"},
		{"no client", sign(map[string]any{"aud": nil}), oauth.Assertion{}, "Unacceptable audience in id_token: []"},
		{"another issuer", sign(map[string]any{"iss": "https://accounts.google.com"}), oauth.Assertion{}, bad},
		{"an attacker's issuer", evil.Sign(t, claims(evil, nil)), oauth.Assertion{}, bad},
		{"an attacker's key", evil.Sign(t, claims(server, nil)), oauth.Assertion{}, bad},
		{"a changed payload", parts[0] + "." + strings.Split(sign(map[string]any{"sub": "43"}), ".")[1] + "." + parts[2], oauth.Assertion{}, bad},
		{"the algorithm none", oidctest.Unsigned(t, claims(server, nil)), oauth.Assertion{}, bad},
		{"a public key as secret", server.SignHS256(t, claims(server, nil)), oauth.Assertion{}, bad},
		{"expired", sign(map[string]any{"exp": time.Now().Add(-time.Second).Unix()}), oauth.Assertion{}, bad},
		{"without an end", sign(map[string]any{"exp": nil}), oauth.Assertion{}, bad},
		{"not yet good", sign(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), oauth.Assertion{}, bad},
		{"no subject", sign(map[string]any{"sub": nil}), oauth.Assertion{}, "Missing sub claim in id_token"},
		{"a nonce in the token only", sign(map[string]any{"nonce": hashOf("n")}), oauth.Assertion{}, "Passed nonce and nonce in id_token should either both exist or not."},
		{"a nonce in the request only", good, oauth.Assertion{Nonce: "n"}, "Passed nonce and nonce in id_token should either both exist or not."},
		{"another nonce", sign(map[string]any{"nonce": hashOf("n")}), oauth.Assertion{Nonce: "m"}, "Nonces mismatch"},
		{"a nonce that is not hashed", sign(map[string]any{"nonce": "n"}), oauth.Assertion{Nonce: "n"}, "Nonces mismatch"},
		{"another access token", sign(map[string]any{"at_hash": oidctest.HashOf("t")}), oauth.Assertion{AccessToken: "u"}, bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.a.Provider, tt.a.IDToken = oauth.Google, tt.raw
			got, err := set.Check(t.Context(), tt.a)
			if refusal, ok := errors.AsType[*oauth.Refusal](err); !ok || refusal.Description != tt.description {
				t.Errorf("got %+v and %v, want %q", got, err, tt.description)
			}
		})
	}
	if n := evil.Calls("/.well-known/openid-configuration") + evil.Calls("/keys"); n != 0 {
		t.Errorf("the attacker's issuer was asked %d times", n)
	}
}

// TestIDTokenOfWhom says whose tokens are taken: the settings' alone.
func TestIDTokenOfWhom(t *testing.T) {
	server, other := oidctest.New(t), oidctest.New(t)
	o := all(server)
	o.Providers = o.Providers[4:] // acme
	o.Issuers = []string{other.URL}
	set := newSet(t, o)
	ours, theirs := server.Sign(t, claims(server, nil)), other.Sign(t, claims(other, map[string]any{"aud": "named"}))
	for _, tt := range []struct {
		name     string
		a        oauth.Assertion
		provider string
		code     string
		message  string
	}{
		{"by name", oauth.Assertion{Provider: "acme", IDToken: ours}, "acme", "", ""},
		{"by issuer", oauth.Assertion{Issuer: server.URL, ClientID: "ignored", IDToken: ours}, "acme", "", ""},
		{"an issuer that is allowed", oauth.Assertion{Issuer: other.URL, ClientID: "named", IDToken: theirs}, other.URL, "", ""},
		{"switched off", oauth.Assertion{Provider: "google", IDToken: ours}, "", "provider_disabled", `Provider (issuer "https://accounts.google.com") is not enabled`},
		{"an issuer that is switched off", oauth.Assertion{Issuer: "https://appleid.apple.com", ClientID: "x", IDToken: ours}, "", "provider_disabled", `Provider (issuer "https://appleid.apple.com") is not enabled`},
		{"unknown", oauth.Assertion{Provider: "evil", IDToken: ours}, "", "validation_failed", `Custom OIDC provider "evil" not allowed`},
		{"unknown, of an issuer that is allowed", oauth.Assertion{Provider: "evil", Issuer: other.URL, ClientID: "named", IDToken: theirs}, "", "validation_failed", `Custom OIDC provider "evil" not allowed`},
		{"an issuer that the caller chooses", oauth.Assertion{Issuer: "https://evil.example", ClientID: "x", IDToken: ours}, "", "validation_failed", `Custom OIDC provider "" not allowed`},
		{"another issuer for a provider", oauth.Assertion{Provider: "acme", Issuer: other.URL, IDToken: theirs}, "", "validation_failed", "Provided issuer does not match ID token issuer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := set.Check(t.Context(), tt.a)
			if tt.code == "" {
				if err != nil || got.Provider != tt.provider {
					t.Errorf("got %+v and %v", got, err)
				}
				return
			}
			if f := fault.From(err); err == nil || f.Status() != 400 || f.Code != tt.code || f.Message != tt.message {
				t.Errorf("got %+v and %v", got, err)
			}
		})
	}
	if _, err := set.Check(t.Context(), oauth.Assertion{Issuer: other.URL, ClientID: "another", IDToken: theirs}); err == nil {
		t.Error("a token is taken that is for another client than the caller names")
	}
}

// TestTenants says whose tokens Azure's are.
func TestTenants(t *testing.T) {
	server := oidctest.New(t)
	for _, tt := range []struct {
		tenant, issuer string
		ok             bool
	}{
		{"common", "/a/v2.0", true},
		{"organizations", "/a/v2.0", true},
		{"a", "/a/v2.0", true},
		{"a/v2.0", "/a/v2.0", true},
		{"a", "/b/v2.0", false},
		{"common", "/common/v2.0", false},
		{"common", "/a/b/v2.0", false},
		{"common", "/a/v1.0", false},
		{"common", "//v2.0", false},
		{"common", ".evil.example/a/v2.0", false},
	} {
		t.Run(tt.tenant+" "+tt.issuer, func(t *testing.T) {
			set := newSet(t, oauth.Options{Callback: callback, Providers: []oauth.Provider{
				{Name: oauth.Azure, Clients: []string{oidctest.Client}, Secret: "s", URL: server.URL + "/" + tt.tenant},
			}})
			raw := server.Sign(t, claims(server, map[string]any{"iss": server.URL + tt.issuer}))
			_, err := set.Check(t.Context(), oauth.Assertion{Provider: oauth.Azure, IDToken: raw})
			if (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
