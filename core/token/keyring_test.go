package token_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

const older = "an-older-secret-of-at-least-32-bytes"

// signing makes a private ES256 key, as a set for those who sign and as one for those who verify.
func signing(t testing.TB) (private, public string) {
	t.Helper()
	jwk, err := token.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	set, err := token.PublicSet(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return "[" + string(jwk) + "]", string(set)
}

// issued is a token as the Auth service signs it.
func issued(t testing.TB, set, secret, id string) string {
	t.Helper()
	keys, err := token.ParseRing(set, secret, id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := keys.Sign([]byte(`{"role":"author"}`))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// with adds the JWK of a text secret to a public set, as self-hosted Supabase gives it to those who verify.
func with(t testing.TB, public, secret string) string {
	t.Helper()
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(public), &set); err != nil {
		t.Fatal(err)
	}
	oct := fmt.Sprintf(`{"kty":"oct","alg":"HS256","k":"%s"}`, base64.RawURLEncoding.EncodeToString([]byte(secret)))
	set.Keys = append(set.Keys, json.RawMessage(oct))
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSessionKeys shows which tokens verify by which settings: those of sessions, signed with ES256 or with a secret, and API
// keys of old.
func TestSessionKeys(t *testing.T) {
	private, public := signing(t)
	strange, _ := signing(t)
	es256, legacy := issued(t, private, "", ""), hs256(`{"role":"author"}`)
	moved := issued(t, "", older, "moved")
	for _, tt := range []struct {
		name     string
		jwt      string
		sessions token.SessionKeys
		good     []string
		bad      []string
	}{
		{"the public set alone", public, token.SessionKeys{}, []string{es256}, []string{legacy, moved}},
		{"the public set with the secret", with(t, public, secret), token.SessionKeys{}, []string{es256, legacy}, []string{moved}},
		{"the keys of sessions alone", "", token.SessionKeys{Set: config.Secret(private)}, []string{es256}, []string{legacy, moved}},
		{"their public half", "", token.SessionKeys{Set: config.Secret(public)}, []string{es256}, []string{legacy, moved}},
		{"keys and secret of sessions", "", token.SessionKeys{Set: config.Secret(private), Secret: older}, []string{es256, moved}, []string{legacy}},
		{"the secret of sessions alone", "", token.SessionKeys{Secret: older}, []string{moved}, []string{legacy, es256}},
		{"a secret beside the keys of sessions", secret, token.SessionKeys{Set: config.Secret(private)}, []string{es256, legacy}, []string{moved}},
		{"the same secret twice", secret, token.SessionKeys{Secret: secret}, []string{legacy}, []string{es256, moved}},
		{"the same set twice", public, token.SessionKeys{Secret: config.Secret(public)}, []string{es256}, []string{legacy, moved}},
		{"all three", secret, token.SessionKeys{Set: config.Secret(private), Secret: older}, []string{es256, legacy, moved}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := token.NewVerifier(token.Settings{JWT: config.JWT{Secret: config.Secret(tt.jwt)}, Sessions: tt.sessions, AnonRole: "anon"})
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range tt.good {
				if _, err := v.Verify(t.Context(), raw, now); err != nil {
					t.Errorf("%s is refused: %v", raw, err)
				}
			}
			// The public key is known to everybody: as a secret it must be worth nothing.
			confused := forge(`{"alg":"HS256"}`, `{"role":"service_role"}`, []byte(public))
			for _, raw := range append(tt.bad, issued(t, strange, "", ""), confused) {
				if _, err := v.Verify(t.Context(), raw, now); err == nil {
					t.Errorf("%s is let through", raw)
				}
			}
		})
	}
}

func TestSessionKeysRefused(t *testing.T) {
	for _, tt := range []struct {
		name     string
		sessions token.SessionKeys
		want     string
	}{
		{"no JSON", token.SessionKeys{Set: "reallyreallyreallyreallyverysafe"}, "reading GOTRUE_JWT_KEYS: reading the JSON keys"},
		{"a short secret", token.SessionKeys{Secret: "short"}, "reading GOTRUE_JWT_SECRET: the secret is shorter than 32 bytes"},
		{"keys in the place of the secret, and none of use", token.SessionKeys{Secret: `{"keys":[]}`}, "reading GOTRUE_JWT_SECRET: the key set holds no key"},
		{"a reference, and nobody who could follow it", token.SessionKeys{Set: "ssm:/keys"}, "nothing here can resolve it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := token.NewVerifier(token.Settings{Sessions: tt.sessions})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something with %s", err, tt.want)
			}
		})
	}
}

// A key that is replaced elsewhere verifies no more, nor does a token that it had verified before.
func TestSessionKeysOfReferences(t *testing.T) {
	first, _ := signing(t)
	second, _ := signing(t)
	kept := vault{"ssm:/keys": first}
	v, err := token.NewVerifier(token.Settings{
		JWT: config.JWT{Secret: secret, CacheEntries: 10}, Sessions: token.SessionKeys{Set: "ssm:/keys"}, Resolver: kept, AnonRole: "anon",
	})
	if err != nil {
		t.Fatal(err)
	}
	of := func(raw string) bool {
		_, err := v.Verify(t.Context(), raw, now)
		return err == nil
	}
	if !of(issued(t, first, "", "")) || of(issued(t, second, "", "")) || !of(hs256(`{"role":"author"}`)) {
		t.Error("before the change the wrong keys verify")
	}
	old := issued(t, first, "", "")
	_ = of(old)
	kept["ssm:/keys"] = second
	if of(old) || !of(issued(t, second, "", "")) || !of(hs256(`{"role":"author"}`)) {
		t.Error("after the change the wrong keys verify")
	}
	delete(kept, "ssm:/keys")
	if _, err := v.Verify(t.Context(), old, now); err == nil || err.Error() != "fetching the keys of sessions: no such parameter" {
		t.Errorf("keys that cannot be fetched: %v", err)
	}
}
