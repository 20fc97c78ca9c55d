package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/token"
)

const secret = "a-secret-of-old-that-is-long-enough"

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// jwk encodes a key with what it may do.
func jwk(t testing.TB, key any, id, alg string, operations ...string) string {
	t.Helper()
	plain, err := jose.JSONWebKey{Key: key, KeyID: id, Algorithm: alg}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(plain, &members); err != nil {
		t.Fatal(err)
	}
	members["key_ops"] = operations
	encoded, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func newEC(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issuer(t testing.TB, set, secret string) *access.Issuer {
	t.Helper()
	keys, err := token.ParseRing(set, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	return access.NewIssuer(keys, "https://example.org/auth/v1")
}

func claims() access.Claims {
	return access.Claims{
		Subject: "8f0e2c1a-5c39-4a7e-9c4f-0d7f1f1e2a3b", Audience: "authenticated", Issued: now.Unix(), Expires: now.Add(time.Hour).Unix(),
		Email: "a@example.org", AppMetadata: json.RawMessage(`{"provider":"email","providers":["email"]}`), Role: "authenticated",
		AAL: "aal1", Methods: []access.Method{{Method: "password", Timestamp: now.Unix()}}, SessionID: "3d4b1c0a-0000-4000-8000-000000000001",
	}
}

// part decodes one part of a token.
func part(t testing.TB, raw string, n int) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestIssue(t *testing.T) {
	const payload = `{"iss":"https://example.org/auth/v1","sub":"8f0e2c1a-5c39-4a7e-9c4f-0d7f1f1e2a3b","aud":"authenticated",` +
		`"exp":1795179600,"iat":1795176000,"email":"a@example.org","phone":"","app_metadata":{"provider":"email","providers":["email"]},` +
		`"user_metadata":{},"role":"authenticated","aal":"aal1","amr":[{"method":"password","timestamp":1795176000}],` +
		`"session_id":"3d4b1c0a-0000-4000-8000-000000000001","is_anonymous":false}`
	for _, tt := range []struct{ name, set, secret, header string }{
		{"a key of a set", "[" + jwk(t, newEC(t), "k1", "ES256", "sign", "verify") + "]", "", `{"alg":"ES256","kid":"k1","typ":"JWT"}`},
		{"a key of a set beside a secret", "[" + jwk(t, newEC(t), "k1", "ES256", "sign", "verify") + "]", secret, `{"alg":"ES256","kid":"k1","typ":"JWT"}`},
		{"a secret alone", "", secret, `{"alg":"HS256","typ":"JWT"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := issuer(t, tt.set, tt.secret)
			raw, err := i.Issue(claims())
			if err != nil {
				t.Fatal(err)
			}
			if got := part(t, raw, 0); got != tt.header {
				t.Errorf("the header is %s, want %s", got, tt.header)
			}
			if got := part(t, raw, 1); got != payload {
				t.Errorf("the payload is\n%s, want\n%s", got, payload)
			}
			got, err := i.Check(raw, now)
			want := claims()
			want.Issuer, want.UserMetadata = "https://example.org/auth/v1", json.RawMessage("{}")
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("read back (-want +got), %v:\n%s", err, diff)
			}
		})
	}
}

// TestRotation changes the key that signs: a new key stands by, takes over, and the old one goes.
func TestRotation(t *testing.T) {
	first, second := newEC(t), newEC(t)
	standby := issuer(t, "["+jwk(t, first, "k1", "ES256", "sign", "verify")+","+jwk(t, second, "k2", "ES256", "verify")+"]", secret)
	taken := issuer(t, "["+jwk(t, first, "k1", "ES256", "verify")+","+jwk(t, second, "k2", "ES256", "sign", "verify")+"]", secret)
	gone := issuer(t, "["+jwk(t, second, "k2", "ES256", "sign", "verify")+"]", "")
	old, _ := standby.Issue(claims())
	young, _ := taken.Issue(claims())
	hmacOnly, _ := issuer(t, "", secret).Issue(claims())
	for _, tt := range []struct {
		name, raw string
		by        *access.Issuer
		good      bool
	}{
		{"old, before", old, standby, true},
		{"old, after", old, taken, true},
		{"old, at last", old, gone, false},
		{"young, already by the one that stands by", young, standby, true},
		{"young, at last", young, gone, true},
		{"of the secret", hmacOnly, taken, true},
		{"of the secret, which is gone", hmacOnly, gone, false},
	} {
		if _, err := tt.by.Check(tt.raw, now); (err == nil) != tt.good {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	if kid := part(t, old, 0); !strings.Contains(kid, `"k1"`) {
		t.Errorf("the one that stands by has signed: %s", kid)
	}
}

// forge signs any header and payload with HMAC-SHA256.
func forge(header, payload, key string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestCheckRefuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	i := issuer(t, "["+jwk(t, rsaKey, "r1", "RS256", "sign", "verify")+"]", secret)
	good, err := i.Issue(claims())
	if err != nil {
		t.Fatal(err)
	}
	other := claims()
	other.Role = "service_role"
	foreign, _ := issuer(t, "["+jwk(t, newEC(t), "x", "ES256", "sign", "verify")+"]", "").Issue(other)
	payload := fmt.Sprintf(`{"sub":"s","role":"service_role","exp":%d}`, now.Add(time.Hour).Unix())
	const start = "invalid JWT: unable to parse or verify signature, "
	for _, tt := range []struct {
		name, raw, text string
		at              time.Time
	}{
		{"nothing", "", "token is malformed: token contains an invalid number of segments", now},
		{"two parts", "a.b", "token is malformed: token contains an invalid number of segments", now},
		{"no header", "!.e30.x", "token is malformed: could not decode the header", now},
		{"alg none", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".", "token signature is invalid: signing method none is invalid", now},
		{"a public key as secret", forge(`{"alg":"HS256","kid":"r1"}`, payload, public), "token signature is invalid: signature is invalid", now},
		{"another secret", forge(`{"alg":"HS256"}`, payload, "another-secret-that-is-long-enough"), "token signature is invalid: signature is invalid", now},
		{"an unknown key", foreign, "token signature is invalid: signature is invalid", now},
		{"a changed payload", strings.Split(good, ".")[0] + "." + strings.Split(foreign, ".")[1] + "." + strings.Split(good, ".")[2], "token signature is invalid: signature is invalid", now},
		{"a signature cut off", strings.Join(strings.Split(good, ".")[:2], ".") + ".", "token signature is invalid: signature is invalid", now},
		{"expired to the second", good, "token has invalid claims: token is expired", now.Add(time.Hour)},
		{"not yet good", forge(`{"alg":"HS256"}`, fmt.Sprintf(`{"sub":"s","nbf":%d}`, now.Unix()+1), secret), "token has invalid claims: token is not valid yet", now},
		{"claims of a wrong type", forge(`{"alg":"HS256"}`, `{"sub":7}`, secret), "token is malformed: could not JSON decode claim", now},
		{"no object", forge(`{"alg":"HS256"}`, `[]`, secret), "token is malformed: could not JSON decode claim", now},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := i.Check(tt.raw, tt.at)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Status() != 403 || f.Code != "bad_jwt" || f.Message != start+tt.text {
				t.Errorf("got %v, want %s", err, tt.text)
			}
		})
	}
	if _, err := i.Check(good, now.Add(time.Hour-time.Second)); err != nil {
		t.Errorf("a second before its end a token is refused: %v", err)
	}
	if _, err := i.Check(forge(`{"alg":"HS256","kid":"of-old"}`, payload, secret), now); err != nil {
		t.Errorf("a token of the secret is refused for its key id: %v", err)
	}
}

func TestParseRingRefuses(t *testing.T) {
	key, other := newEC(t), newEC(t)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	for _, tt := range []struct{ name, set, secret, text string }{
		{"nothing", "", "", "nothing signs"},
		{"a short secret", "", "short", "GOTRUE_JWT_SECRET"},
		{"keys as a secret", "", jwk(t, key, "k", "ES256", "sign"), "GOTRUE_JWT_KEYS"},
		{"no JSON", "k", "", "GOTRUE_JWT_KEYS"},
		{"nobody signs", "[" + jwk(t, key, "k", "ES256", "verify") + "]", secret, "exactly one"},
		{"two sign", "[" + jwk(t, key, "k", "ES256", "sign") + "," + jwk(t, other, "l", "ES256", "sign") + "]", "", "exactly one"},
		{"no key id", "[" + jwk(t, key, "", "ES256", "sign") + "]", "", "kid"},
		{"the same key id", "[" + jwk(t, key, "k", "ES256", "sign") + "," + jwk(t, other, "k", "ES256", "verify") + "]", "", "same"},
		{"an algorithm that clients do not know", "[" + jwk(t, p384, "k", "ES384", "sign") + "]", "", "ES256, RS256 or HS256"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := token.ParseRing(tt.set, tt.secret, "")
			if err == nil || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want %q", err, tt.text)
			}
		})
	}
}

func TestPublicSet(t *testing.T) {
	key := newEC(t)
	i := issuer(t, "["+jwk(t, key, "k1", "ES256", "sign", "verify")+","+jwk(t, []byte(secret), "old", "HS256", "verify")+"]", secret)
	set, err := i.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(set, &keys); err != nil || len(keys.Keys) != 1 || !keys.Keys[0].IsPublic() || keys.Keys[0].KeyID != "k1" {
		t.Errorf("got %s, %v", set, err)
	}
}

func TestHooked(t *testing.T) {
	i := issuer(t, "", secret)
	const whole = `{"aud":["a"],"exp":1,"iat":1,"sub":"s","email":"","phone":"","role":"r","aal":"aal1","session_id":"x","is_anonymous":false`
	raw, err := i.IssueHooked([]byte(whole + `,"plan":"gold"}`))
	if err != nil || part(t, raw, 1) != whole+`,"plan":"gold"}` {
		t.Errorf("got %s, %v", raw, err)
	}
	for claims, want := range map[string]string{
		`[]`:   "no JSON object",
		`null`: "no JSON object",
		whole[:len(whole)-len(`,"is_anonymous":false`)] + "}": "is_anonymous is missing",
		whole + `,"sub":7}`:      "sub is not a string",
		whole + `,"aud":[7]}`:    "aud is not a string or a list of strings",
		whole + `,"exp":"soon"}`: "exp is not a number",
	} {
		if _, err := i.IssueHooked([]byte(claims)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", claims, err, want)
		}
	}
}
