package auth_test

import (
	"net/http"
	"testing"
)

func TestASession(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, session := s.signedUp(t, "ada@example.org")

	if got := s.must(t, http.StatusOK, "GET", "/user", "", bearer...).text("email"); got != "ada@example.org" {
		t.Errorf("the user of the session is %q", got)
	}
	again := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"Ada@Example.org","password":"correct horse"}`)
	if _, there := again.body["weak_password"]; !there {
		t.Errorf("the session of a password grant lacks weak_password: %s", again.Body)
	}
	next := s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`)
	if next.text("refresh_token") == session.text("refresh_token") {
		t.Error("the refresh token stays the same")
	}
	s.must(t, http.StatusNoContent, "POST", "/logout?scope=global", "", bearer...)
	if a := s.must(t, http.StatusForbidden, "GET", "/user", "", bearer...); a.code() != "session_not_found" {
		t.Errorf("after signing out: %s", a.Body)
	}
}

func TestRefused(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	tests := []struct {
		name, method, target, body string
		header                     []string
		status                     int
		code                       string
	}{
		{"no token", "GET", "/user", "", nil, 401, "no_authorization"},
		{"another scheme", "GET", "/user", "", []string{"Authorization", "Basic YTpi"}, 401, "no_authorization"},
		{"an API key has no user", "GET", "/user", "", s.key(t, "anon"), 403, "bad_jwt"},
		{"unknown grant", "POST", "/token?grant_type=implicit", "{}", nil, 400, "invalid_credentials"},
		{"wrong password", "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"wrong"}`, nil, 400, "invalid_credentials"},
		{"no refresh token", "POST", "/token?grant_type=refresh_token", `{}`, nil, 400, "validation_failed"},
		{"bad JSON", "POST", "/signup", `{`, nil, 400, "bad_json"},
		{"data is no object", "POST", "/signup", `{"email":"b@example.org","password":"secret1","data":7}`, nil, 400, "bad_json"},
		{"taken", "POST", "/signup", `{"email":"ADA@example.org","password":"correct horse"}`, nil, 422, "user_already_exists"},
		{"unknown scope", "POST", "/logout?scope=all", "", bearer, 400, "validation_failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.must(t, tt.status, tt.method, tt.target, tt.body, tt.header...)
			if a.code() != tt.code || a.Header().Get("X-Sb-Error-Code") != tt.code {
				t.Errorf("%s, header %q, want %s", a.Body, a.Header().Get("X-Sb-Error-Code"), tt.code)
			}
		})
	}
}

func TestAddressesThatAreNot(t *testing.T) {
	s := newService(t, settings())
	if a := s.must(t, http.StatusNotFound, "GET", "/nothing", ""); a.Body.String() != "404 page not found\n" {
		t.Errorf("an unknown address: %q", a.Body)
	}
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		if a := s.must(t, http.StatusMethodNotAllowed, method, "/token", ""); a.Body.Len() != 0 || a.Header().Get("Allow") != "POST" {
			t.Errorf("%s of /token: %q, Allow %q", method, a.Body, a.Header().Get("Allow"))
		}
	}
}

func TestPublic(t *testing.T) {
	s := newService(t, settings())
	if a := s.must(t, http.StatusOK, "GET", "/health", ""); a.text("name") != "GoTrue" {
		t.Errorf("health: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "GET", "/settings", ""); a.body["external"] == nil && a.body["disable_signup"] == nil {
		t.Errorf("settings: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "GET", "/.well-known/jwks.json", ""); a.Body.String() != `{"keys":[]}` || a.Header().Get("Cache-Control") != "public, max-age=600" {
		t.Errorf("keys: %s, %q", a.Body, a.Header().Get("Cache-Control"))
	}
	if a := s.must(t, http.StatusOK, "GET", "/.well-known/openid-configuration", ""); a.text("jwks_uri") != external+"/.well-known/jwks.json" {
		t.Errorf("discovery: %s", a.Body)
	}
}
