package webhook_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/webhook"
)

const (
	oldSecret = "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // Standard Webhooks' own example
	newSecret = "v1,whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD/zzzzzzzzzz="
)

// The vector that the libraries of Standard Webhooks publish for signing.
func TestPublishedVector(t *testing.T) {
	got, err := webhook.Signatures(oldSecret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestRequestIsSigned(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 999, time.UTC)
	for _, tt := range []struct {
		name, setting  string
		valid, invalid []string
		signatures     int
	}{
		{"one secret", oldSecret, []string{oldSecret}, []string{newSecret}, 1},
		{"two secrets, while they are exchanged", newSecret + "|" + oldSecret, []string{oldSecret, newSecret}, nil, 2},
		{"empty places and blanks", " | " + newSecret + " |", []string{newSecret}, []string{oldSecret}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, respond(200, `{}`))
			h := hook(t, webhook.Options{URL: s.URL, Secrets: tt.setting, Now: func() time.Time { return at }})
			if err := h.Call(t.Context(), map[string]any{"user": map[string]any{"name": "ä<&>"}}, nil); err != nil {
				t.Fatal(err)
			}
			req := s.seen(t, 1)[0]
			if got := req.header.Get("webhook-timestamp"); got != "1795176000" {
				t.Errorf("timestamp %s", got)
			}
			if n := len(strings.Split(req.header.Get("webhook-signature"), " ")); n != tt.signatures {
				t.Errorf("%d signatures, want %d", n, tt.signatures)
			}
			for _, secret := range tt.valid {
				if !verified(t, secret, req) {
					t.Errorf("not verified with %s", secret)
				}
			}
			for _, secret := range tt.invalid {
				if verified(t, secret, req) {
					t.Errorf("verified with %s", secret)
				}
			}
			changed := req
			changed.body = bytes.Replace(req.body, []byte("name"), []byte("role"), 1)
			if verified(t, tt.valid[0], changed) {
				t.Error("a changed body is verified")
			}
		})
	}
}

func TestRequest(t *testing.T) {
	s := serve(t, respond(200, `{}`))
	h := hook(t, webhook.Options{URL: s.URL + "/hook?x=1"})
	for range 2 {
		if err := h.Call(t.Context(), struct {
			A string `json:"a"`
		}{"b"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := s.seen(t, 2)
	req := seen[0]
	if req.method != http.MethodPost || req.uri != "/hook?x=1" || string(req.body) != `{"a":"b"}` {
		t.Errorf("%s %s %s", req.method, req.uri, req.body)
	}
	if got := req.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	id := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	first, second := req.header.Get("webhook-id"), seen[1].header.Get("webhook-id")
	if !id.MatchString(first) || first == second {
		t.Errorf("the ids are %q and %q", first, second)
	}
}

// verified is a receiver of Standard Webhooks, written from its specification: HMAC (RFC 2104) over id, timestamp and
// body, compared with each signature of version 1.
func verified(t *testing.T, secret string, r request) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "v1,whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	content := r.header.Get("webhook-id") + "." + r.header.Get("webhook-timestamp") + "." + string(r.body)
	inner, outer := bytes.Repeat([]byte{0x36}, 64), bytes.Repeat([]byte{0x5c}, 64)
	for i, b := range key {
		inner[i] ^= b
		outer[i] ^= b
	}
	digest := sha256.Sum256(append(inner, content...))
	digest = sha256.Sum256(append(outer, digest[:]...))
	want := base64.StdEncoding.EncodeToString(digest[:])
	for signature := range strings.SplitSeq(r.header.Get("webhook-signature"), " ") {
		if version, value, _ := strings.Cut(signature, ","); version == "v1" && value == want {
			return true
		}
	}
	return false
}
