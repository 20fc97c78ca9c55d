package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
)

// signedIn makes a user who has confirmed the address, and gives the header of their session.
func (s *service) signedIn(t *testing.T, email string) []string {
	t.Helper()
	s.must(t, http.StatusOK, "POST", "/signup", `{"email":"`+email+`","password":"correct horse"}`)
	s.Exec(`update auth.users set email_confirmed_at = now() where email = '` + email + `'`)
	a := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"`+email+`","password":"correct horse"}`)
	return []string{"Authorization", "Bearer " + a.text("access_token")}
}

func TestUpdateUser(t *testing.T) {
	s := newService(t, settings())
	bearer := s.signedIn(t, "ada@example.org")
	a := s.must(t, http.StatusOK, "PUT", "/user?redirect_to=https://app.example.org/welcome",
		`{"email":"Bob@example.org","password":"another horse","data":{"name":"Ada","half":"\ud800","aud":"x"},"phone":"","app_metadata":null}`, bearer...)
	if a.text("email") != "ada@example.org" || a.text("new_email") != "bob@example.org" || a.text("email_change_sent_at") == "" || a.text("aud") != "authenticated" {
		t.Errorf("the user is %s", a.Body)
	}
	said, _ := a.body["user_metadata"].(map[string]any)
	if said["name"] != "Ada" || said["half"] != "\ufffd" || said["aud"] != "x" {
		t.Errorf("the metadata are %v", said)
	}
	letter := s.post.last(t)
	if letter.Kind != mail.EmailChange || letter.SendingTo != "bob@example.org" || letter.RedirectTo != "https://app.example.org/welcome" {
		t.Errorf("the letter is %+v", letter)
	}
	if got := s.must(t, http.StatusOK, "GET", "/user", "", bearer...).text("new_email"); got != "bob@example.org" {
		t.Errorf("the user waits for %q", got)
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"another horse"}`)
}

func TestUpdateUserAtOnce(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	a := s.must(t, http.StatusOK, "PUT", "/user", `{"email":"bob@example.org"}`, bearer...)
	if _, waits := a.body["new_email"]; waits || a.text("email") != "bob@example.org" {
		t.Errorf("the user is %s", a.Body)
	}
}

func TestUpdateUserRefused(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	s.signedUp(t, "bob@example.org")
	for _, tt := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no JSON", `{`, 400, "bad_json"},
		{"data is no object", `{"data":[]}`, 400, "bad_json"},
		{"app_metadata is no object", `{"app_metadata":"x"}`, 400, "bad_json"},
		{"a number out of range", `{"data":{"a":1e999}}`, 400, "bad_json"},
		{"a password that is a number", `{"password":123456}`, 400, "bad_json"},
		{"no address", `{"email":"x"}`, 400, "validation_failed"},
		{"NUL", `{"data":{"a":"\u0000"}}`, 400, "validation_failed"},
		{"taken", `{"email":"BOB@example.org"}`, 422, "email_exists"},
		{"weak", `{"password":"x"}`, 422, "weak_password"},
		{"too long", `{"password":"` + strings.Repeat("x", 73) + `"}`, 400, "validation_failed"},
		{"the same", `{"password":"correct horse"}`, 422, "same_password"},
		{"the application's metadata", `{"app_metadata":{"role":"service_role"}}`, 403, "not_admin"},
		{"a number", `{"phone":"+4912345678"}`, 400, "phone_provider_disabled"},
		{"half a challenge", `{"email":"eve@example.org","code_challenge":"x"}`, 400, "validation_failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "PUT", "/user", tt.body, bearer...); a.code() != tt.code {
				t.Errorf("got %s, want %s", a.Body, tt.code)
			}
		})
	}
	s.must(t, http.StatusUnauthorized, "PUT", "/user", `{}`)
	s.must(t, http.StatusForbidden, "PUT", "/user", `{"app_metadata":{}}`, s.key(t, "service_role")...)
}

// TestAppMetadataOfAnAdministrator shows that the role in the database opens app_metadata, and nothing that a user can write.
func TestAppMetadataOfAnAdministrator(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	s.must(t, http.StatusOK, "PUT", "/user", `{"data":{"role":"service_role"}}`, bearer...)
	s.must(t, http.StatusForbidden, "PUT", "/user", `{"app_metadata":{"plan":"gold"}}`, bearer...)
	s.Exec(`update auth.users set role = 'service_role'`)
	a := s.must(t, http.StatusOK, "PUT", "/user", `{"app_metadata":{"plan":"gold"}}`, bearer...)
	if kept, _ := a.body["app_metadata"].(map[string]any); kept["plan"] != "gold" || kept["provider"] != "email" {
		t.Errorf("the metadata are %v", kept)
	}
}

func TestReauthenticate(t *testing.T) {
	demanding := settings()
	demanding.Update.Reauthenticate = true
	s := newService(t, demanding)
	bearer := s.signedIn(t, "ada@example.org")
	s.Exec(`update auth.sessions set created_at = created_at - interval '25 hours'`)
	if a := s.must(t, http.StatusBadRequest, "PUT", "/user", `{"password":"another horse"}`, bearer...); a.code() != "reauthentication_needed" {
		t.Errorf("without a code: %s", a.Body)
	}
	s.must(t, http.StatusMethodNotAllowed, "HEAD", "/reauthenticate", "", bearer...)
	if a := s.must(t, http.StatusOK, "GET", "/reauthenticate", "", bearer...); strings.TrimSpace(a.Body.String()) != "{}" {
		t.Errorf("the answer is %s", a.Body)
	}
	letter := s.post.last(t)
	if letter.Kind != mail.Reauthentication || letter.Token == "" {
		t.Fatalf("the letter is %+v", letter)
	}
	if a := s.must(t, http.StatusTooManyRequests, "GET", "/reauthenticate", "", bearer...); a.code() != "over_email_send_rate_limit" {
		t.Errorf("at once again: %s", a.Body)
	}
	s.Pass(time.Second)
	if a := s.must(t, http.StatusUnprocessableEntity, "PUT", "/user", `{"password":"another horse","nonce":"x"}`, bearer...); a.code() != "reauthentication_not_valid" {
		t.Errorf("with a wrong code: %s", a.Body)
	}
	s.must(t, http.StatusOK, "PUT", "/user", `{"password":"another horse","nonce":"`+letter.Token+`"}`, bearer...)
}

// TestVerifyEmailChange confirms a new address by the codes that went to both.
func TestVerifyEmailChange(t *testing.T) {
	careful := settings()
	careful.Update.BothAddresses = true
	s := newService(t, careful)
	s.must(t, http.StatusOK, "PUT", "/user", `{"email":"bob@example.org"}`, s.signedIn(t, "ada@example.org")...)
	letters := s.post.sent[len(s.post.sent)-2:]
	brought := func(l flow.Letter) string {
		return `{"type":"email_change","email":"` + l.SendingTo + `","token":"` + l.Token + `"}`
	}
	first := s.must(t, http.StatusOK, "POST", "/verify", brought(letters[1]))
	if first.text("msg") != "Confirmation link accepted. Please proceed to confirm link sent to the other email" || first.text("code") != "200" {
		t.Errorf("the first answer is %s", first.Body)
	}
	if a := s.must(t, http.StatusForbidden, "POST", "/verify", brought(letters[1])); a.code() != "otp_expired" {
		t.Errorf("the same once more: %s", a.Body)
	}
	second := s.must(t, http.StatusOK, "POST", "/verify", brought(letters[0]))
	if user, _ := second.body["user"].(map[string]any); user["email"] != "bob@example.org" || second.text("access_token") == "" {
		t.Errorf("the second answer is %s", second.Body)
	}
}
