package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
)

const (
	noKey    = "No suitable key or wrong key type"
	noneFits = "No suitable key was found to decode the JWT"
	noneWork = "None of the keys was able to decode the JWT"
	crypto   = "JWT cryptographic operation failed"
)

func TestVerifyWithSecret(t *testing.T) {
	for _, tt := range []struct {
		name, raw              string
		code, message, details string
	}{
		{"a good token", hs256(`{"role":"author"}`), "", "", ""},
		{"nothing", "", "PGRST301", "Empty JWT is sent in Authorization header", ""},
		{"one part", "sb_publishable_abc", "PGRST301", "Expected 3 parts in JWT; got 1", ""},
		{"two parts", "ey9zdGdyZXN0X3Rlc3RfYXV0aG9yIiwiaWQiOiJqZG9lIn0.y4vZuu1dDdwAl0-S00MCRWRYMlJ5YAMSir6Es6WtWx0", "PGRST301", "Expected 3 parts in JWT; got 2", ""},
		{"five parts, as encrypted tokens have", "a.b.c.d.e", "PGRST301", "Expected 3 parts in JWT; got 5", ""},
		{"random characters", "quifquirndsjagnrgniur.fonvoienqhhdj.iuqvnvhojah", "PGRST301", crypto, ""},
		{"three empty parts", "..", "PGRST301", crypto, ""},
		{"another secret", "eyJhbGciOiJIUzI1NiJ9.e30.zSUQ-4HnMGMXFzA7JjwLhgiTqXQ1lWIHC-wTRnUfoQE", "PGRST301", noKey, noneWork},
		{"a changed payload", swapPayload(hs256(`{"role":"author"}`), `{"role":"service_role"}`), "PGRST301", noKey, noneWork},
		{"a signature cut short", strings.TrimRight(hs256(`{"role":"author"}`)[:len(hs256(`{"role":"author"}`))-4], "."), "PGRST301", noKey, noneWork},
		{"no signature", encode(`{"alg":"HS256"}`) + "." + encode(`{"role":"author"}`) + ".", "PGRST301", noKey, noneWork},
		{"alg none", "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.e30.yOBhlOIqn56T-4NvyEXCjfi3UmyQZ-BzXtePMO2NgRI", "PGRST301", "Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'"},
		{"alg none without a signature", encode(`{"alg":"none"}`) + "." + encode(`{"role":"service_role"}`) + ".", "PGRST301", "Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'"},
		{"alg nOnE", encode(`{"alg":"nOnE"}`) + "." + encode(`{"role":"service_role"}`) + ".", "PGRST301", "Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'"},
		{"no alg", forge(`{"typ":"JWT"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", crypto, ""},
		{"an unknown alg", forge(`{"alg":"HS1"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", crypto, ""},
		{"two algs", forge(`{"alg":"none","alg":"HS256"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", crypto, ""},
		{"an alg for which the secret is too short", forge(`{"alg":"HS512"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", noKey, noneFits},
		{"an alg of other keys", forge(`{"alg":"RS256"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", noKey, noneFits},
		{"a key id, and a secret without one", forge(`{"alg":"HS256","kid":"a"}`, `{"role":"author"}`, []byte(secret)), "PGRST301", noKey, noneFits},
		{"a critical header that nobody knows", forge(`{"alg":"HS256","crit":["exp"],"exp":1}`, `{"role":"author"}`, []byte(secret)), "PGRST301", noKey, noneWork},
		{"a key of its own", forge(`{"alg":"HS256","jwk":{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}}`, `{}`, []byte("another secret of thirty-two byte")), "PGRST301", crypto, ""},
		{"a header that is no object", forge(`[]`, `{"role":"author"}`, []byte(secret)), "PGRST301", crypto, ""},
		{"a huge token", hs256(`{"role":"author","x":"` + strings.Repeat("x", 64<<10) + `"}`), "PGRST301", crypto, ""},
		{"a payload that is no JSON", hs256(`role=author`), "PGRST303", "Parsing claims failed", ""},
		{"a payload that is no object", hs256(`["author"]`), "PGRST303", "Parsing claims failed", ""},
		{"a payload that is null", hs256(`null`), "PGRST303", "Parsing claims failed", ""},
		{"a payload with something behind", hs256(`{"role":"author"}{}`), "PGRST303", "Parsing claims failed", ""},
		{"a payload that is not UTF-8", hs256("{\"role\":\"\xff\"}"), "PGRST303", "Parsing claims failed", ""},
		{"a payload with a line end", hs256("{\"role\":\"author\"}\n"), "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := verifier(t, config.JWT{Secret: secret}).Verify(t.Context(), tt.raw, now)
			check(t, err, tt.code, tt.message, tt.details)
			if want := tt.code == ""; want != (got.Role == "author") || want != got.Authenticated {
				t.Errorf("the caller is %+v", got)
			}
		})
	}
}

// swapPayload keeps header and signature.
func swapPayload(raw, payload string) string {
	parts := strings.Split(raw, ".")
	return parts[0] + "." + encode(payload) + "." + parts[2]
}

func TestVerifyClaims(t *testing.T) {
	const expired, notYet, future, audience = "JWT expired", "JWT not yet valid", "JWT issued at future", "JWT not in audience"
	const audType = "The JWT 'aud' claim must be a string or an array of strings"
	at := now.Unix()
	for _, tt := range []struct{ name, payload, aud, message string }{
		{"exp within the skew", fmt.Sprintf(`{"exp":%d}`, at-30), "", ""},
		{"exp beyond the skew", fmt.Sprintf(`{"exp":%d}`, at-31), "", expired},
		{"exp with a fraction", fmt.Sprintf(`{"exp":%d.75}`, at+10), "", ""},
		{"exp with a fraction, passed", fmt.Sprintf(`{"exp":%d.75}`, at-31), "", expired},
		{"exp with an exponent", `{"exp":4e9}`, "", ""},
		{"exp in a far future", `{"exp":1e300}`, "", ""},
		{"exp in a far past", `{"exp":-1e300}`, "", expired},
		{"exp null", `{"exp":null}`, "", ""},
		{"exp a text", `{"exp":"4000000000"}`, "", "The JWT 'exp' claim must be a number"},
		{"exp true", `{"exp":true}`, "", "The JWT 'exp' claim must be a number"},
		{"nbf within the skew", fmt.Sprintf(`{"nbf":%d}`, at+30), "", ""},
		{"nbf beyond the skew", fmt.Sprintf(`{"nbf":%d}`, at+31), "", notYet},
		{"nbf in a far future", `{"nbf":1e300}`, "", notYet},
		{"nbf a list", `{"nbf":[1]}`, "", "The JWT 'nbf' claim must be a number"},
		{"iat within the skew", fmt.Sprintf(`{"iat":%d}`, at+30), "", ""},
		{"iat beyond the skew", fmt.Sprintf(`{"iat":%d}`, at+31), "", future},
		{"iat an object", `{"iat":{}}`, "", "The JWT 'iat' claim must be a number"},
		{"exp is told before nbf", fmt.Sprintf(`{"exp":%d,"nbf":%d}`, at-31, at+31), "", expired},
		{"any audience", `{"aud":"theirs"}`, "", ""},
		{"audience an object, though any will do", `{"aud":{"invalid":"value"}}`, "", audType},
		{"audience a list of numbers", `{"aud":["ours",1]}`, "ours", audType},
		{"our audience", `{"aud":"ours"}`, "ours", ""},
		{"another audience", `{"aud":"theirs"}`, "ours", audience},
		{"an empty text as the audience", `{"aud":""}`, "ours", audience},
		{"our audience among others", `{"aud":["theirs","ours"]}`, "ours", ""},
		{"other audiences", `{"aud":["theirs"]}`, "ours", audience},
		{"no audiences", `{"aud":[]}`, "ours", ""},
		{"audience null", `{"aud":null}`, "ours", ""},
		{"no audience", `{}`, "ours", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verifier(t, config.JWT{Secret: secret, Audience: tt.aud}).Verify(t.Context(), hs256(tt.payload), now)
			code := ""
			if tt.message != "" {
				code = "PGRST303"
			}
			check(t, err, code, tt.message, "")
		})
	}
}

func TestVerifyPrincipal(t *testing.T) {
	for _, tt := range []struct {
		name, path, payload string
		want                identity.Principal
	}{
		{
			"the claims keep their text", ".role", `{ "role":"author", "sub":"u1", "n":1.0, "big":12345678901234567890, "exp":4000000000 }`,
			identity.Principal{
				Role: "author", Subject: "u1", Expires: time.Unix(4000000000, 0), Authenticated: true,
				Claims: json.RawMessage(`{ "role":"author", "sub":"u1", "n":1.0, "big":12345678901234567890, "exp":4000000000 }`),
			},
		},
		{
			"no role", ".role", `{"id":1 }`,
			identity.Principal{Role: "anon", Claims: json.RawMessage(`{"id":1,"role":"anon"}`)},
		},
		{
			"no claims", ".role", `{ }`,
			identity.Principal{Role: "anon", Claims: json.RawMessage(`{"role":"anon"}`)},
		},
		{
			"role null", ".role", `{"role":null}`,
			identity.Principal{Role: "anon", Claims: json.RawMessage(`{"role":"anon"}`)},
		},
		{
			"role empty", ".role", `{"role":""}`,
			identity.Principal{Role: "anon", Claims: json.RawMessage(`{"role":"anon"}`)},
		},
		{
			"a role elsewhere", `.realm."my-key".roles[0]`, `{"realm":{"my-key":{"roles":["editor"]}}}`,
			identity.Principal{
				Role: "editor", Authenticated: true,
				Claims: json.RawMessage(`{"realm":{"my-key":{"roles":["editor"]}},"role":"editor"}`),
			},
		},
		{
			"a role elsewhere takes the place of the claim", ".app.role", `{"role":"authenticated","app":{"role":"editor","x":"<b>"}}`,
			identity.Principal{
				Role: "editor", Authenticated: true,
				Claims: json.RawMessage(`{"app":{"role":"editor","x":"<b>"},"role":"editor"}`),
			},
		},
		{
			"a subject that is no text", ".role", `{"role":"author","sub":7}`,
			identity.Principal{Role: "author", Authenticated: true, Claims: json.RawMessage(`{"role":"author","sub":7}`)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := verifier(t, config.JWT{Secret: secret, RoleClaim: tt.path}).Verify(t.Context(), hs256(tt.payload), now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the caller differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifyRoleOfWrongType(t *testing.T) {
	for _, payload := range []string{`{"role":1}`, `{"role":["a"]}`, `{"role":{"a":1}}`, `{"role":false}`} {
		t.Run(payload, func(t *testing.T) {
			_, err := verifier(t, config.JWT{Secret: secret}).Verify(t.Context(), hs256(payload), now)
			check(t, err, "PGRST303", "The JWT role claim must be a string", "")
		})
	}
}

func TestVerifyWithoutAnonymousRole(t *testing.T) {
	v, err := token.NewVerifier(token.Settings{JWT: config.JWT{Secret: secret}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), hs256(`{"id":1}`), now)
	check(t, err, "PGRST302", "Anonymous access is disabled", "")
	_, err = v.Anonymous()
	check(t, err, "PGRST302", "Anonymous access is disabled", "")
}

func TestVerifyWithoutSecret(t *testing.T) {
	v := verifier(t, config.JWT{})
	_, err := v.Verify(t.Context(), hs256(`{"role":"author"}`), now)
	check(t, err, "PGRST300", "Server lacks JWT secret", "")
	got, err := v.Anonymous()
	if err != nil || got.Role != "anon" || got.Authenticated {
		t.Errorf("the anonymous caller is %+v, %v", got, err)
	}
}

func TestNewVerifierRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		jwt  config.JWT
		want string
	}{
		{"a short secret", config.JWT{Secret: "short"}, "reading the JWT secret: the secret is shorter than 32 bytes; make one with: pergola key generate"},
		{"a bad path", config.JWT{Secret: secret, RoleClaim: "role"}, `reading the role claim path "role": at 0: expected "." or "$"`},
		{"a reference that nobody resolves", config.JWT{Secret: "ssm:/app/secret"}, "a secret or a list of keys is a reference, and nothing here can resolve it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := token.NewVerifier(token.Settings{JWT: tt.jwt}); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// keyring is one key of each type, with a key id, and an unnamed secret.
type keyring struct {
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	jwks  string
	third []byte
}

func newKeyring(t testing.TB) keyring {
	t.Helper()
	var k keyring
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, k.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	k.third = []byte(strings.Repeat("k", 64))
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &k.rsa.PublicKey, KeyID: "rsa"},
		{Key: &k.ec.PublicKey, KeyID: "ec", Algorithm: "ES256", Use: "sig"},
		{Key: k.ed.Public(), KeyID: "ed"},
		{Key: k.third, KeyID: "oct", Algorithm: "HS256"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	k.jwks = string(set)
	return k
}

func TestVerifyWithKeySet(t *testing.T) {
	k := newKeyring(t)
	const payload = `{"role":"author"}`
	for _, tt := range []struct {
		name, raw     string
		code, details string
	}{
		{"RS256", sign(t, "RS256", k.rsa, "rsa", payload), "", ""},
		{"RS512 without a key id", sign(t, "RS512", k.rsa, "", payload), "", ""},
		{"PS256", sign(t, "PS256", k.rsa, "rsa", payload), "", ""},
		{"ES256", sign(t, "ES256", k.ec, "ec", payload), "", ""},
		{"EdDSA", sign(t, "EdDSA", k.ed, "", payload), "", ""},
		{"HS256", sign(t, "HS256", k.third, "oct", payload), "", ""},
		{"HS512 with a key for HS256", sign(t, "HS512", k.third, "oct", payload), "PGRST301", noneFits},
		{"another key's id", sign(t, "RS256", k.rsa, "ec", payload), "PGRST301", noneFits},
		{"an unknown key id", sign(t, "RS256", k.rsa, "old", payload), "PGRST301", noneFits},
		{"HS256 with the public key in PKIX as the secret", forge(`{"alg":"HS256"}`, payload, pkix(t, &k.rsa.PublicKey)), "PGRST301", noneWork},
		{"HS256 with the public key in PEM as the secret", forge(`{"alg":"HS256","kid":"rsa"}`, payload, inPEM(pkix(t, &k.rsa.PublicKey))), "PGRST301", noneFits},
		{"HS256 with the Ed25519 key as the secret", forge(`{"alg":"HS256","kid":"ed"}`, payload, k.ed.Public().(ed25519.PublicKey)), "PGRST301", noneFits},
		{"HS256 with the key set as the secret", forge(`{"alg":"HS256"}`, payload, []byte(k.jwks)), "PGRST301", noneWork},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verifier(t, config.JWT{Secret: config.Secret(k.jwks)}).Verify(t.Context(), tt.raw, now)
			message := ""
			if tt.code != "" {
				message = noKey
			}
			check(t, err, tt.code, message, tt.details)
		})
	}
}

func pkix(t testing.TB, public any) []byte {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func inPEM(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}) }

// resolver is a config.Resolver of one answer that the test changes.
type resolver struct {
	value string
	err   error
	calls int
}

func (r *resolver) Resolve(context.Context, config.Secret) (string, error) {
	r.calls++
	return r.value, r.err
}

func TestVerifyWithReferencedSecret(t *testing.T) {
	r := &resolver{err: errors.New("no network")}
	v, err := token.NewVerifier(token.Settings{
		JWT: config.JWT{Secret: "ssm:/app/secret", CacheEntries: 10}, AnonRole: "anon", Resolver: r,
	})
	if err != nil || r.calls != 0 {
		t.Fatalf("%v after %d look-ups, want none before the first token", err, r.calls)
	}
	raw := hs256(`{"role":"author"}`)
	if _, err := v.Verify(t.Context(), raw, now); err == nil || err.Error() != "fetching the JWT secret: no network" {
		t.Errorf("without the secret: %v", err)
	}
	r.value, r.err = secret, nil
	if _, err := v.Verify(t.Context(), raw, now); err != nil {
		t.Errorf("with the secret: %v", err)
	}
	r.value = token.GenerateSecret()
	_, err = v.Verify(t.Context(), raw, now)
	check(t, err, "PGRST301", noKey, noneWork)
	r.value = "short"
	if _, err := v.Verify(t.Context(), raw, now); err == nil || !strings.HasPrefix(err.Error(), "reading the JWT secret") {
		t.Errorf("with a short secret: %v", err)
	}
}
