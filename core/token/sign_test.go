package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/token"
)

const secret = "reallyreallyreallyreallyverysafe"

// now is when the tests happen: 2026-11-20 12:00:00 UTC.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// forge makes a JWT of any header and payload, signed with HMAC-SHA256 whatever the header says.
func forge(header, payload string, key []byte) string {
	text := encode(header) + "." + encode(payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// hs256 makes a good JWT with the text secret.
func hs256(payload string) string {
	return forge(`{"alg":"HS256","typ":"JWT"}`, payload, []byte(secret))
}

// sign makes a good JWT with any key.
func sign(t testing.TB, alg string, key any, id, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: key, KeyID: id},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// verifier makes a Verifier for the role anon.
func verifier(t testing.TB, jwt config.JWT) *token.Verifier {
	t.Helper()
	v, err := token.NewVerifier(token.Settings{JWT: jwt, AnonRole: "anon"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// check compares an error with a fault's code, message and details; a zero one stands for no error.
func check(t testing.TB, err error, code, message, details string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("got %v, want a fault", err)
	}
	got, _ := f.Details.(string)
	if f.Code != code || f.Message != message || got != details {
		t.Errorf("got %s %q (%q), want %s %q (%q)", f.Code, f.Message, got, code, message, details)
	}
}
