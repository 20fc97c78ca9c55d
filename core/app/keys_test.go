package app_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

// whoAmISQL makes a function that tells as whom a request acts.
const whoAmISQL = `create function who_am_i() returns text stable language sql as
	$$ select current_user || ' ' || current_setting('request.jwt.claims') $$`

// TestKeysSideBySide holds what supabase-js sends in its different situations, with keys of both kinds, against what the
// database hears of it. Where PostgREST's place is taken, apikey means nothing and an opaque key is a bad token.
func TestKeysSideBySide(t *testing.T) {
	db := pantry(t)
	db.Exec(whoAmISQL)
	publishable, secretKey := token.GenerateAPIKey(config.PublishablePrefix), token.GenerateAPIKey(config.SecretPrefix)
	other := token.GenerateAPIKey(config.SecretPrefix)
	pergola := start(t, config.Serve, db, &logBook{}, []string{
		"JWT_SECRET=" + firstSecret, "PERGOLA_PUBLISHABLE_KEYS=" + publishable, `SUPABASE_SECRET_KEYS={"default":"` + secretKey + `"}`,
	}).Handler()
	postgrest := start(t, config.PostgREST, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + firstSecret, "PERGOLA_SECRET_KEYS=" + secretKey}).Handler()
	anon, service, user := keyOf(t, firstSecret, "anon"), keyOf(t, firstSecret, "service_role"), keyOf(t, firstSecret, "authenticated")
	const nobody, administrator = `"anon {\"role\":\"anon\"}"`, `"service_role {\"role\":\"service_role\"}"`
	const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	const threeParts = `"message":"Expected 3 parts in JWT; got 1"`
	for _, tt := range []struct {
		name, authorization, apikey, agent string
		status                             int
		want                               string // in the answer
		postgrest                          string // the same in PostgREST's place; "" for a request of the anonymous role
	}{
		{"nothing", "", "", "", 200, nobody, ""},
		{"a publishable key, no session", "Bearer " + publishable, publishable, browser, 200, nobody, threeParts},
		{"a publishable key, alone", "", publishable, browser, 200, nobody, ""},
		{"a publishable key and a session", "Bearer " + user, publishable, browser, 200, `"authenticated {`, `"authenticated {`},
		{"a secret key, no session", "Bearer " + secretKey, secretKey, "node", 200, administrator, threeParts},
		{"a secret key, alone", "", secretKey, "", 200, administrator, ""},
		{"a secret key as a token", "Bearer " + secretKey, "", "curl/8", 200, administrator, threeParts},
		{"a secret key and a session", "Bearer " + user, secretKey, "node", 200, `"authenticated {`, `"authenticated {`},
		{"a secret key of a browser", "Bearer " + secretKey, secretKey, browser, 401, `"message":"Forbidden use of secret API key in browser"`, threeParts},
		{"a key of old, no session", "Bearer " + anon, anon, browser, 200, `"anon {`, `"anon {`},
		{"a key of old and a session", "Bearer " + user, anon, browser, 200, `"authenticated {`, `"authenticated {`},
		{"a key of old for administrators", "Bearer " + service, service, "node", 200, `"service_role {`, `"service_role {`},
		{"an opaque key before one of old", "Bearer " + publishable, service, "node", 200, `"service_role {`, threeParts},
		{"a strange key", "Bearer " + other, other, "node", 401, `"code":"PERGOLA_UNKNOWN_KEY"`, threeParts},
		{"a key cut short", "", secretKey[:len(secretKey)-1], "node", 401, `"code":"PERGOLA_UNKNOWN_KEY"`, ""},
		{"a bad token beside a good key", "Bearer a.b", secretKey, "node", 401, `"message":"Expected 3 parts in JWT; got 2"`, `got 2"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/rest/v1/rpc/who_am_i", nil)
			r.Header.Set("User-Agent", tt.agent)
			for name, value := range map[string]string{"Authorization": tt.authorization, "Apikey": tt.apikey} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			if pergola.ServeHTTP(w, r); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.want)
			}
			r.URL.Path, w = "/rpc/who_am_i", httptest.NewRecorder()
			if tt.postgrest == "" {
				tt.postgrest = nobody
			}
			if postgrest.ServeHTTP(w, r); !strings.Contains(w.Body.String(), tt.postgrest) {
				t.Errorf("in PostgREST's place: got %d %s, want %s", w.Code, w.Body, tt.postgrest)
			}
		})
	}
}

// A secret key is an administrator's wherever one is asked for.
func TestRefreshWithSecretKey(t *testing.T) {
	publishable, secretKey := token.GenerateAPIKey(config.PublishablePrefix), token.GenerateAPIKey(config.SecretPrefix)
	a := start(t, config.Serve, pantry(t), &logBook{}, []string{"PERGOLA_PUBLISHABLE_KEYS=" + publishable, "PERGOLA_SECRET_KEYS=" + secretKey})
	for key, want := range map[string]int{secretKey: 200, publishable: 401} {
		if status, body := ask(a.Handler(), "POST", "/rest/v1/_refresh", key); status != want {
			t.Errorf("%s is answered with %d %s, want %d", key, status, body, want)
		}
	}
}

// TestSessionTokens shows that REST takes the tokens of sessions by the settings of the Auth service alone, and by the public
// set alone, which is all that a function for REST is told.
func TestSessionTokens(t *testing.T) {
	db := pantry(t)
	db.Exec(whoAmISQL)
	jwk, err := token.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	private := "[" + string(jwk) + "]"
	ring, err := token.ParseRing(private, "", "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ring.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	session, err := ring.Sign([]byte(`{"role":"authenticated","aud":"authenticated","sub":"7"}`))
	if err != nil {
		t.Fatal(err)
	}
	legacy := keyOf(t, firstSecret, "authenticated")
	for _, tt := range []struct {
		name            string
		profile         config.Profile
		environ         []string
		session, legacy int
	}{
		{"the keys of sessions", config.Serve, []string{"GOTRUE_SITE_URL=http://localhost", "GOTRUE_JWT_KEYS=" + private}, 200, 401},
		{"with their secret", config.Serve, []string{"GOTRUE_SITE_URL=http://localhost", "GOTRUE_JWT_KEYS=" + private, "GOTRUE_JWT_SECRET=" + firstSecret}, 200, 200},
		{"with a secret for all", config.Serve, []string{"GOTRUE_SITE_URL=http://localhost", "GOTRUE_JWT_KEYS=" + private, "JWT_SECRET=" + firstSecret}, 200, 200},
		{"the public set", config.Serve, []string{"JWT_SECRET=" + string(public)}, 200, 401},
		{"in PostgREST's place, the public set", config.PostgREST, []string{"PGRST_JWT_SECRET=" + string(public)}, 200, 401},
		{"in PostgREST's place", config.PostgREST, []string{"PGRST_JWT_SECRET=" + firstSecret, "GOTRUE_JWT_KEYS=" + private}, 401, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := "/rest/v1/rpc/who_am_i"
			if tt.profile == config.PostgREST {
				path = "/rpc/who_am_i"
			}
			h := start(t, tt.profile, db, &logBook{}, tt.environ).Handler()
			if status, body := ask(h, "GET", path, session); status != tt.session {
				t.Errorf("a session's token is answered with %d %s, want %d", status, body, tt.session)
			}
			if status, body := ask(h, "GET", path, legacy); status != tt.legacy {
				t.Errorf("a token of the secret is answered with %d %s, want %d", status, body, tt.legacy)
			}
		})
	}
}
