package token_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

func TestMint(t *testing.T) {
	for _, tt := range []struct {
		name, alg       string
		claims          token.Claims
		header, payload string
	}{
		{
			"an anon key", "",
			token.Claims{Role: "anon", Issued: now, Expires: now.AddDate(10, 0, 0)},
			`{"alg":"HS256","typ":"JWT"}`,
			`{"iss":"pergola","role":"anon","iat":1795176000,"exp":2110795200}`,
		},
		{
			"everything", "HS256",
			token.Claims{
				Role: "web user", Subject: "u1", Issuer: "supabase", Issued: now,
				Extra: map[string]any{"z": []int{1}, "aud": "authenticated", `a"`: nil},
			},
			`{"alg":"HS256","typ":"JWT"}`,
			`{"iss":"supabase","role":"web user","sub":"u1","iat":1795176000,"a\"":null,"aud":"authenticated","z":[1]}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := token.ParseKeys(secret, false)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := token.Mint(keys, tt.claims, tt.alg)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(raw, ".")
			if header := decode(t, parts[0]); header != tt.header {
				t.Errorf("the header is %s, want %s", header, tt.header)
			}
			if payload := decode(t, parts[1]); payload != tt.payload {
				t.Errorf("the payload is %s, want %s", payload, tt.payload)
			}
			got, err := verifier(t, config.JWT{Secret: secret}).Verify(t.Context(), raw, now)
			if err != nil || got.Role != tt.claims.Role {
				t.Errorf("it verifies as %+v, %v", got, err)
			}
		})
	}
}

func decode(t testing.TB, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMintChoosesKey(t *testing.T) {
	ec, err := token.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	oct, err := token.GenerateKey("HS256")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.ParseKeys(`{"keys":[`+rsaKey+`,`+string(ec)+`,`+string(oct)+`]}`, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ alg, header string }{
		{"", `{"alg":"ES256"`}, // the first private key
		{"ES256", `{"alg":"ES256"`},
		{"HS256", `{"alg":"HS256"`},
	} {
		raw, err := token.Mint(keys, token.Claims{Role: "anon", Issued: now}, tt.alg)
		if err != nil {
			t.Fatal(err)
		}
		if header := decode(t, strings.Split(raw, ".")[0]); !strings.HasPrefix(header, tt.header) || !strings.Contains(header, `"kid"`) {
			t.Errorf("alg %q gives the header %s", tt.alg, header)
		}
	}
}

func TestMintRefused(t *testing.T) {
	good := token.Claims{Role: "anon", Issued: now}
	for _, tt := range []struct {
		name   string
		change func(*token.Claims)
		keys   string
		alg    string
		want   string
	}{
		{"no role", func(c *token.Claims) { c.Role = "" }, secret, "", "a token needs a role"},
		{"no time", func(c *token.Claims) { c.Issued = time.Time{} }, secret, "", "a token needs the time it was issued at"},
		{"expired", func(c *token.Claims) { c.Expires = now }, secret, "", "the token would expire before it is issued"},
		{"a claim twice", func(c *token.Claims) { c.Extra = map[string]any{"role": "x"} }, secret, "", `claim "role": the claim has a field of its own`},
		{"a claim that is no JSON", func(c *token.Claims) { c.Extra = map[string]any{"f": func() {}} }, secret, "", `encoding the claim "f": json: unsupported type: func()`},
		{"an unknown algorithm", func(*token.Claims) {}, secret, "none", `unknown algorithm "none": it is one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA`},
		{"an algorithm of other keys", func(*token.Claims) {}, secret, "ES256", "none of the keys can sign: a private key or a secret is needed with ES256"},
		{"a public key", func(*token.Claims) {}, rsaKey, "", "none of the keys can sign: a private key or a secret is needed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := token.ParseKeys(tt.keys, false)
			if err != nil {
				t.Fatal(err)
			}
			claims := good
			tt.change(&claims)
			if _, err := token.Mint(keys, claims, tt.alg); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
