package auth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/refresh"
)

// TestSAML shows that no route reads an assertion of SAML, and that the settings say so.
func TestSAML(t *testing.T) {
	s := newService(t, settings())
	const assertion = `SAMLResponse=PHNhbWxwOlJlc3BvbnNlLz4%3D&RelayState=https%3A%2F%2Fapp.example.org`
	const disabled = "saml_provider_disabled"
	for _, r := range []struct{ method, target, body, code string }{
		{"POST", "/sso", `{"domain":"example.org"}`, disabled},
		{"GET", "/sso/saml/metadata", "", disabled},
		{"POST", "/sso/saml/acs", assertion, disabled},
		{"POST", "/saml/acs", assertion, ""},
		{"GET", "/admin/sso/providers", "", ""},
	} {
		a := s.must(t, http.StatusNotFound, r.method, r.target, r.body, s.key(t, "service_role")...)
		if a.code() != r.code || a.Header().Get("Location") != "" {
			t.Errorf("%s %s: %s, %v", r.method, r.target, a.Body, a.Header())
		}
	}
	if a := s.must(t, http.StatusOK, "GET", "/settings", ""); a.body["saml_enabled"] != false {
		t.Errorf("the settings are %s", a.Body)
	}
	if n := s.Value(`select count(*) from auth.users`) + s.Value(`select count(*) from auth.sessions`); n != "00" {
		t.Errorf("users and sessions: %s", n)
	}
}

// standing is what a user's token and row say of who they are.
func (s *service) standing(t *testing.T, session answer) string {
	t.Helper()
	claims, err := s.issuer.Check(session.text("access_token"), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	return claims.Role + " " + string(claims.Audience) + " " + s.Value(`select role || ' ' || aud || ' ' || coalesce(is_super_admin, false) || ' ' || raw_app_meta_data from auth.users where id = '`+claims.Subject+`'`)
}

const ordinary = `authenticated authenticated authenticated authenticated false {"provider": "email", "providers": ["email"]}`

// TestAudienceHeader sends X-JWT-AUD, by which GoTrue lets a caller choose the audience: here it chooses nothing.
func TestAudienceHeader(t *testing.T) {
	s := newService(t, autoconfirmed())
	for _, audience := range []string{"service_role", "supabase_admin", "admin", ""} {
		header := []string{"X-JWT-AUD", audience}
		email := "of-" + audience + "@example.org"
		body := `{"email":"` + email + `","password":"correct horse"}`
		made := s.must(t, http.StatusOK, "POST", "/signup", body, header...)
		entered := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", body, header...)
		next := s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+entered.text("refresh_token")+`"}`, header...)
		for _, session := range []answer{made, entered, next} {
			if got := s.standing(t, session); got != ordinary {
				t.Errorf("with %q: %s", audience, got)
			}
			bearer := append([]string{"Authorization", "Bearer " + session.text("access_token")}, header...)
			s.must(t, http.StatusForbidden, "GET", "/admin/users", "", bearer...)
		}
	}
}

// TestClaimsOfASignUp has a newcomer say of themselves what only the application may.
func TestClaimsOfASignUp(t *testing.T) {
	s := newService(t, autoconfirmed())
	const more = `"role":"service_role","aud":"admin","is_super_admin":true,"email_confirmed_at":"2020-01-01T00:00:00Z","id":"` + "11111111-1111-4111-8111-111111111111" + `",
		"app_metadata":{"role":"service_role"},"raw_app_meta_data":{"role":"service_role"},"user_metadata":{"x":1}`
	session := s.must(t, http.StatusOK, "POST", "/signup", `{"email":"eve@example.org","password":"correct horse",`+more+`,"data":{`+more+`}}`)
	if got := s.standing(t, session); got != ordinary {
		t.Errorf("the newcomer is %s", got)
	}
	user, _ := session.body["user"].(map[string]any)
	said, _ := user["user_metadata"].(map[string]any)
	if said["role"] != "service_role" || said["is_super_admin"] != true || user["id"] == "11111111-1111-4111-8111-111111111111" {
		t.Errorf("the user is %v", user)
	}
	bearer := []string{"Authorization", "Bearer " + session.text("access_token")}
	s.must(t, http.StatusOK, "PUT", "/user", `{"role":"service_role","aud":"admin","is_super_admin":true,"data":{"role":"service_role"}}`, bearer...)
	if got := s.standing(t, session); got != ordinary {
		t.Errorf("after the change the user is %s", got)
	}
	s.must(t, http.StatusForbidden, "GET", "/admin/users", "", bearer...)
}

// TestBodiesThatAreRefused sends what is too long, broken, or no text of PostgreSQL's.
func TestBodiesThatAreRefused(t *testing.T) {
	const megabyte = 1 << 20
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	sized := func(size int) string {
		const begin, end = `{"email":"big@example.org","password":"correct horse","data":{"a":"`, `"}}`
		return begin + strings.Repeat("x", size-len(begin)-len(end)) + end
	}
	signUp := func(email, password string) string {
		body, err := json.Marshal(map[string]string{"email": email, "password": password})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	longest := strings.Repeat("a", 62) + "@" + strings.Repeat(strings.Repeat("b", 62)+".", 3) + "org"
	for _, tt := range []struct {
		name, method, target, body string
		status                     int
		code                       string
	}{
		{"a byte over 1 MB", "POST", "/signup", sized(megabyte + 1), 413, "request_entity_too_large"},
		{"a byte over 1 MB to a token", "POST", "/token?grant_type=password", sized(megabyte + 1), 413, "request_entity_too_large"},
		{"a byte over 1 MB to the user", "PUT", "/user", sized(megabyte + 1), 413, "request_entity_too_large"},
		{"1 MB", "POST", "/signup", sized(megabyte), 200, ""},
		{"no JSON", "POST", "/signup", `{"email":`, 400, "bad_json"},
		{"no object", "POST", "/token?grant_type=password", `[]`, 400, "bad_json"},
		{"a form", "POST", "/token?grant_type=password", `username=a&password=b`, 400, "bad_json"},
		{"an address of another type", "POST", "/signup", `{"email":["a@example.org"],"password":"correct horse"}`, 400, "bad_json"},
		{"a password of 73 bytes", "POST", "/signup", signUp("p73@example.org", strings.Repeat("x", 73)), 400, "validation_failed"},
		{"a password of 73 bytes in 37 letters", "PUT", "/user", `{"password":"` + strings.Repeat("é", 36) + `x"}`, 400, "validation_failed"},
		{"a password of 72 bytes", "POST", "/signup", signUp("p72@example.org", strings.Repeat("x", 72)), 200, ""},
		{"an address of 256 bytes", "POST", "/signup", signUp("d"+longest, "correct horse"), 400, "validation_failed"},
		{"an address of 255 bytes", "POST", "/signup", signUp(longest, "correct horse"), 200, ""},
		{"a NUL in an address", "POST", "/signup", signUp("a\x00@example.org", "correct horse"), 400, "validation_failed"},
		{"a NUL in a password", "POST", "/token?grant_type=password", signUp("ada@example.org", "correct horse\x00"), 400, "validation_failed"},
		{"a NUL in the metadata", "PUT", "/user", `{"data":{"a":{"b\u0000":1}}}`, 400, "validation_failed"},
		{"a line break in an address", "POST", "/recover", `{"email":"ada@example.org\nBcc: eve@example.org"}`, 400, "validation_failed"},
		{"a Kelvin sign for a k", "POST", "/signup", signUp("\u212Aate@example.org", "correct horse"), 400, "validation_failed"},
		{"a Cyrillic a", "POST", "/signup", signUp("\u0430da@example.org", "correct horse"), 400, "validation_failed"},
		{"wide letters", "POST", "/signup", signUp("\uFF41da@example.org", "correct horse"), 400, "validation_failed"},
		{"a user who is there, in capitals", "POST", "/signup", signUp("ADA@EXAMPLE.ORG", "correct horse"), 422, "user_already_exists"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, tt.method, tt.target, tt.body, bearer...); a.code() != tt.code {
				t.Errorf("%s, want %s", a.Body, tt.code)
			}
		})
	}
	if got := s.Value(`select count(*) || ' ' || count(distinct lower(email)) from auth.users`); got != "4 4" {
		t.Errorf("users, and addresses of theirs: %s", got)
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=password", signUp("aDa@eXample.org", "correct horse"))
}

// TestBannedUser brings every kind of token of somebody who was banned after it was sent.
func TestBannedUser(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "service_role")
	for _, kind := range []string{"signup", "invite", "magiclink", "recovery", "email_change_new"} {
		t.Run(kind, func(t *testing.T) {
			s.Exec(`delete from auth.users`)
			if kind != "signup" && kind != "invite" {
				s.must(t, http.StatusOK, "POST", "/admin/users", `{"email":"ada@example.org","email_confirm":true,"password":"correct horse"}`, key...)
			}
			link := s.must(t, http.StatusOK, "POST", "/admin/generate_link", `{"type":"`+kind+`","email":"ada@example.org","password":"correct horse","new_email":"new@example.org"}`, key...)
			s.Exec(`update auth.users set banned_until = now() + interval '1 day'`)
			verify := `{"type":"` + strings.TrimSuffix(kind, "_new") + `","token_hash":"` + link.text("hashed_token") + `"}`
			if a := s.must(t, http.StatusForbidden, "POST", "/verify", verify); a.code() != "user_banned" {
				t.Errorf("it answers %s", a.Body)
			}
			_, _, fragment := led(t, s.do(t, "GET", strings.TrimPrefix(link.text("action_link"), external), ""))
			if fragment.Get("error_code") != "user_banned" || fragment.Has("access_token") {
				t.Errorf("the link leads on with %v", fragment)
			}
			if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
				t.Errorf("%s sessions were made", n)
			}
		})
	}
}

// TestSessionLimits ends sessions by their age, by idleness, and by another sign-in.
func TestSessionLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits refresh.Limits
		wait   time.Duration
		again  bool
	}{
		{"timebox", refresh.Limits{Timebox: time.Hour}, time.Hour + time.Second, false},
		{"idleness", refresh.Limits{Inactivity: time.Hour}, time.Hour + time.Second, false},
		{"one session for a user", refresh.Limits{SinglePerUser: true}, time.Minute, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limited := autoconfirmed()
			limited.Sessions = tt.limits
			s := newService(t, limited)
			_, session := s.signedUp(t, "ada@example.org")
			session = s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`)
			s.Pass(tt.wait)
			if tt.again {
				newer := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"correct horse"}`)
				defer s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+newer.text("refresh_token")+`"}`)
			}
			if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`); a.code() != "session_expired" {
				t.Errorf("a refresh answers %s", a.Body)
			}
		})
	}
}

// TestLimitedRoutes has one address use up every limit, and another one that has not.
func TestLimitedRoutes(t *testing.T) {
	limited := autoconfirmed()
	limited.Anonymous = true
	const tooMany = "over_request_rate_limit"
	once := flow.Limit{Most: 1, Window: time.Minute}
	limited.Limits = flow.Limits{flow.UseToken: once, flow.UseVerify: once, flow.UseMail: once, flow.UseAnonymous: once}
	for _, r := range []struct{ name, method, target, body string }{
		{"sign-in", "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"x"}`},
		{"PKCE", "POST", "/token?grant_type=pkce", `{"auth_code":"x","code_verifier":"y"}`},
		{"ID token", "POST", "/token?grant_type=id_token", `{}`},
		{"verify", "POST", "/verify", `{"type":"email","email":"ada@example.org","token":"123456"}`},
		{"link", "GET", "/verify?type=signup&token=x", ""},
		{"sign-up", "POST", "/signup", `{"email":"ada@example.org","password":"correct horse"}`},
		{"anonymous", "POST", "/signup", `{}`},
		{"recover", "POST", "/recover", `{"email":"ada@example.org"}`},
		{"code", "POST", "/otp", `{"email":"ada@example.org"}`},
		{"code of somebody unknown", "POST", "/otp", `{"email":"eve@example.org","create_user":false}`},
		{"magic link", "POST", "/magiclink", `{"email":"ada@example.org"}`},
		{"resend", "POST", "/resend", `{"type":"signup","email":"ada@example.org"}`},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newService(t, limited, func(o *auth.Options) {
				o.Address = func(r *http.Request) string { return r.Header.Get("X-Real-Ip") }
			})
			from := func(ip string) answer {
				return s.do(t, r.method, r.target, r.body, "X-Real-Ip", ip, "X-Forwarded-For", "203.0.113.99")
			}
			if a := from("192.0.2.1"); a.code() == tooMany {
				t.Fatalf("the first is refused: %s", a.Body)
			}
			a := from("192.0.2.1")
			if (a.Code != http.StatusTooManyRequests || a.code() != tooMany) && !strings.Contains(a.Header().Get("Location"), tooMany) {
				t.Errorf("the second: %d %s %s", a.Code, a.Body, a.Header().Get("Location"))
			}
			if a := from("192.0.2.2"); a.code() == tooMany || strings.Contains(a.Header().Get("Location"), tooMany) {
				t.Errorf("another address: %s", a.Body)
			}
		})
	}
}
