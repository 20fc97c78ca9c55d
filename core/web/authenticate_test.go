package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/core/web"
)

const secret = "reallyreallyreallyreallyverysafe"

// now is when the tests happen.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func mint(t testing.TB, role, subject string) string {
	t.Helper()
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := token.Mint(keys, token.Claims{Role: role, Subject: subject, Issued: now, Expires: now.Add(time.Hour)}, "")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The opaque keys of the tests.
const (
	publishable = "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
	secretKey   = "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
)

func verifier(t testing.TB, anonymous string) *token.Verifier {
	t.Helper()
	keys, err := token.NewAPIKeys(config.APIKeys{Publishable: publishable, Secret: secretKey}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := token.NewVerifier(token.Settings{JWT: config.JWT{Secret: secret}, AnonRole: anonymous, APIKeys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// showCaller answers with the role and the subject of the caller.
func showCaller() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := identity.FromContext(r.Context())
		_, _ = fmt.Fprintf(w, "%v %s %s %s", ok, caller.Role, caller.Subject, caller.Claims)
	})
}

func TestAuthenticate(t *testing.T) {
	anon, user := mint(t, "anon", ""), mint(t, "authenticated", "u1")
	for _, tt := range []struct {
		name   string
		o      web.AuthOptions
		fields []string
		status int
		want   string // the body begins with it
	}{
		{"nothing", web.AuthOptions{}, nil, 200, `true anon  {"role":"anon"}`},
		{"a token", web.AuthOptions{}, []string{"Authorization", "Bearer " + user}, 200, "true authenticated u1 {"},
		{"the scheme in small letters", web.AuthOptions{}, []string{"Authorization", "bearer " + user}, 200, "true authenticated u1 {"},
		{"another scheme", web.AuthOptions{}, []string{"Authorization", "Basic dTpw"}, 200, "true anon "},
		{"the scheme alone", web.AuthOptions{}, []string{"Authorization", "Bearer"}, 401, `{"code":"PGRST301","details":null,"hint":null,"message":"Empty JWT`},
		{"a bad token", web.AuthOptions{}, []string{"Authorization", "Bearer a.b"}, 401, `{"code":"PGRST301","details":null,"hint":null,"message":"Expected 3 parts in JWT; got 2"}`},
		{"a bad token, in few words", web.AuthOptions{Faults: web.FaultOptions{Terse: true}}, []string{"Authorization", "Bearer a.b"}, 401, `{"code":"PGRST301","message":"Expected 3 parts in JWT; got 2"}`},
		{"a key where PostgREST's rules hold", web.AuthOptions{}, []string{"apikey", user}, 200, "true anon "},
		{"a bad key where PostgREST's rules hold", web.AuthOptions{}, []string{"apikey", "x"}, 200, "true anon "},
		{"a key", web.AuthOptions{APIKey: true}, []string{"apikey", user}, 200, "true authenticated u1 {"},
		{"a bad key", web.AuthOptions{APIKey: true}, []string{"apikey", "x"}, 401, `{"code":"PGRST301"`},
		{"a key and a token", web.AuthOptions{APIKey: true}, []string{"apikey", anon, "Authorization", "Bearer " + user}, 200, "true authenticated u1 {"},
		{"the key twice", web.AuthOptions{APIKey: true}, []string{"apikey", anon, "Authorization", "Bearer " + anon}, 200, "true anon  {"},
		{"nothing where a key is required", web.AuthOptions{APIKey: true, RequireKey: true}, nil, 401, `{"code":"PERGOLA_KEY_REQUIRED","details":null,"hint":"Send your API key in the apikey header.","message":"No API key found in request"}`},
		{"a key where one is required", web.AuthOptions{APIKey: true, RequireKey: true}, []string{"apikey", anon}, 200, "true anon  {"},
		{"an opaque key where one is required", web.AuthOptions{APIKey: true, RequireKey: true}, []string{"apikey", publishable}, 200, "true anon  {"},
		{"a publishable key", web.AuthOptions{APIKey: true}, []string{"apikey", publishable, "Authorization", "Bearer " + publishable}, 200, `true anon  {"role":"anon"}`},
		{"a secret key", web.AuthOptions{APIKey: true}, []string{"apikey", secretKey, "Authorization", "Bearer " + secretKey}, 200, `true service_role  {"role":"service_role"}`},
		{"a secret key of a browser", web.AuthOptions{APIKey: true}, []string{"apikey", secretKey, "User-Agent", "Mozilla/5.0"}, 401, `{"code":"PERGOLA_KEY_IN_BROWSER","details":null,"hint":"Whoever`},
		{"a user's token beside a secret key", web.AuthOptions{APIKey: true}, []string{"apikey", secretKey, "Authorization", "Bearer " + user}, 200, "true authenticated u1 {"},
		{"an unknown opaque key", web.AuthOptions{APIKey: true}, []string{"apikey", "sb_secret_x"}, 401, `{"code":"PERGOLA_UNKNOWN_KEY","details":null,"hint":"The key is none of those`},
		{"a secret key where PostgREST's rules hold", web.AuthOptions{}, []string{"apikey", secretKey}, 200, "true anon "},
		{"no anonymous role", web.AuthOptions{Verifier: verifier(t, "")}, nil, 401, `{"code":"PGRST302"`},
		{"expired", web.AuthOptions{Clock: func() time.Time { return now.Add(2 * time.Hour) }}, []string{"Authorization", "Bearer " + user}, 401, `{"code":"PGRST303","details":null,"hint":null,"message":"JWT expired"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.o.Verifier == nil {
				tt.o.Verifier = verifier(t, "anon")
			}
			if tt.o.Clock == nil {
				tt.o.Clock = clock
			}
			res := serve(web.Chain(showCaller(), web.Authenticate(tt.o)), request("GET", "/items", tt.fields...))
			if got := text(t, res); res.StatusCode != tt.status || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %d %s, want %d %s", res.StatusCode, got, tt.status, tt.want)
			}
		})
	}
}

func TestTokenTime(t *testing.T) {
	var took time.Duration
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { took = web.TokenTime(r.Context()) })
	serve(web.Chain(h, web.Authenticate(web.AuthOptions{Verifier: verifier(t, "anon"), Clock: clock, Timing: true})),
		request("GET", "/", "Authorization", "Bearer "+mint(t, "anon", "")))
	if took <= 0 || took > time.Minute {
		t.Errorf("it took %v", took)
	}
}
