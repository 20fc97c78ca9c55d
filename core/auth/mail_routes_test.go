package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
)

// TestMailRoutes asks for mails for an address that is somebody's and for one that is nobody's: the answers are the same.
func TestMailRoutes(t *testing.T) {
	s := confirmed(t)
	for _, email := range []string{bob, "eve@example.org"} {
		for _, ask := range []struct{ path, body string }{
			{"/recover", `{"email":"` + email + `"}`},
			{"/recover", `{"email":"` + email + `"}`}, // within a minute
			{"/resend", `{"type":"signup","email":"` + email + `"}`},
			{"/resend", `{"type":"email_change","email":"` + email + `"}`},
			{"/otp", `{"email":"` + email + `"}`},
			{"/magiclink", `{"email":"` + email + `"}`},
		} {
			if ask.path != "/recover" {
				s.Pass(time.Minute)
			}
			if a := s.must(t, http.StatusOK, "POST", ask.path, ask.body); a.Body.String() != `{}` {
				t.Errorf("%s answers %s", ask.path, a.Body)
			}
		}
		for _, ask := range []struct{ path, body string }{{"/otp", `{"email":"` + email + `"}`}, {"/resend", `{"type":"signup","email":"` + email + `"}`}} {
			s.Pass(time.Minute)
			s.must(t, http.StatusOK, "POST", ask.path, ask.body)
			if a := s.must(t, http.StatusTooManyRequests, "POST", ask.path, ask.body); a.code() != "over_email_send_rate_limit" {
				t.Errorf("%s answers %s", ask.path, a.Body)
			}
		}
	}
}

func TestMailRoutesRefused(t *testing.T) {
	s := newService(t, settings())
	for _, tt := range []struct {
		name, path, body string
		status           int
		code, message    string
	}{
		{"no address", "/recover", `{}`, 400, "validation_failed", "Password recovery requires an email"},
		{"no address", "/magiclink", `{}`, 422, "validation_failed", "Password recovery requires an email"},
		{"no address", "/otp", `{}`, 400, "validation_failed", "One of email or phone must be set"},
		{"a bad address", "/recover", `{"email":"x"}`, 400, "validation_failed", "Unable to validate email address: invalid format"},
		{"half a challenge", "/recover", `{"email":"a@b.c","code_challenge":"x"}`, 400, "validation_failed", "PKCE flow requires code_challenge_method and code_challenge"},
		{"an unknown user", "/otp", `{"email":"a@b.c","create_user":false}`, 422, "otp_disabled", "Signups not allowed for otp"},
		{"two", "/otp", `{"email":"a@b.c","phone":"123"}`, 400, "validation_failed", "Only an email address or phone number should be provided"},
		{"a channel", "/otp", `{"email":"a@b.c","channel":"sms"}`, 400, "validation_failed", "Channel should only be specified with Phone OTP"},
		{"a number", "/otp", `{"phone":"123"}`, 400, "phone_provider_disabled", "Unsupported phone provider"},
		{"data", "/otp", `{"email":"a@b.c","data":[]}`, 400, "bad_json", "Could not parse request body as JSON: data must be an object"},
		{"no type", "/resend", `{"email":"a@b.c"}`, 400, "validation_failed", "Missing one of these types: signup, email_change, sms, phone_change"},
		{"no address", "/resend", `{"type":"signup"}`, 400, "validation_failed", "Type provided requires an email address"},
		{"no number", "/resend", `{"type":"sms","email":"a@b.c"}`, 400, "validation_failed", "Type provided requires a phone number"},
		{"two", "/resend", `{"type":"signup","email":"a@b.c","phone":"1"}`, 400, "validation_failed", "Only an email address or phone number should be provided."},
		{"a number", "/resend", `{"type":"sms","phone":"123"}`, 400, "phone_provider_disabled", "Phone logins are disabled"},
		{"neither", "/resend", `{"type":"email_change"}`, 400, "validation_failed", "Missing email address or phone number"},
		{"anonymous", "/signup", `{"data":{}}`, 422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled"},
		{"two", "/signup", `{"email":"a@b.c","phone":"1"}`, 400, "validation_failed", "Only an email address or phone number should be provided on signup."},
		{"a number", "/signup", `{"phone":"123"}`, 400, "phone_provider_disabled", "Phone signups are disabled"},
	} {
		t.Run(tt.path+" "+tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "POST", tt.path, tt.body); a.code() != tt.code || a.text("message") != tt.message {
				t.Errorf("got %s", a.Body)
			}
		})
	}
	if len(s.post.sent) != 0 {
		t.Errorf("%d letters were sent", len(s.post.sent))
	}
}

func TestAnonymous(t *testing.T) {
	at := settings()
	at.Anonymous = true
	s := newService(t, at)
	a := s.must(t, http.StatusOK, "POST", "/signup", `{"data":{"cart":7}}`)
	user, _ := a.body["user"].(map[string]any)
	if app, ok := user["app_metadata"].(map[string]any); !ok || len(app) != 0 || user["is_anonymous"] != true || user["email"] != "" || a.text("access_token") == "" {
		t.Errorf("the session is %s", a.Body)
	}
}

// TestExternalHost asks for a mail by another host of the service.
func TestExternalHost(t *testing.T) {
	for _, tt := range []struct{ name, host, proto, want string }{
		{"one of its hosts", "EU.example.org", "http", "https://eu.example.org/auth/v1/verify?"},
		{"this machine", "localhost", "", "http://localhost/auth/v1/verify?"},
		{"this machine by TLS", "localhost", "https", "https://localhost/auth/v1/verify?"},
		{"somebody else's", "evil.example", "https", external + "/verify?"},
		{"one that ends alike", "eu.example.org.evil.example", "", external + "/verify?"},
		{"none", "", "", external + "/verify?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, settings(), func(o *auth.Options) { o.MailHosts = []string{"eu.example.org", "localhost"} })
			s.must(t, http.StatusOK, "POST", "/signup", `{"email":"`+bob+`","password":"correct horse"}`, "X-Forwarded-Host", tt.host, "X-Forwarded-Proto", tt.proto)
			if got := s.post.last(t).ConfirmationURL; !strings.HasPrefix(got, tt.want) {
				t.Errorf("the link is %s", got)
			}
		})
	}
}
