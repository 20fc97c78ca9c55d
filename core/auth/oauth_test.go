package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

const welcome = "https://app.example.org/welcome?a=1"

// withProviders is a service with Google and Apple, at a server of their own.
func withProviders(t *testing.T, settings flow.Settings, change ...func(*auth.Options)) (*service, *oidctest.Server) {
	t.Helper()
	server := oidctest.New(t)
	p := func(name string) oauth.Provider {
		return oauth.Provider{Name: name, Clients: []string{oidctest.Client}, Secret: oidctest.Secret, URL: server.URL}
	}
	set, err := oauth.New(oauth.Options{Callback: external + "/callback", Providers: []oauth.Provider{p(oauth.Google), p(oauth.Apple)}})
	if err != nil {
		t.Fatal(err)
	}
	settings.OAuth = flow.OAuthSettings{Providers: set, ManualLinking: true}
	return newService(t, settings, change...), server
}

// googler is somebody at Google.
func googler(email string, verified bool) oidctest.Person {
	return oidctest.Person{Claims: map[string]any{"sub": "of " + email, "email": email, "email_verified": verified}, RefreshToken: "refresh"}
}

// leave asks for the way to a provider.
func (s *service) leave(t *testing.T, query string) string {
	t.Helper()
	return s.must(t, http.StatusFound, "GET", "/authorize?"+query, "").Header().Get("Location")
}

// location is where an answer leads: its address without query and fragment, and these.
func location(t *testing.T, a answer) (to string, query, fragment url.Values) {
	t.Helper()
	u, err := url.Parse(a.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if fragment, err = url.ParseQuery(u.EscapedFragment()); err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host + u.Path, u.Query(), fragment
}

func TestWhereAProviderLeads(t *testing.T) {
	s, server := withProviders(t, settings(), func(o *auth.Options) { o.Arrival = "https://app.example.org/in" })
	for asked, want := range map[string]string{"": "https://app.example.org/in", "&redirect_to=" + url.QueryEscape(welcome): "https://app.example.org/welcome"} {
		back := server.SignIn(t, s.leave(t, "provider=google"+asked), googler("ada@example.org", true))
		if to, _, _ := location(t, s.must(t, http.StatusFound, "GET", "/callback?"+back.Encode(), "")); to != want {
			t.Errorf("asked for %q, it leads to %s", asked, to)
		}
	}
}

func TestOAuthImplicit(t *testing.T) {
	s, server := withProviders(t, settings())
	back := server.SignIn(t, s.leave(t, "provider=Google&redirect_to="+url.QueryEscape(welcome)), googler("ada@example.org", true))
	a := s.must(t, http.StatusFound, "GET", "/callback?"+back.Encode(), "")
	to, query, fragment := location(t, a)
	if to != "https://app.example.org/welcome" || query.Encode() != "a=1" || a.Body.Len() != 0 || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("it leads to %s, with %q", a.Header().Get("Location"), a.Body)
	}
	for name, want := range map[string]string{
		"token_type": "bearer", "expires_in": "3600", "provider_token": oidctest.AccessToken, "provider_refresh_token": "refresh", "sb": "",
	} {
		if !fragment.Has(name) || fragment.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, fragment.Get(name), want)
		}
	}
	user := s.must(t, http.StatusOK, "GET", "/user", "", "Authorization", "Bearer "+fragment.Get("access_token"))
	if user.text("email") != "ada@example.org" {
		t.Errorf("the user is %s", user.Body)
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+fragment.Get("refresh_token")+`"}`)
}

func TestOAuthForCode(t *testing.T) {
	s, server := withProviders(t, settings())
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	to := s.must(t, http.StatusOK, "GET", "/authorize?skip_http_redirect=true&provider=google&code_challenge_method=s256&code_challenge="+challenge+"&redirect_to="+url.QueryEscape(welcome), "").text("url")
	if strings.Contains(to, challenge) {
		t.Errorf("the application's challenge goes to the provider: %s", to)
	}
	back := server.SignIn(t, to, googler("ada@example.org", true))
	_, query, fragment := location(t, s.must(t, http.StatusFound, "GET", "/callback?"+back.Encode(), ""))
	if query.Get("code") == "" || query.Get("a") != "1" || len(fragment) != 0 {
		t.Errorf("it leads on with %v and %v", query, fragment)
	}
	body := `{"auth_code":"` + query.Get("code") + `","code_verifier":"` + verifier + `"}`
	session := s.must(t, http.StatusOK, "POST", "/token?grant_type=pkce", body)
	if session.text("provider_token") != oidctest.AccessToken || session.text("provider_refresh_token") != "refresh" {
		t.Errorf("the session is %s", session.Body)
	}
	s.must(t, http.StatusNotFound, "POST", "/token?grant_type=pkce", body)
}

// TestCallbackByForm comes back as Apple sends people back.
func TestCallbackByForm(t *testing.T) {
	s, server := withProviders(t, settings())
	p := googler("ada@example.org", true)
	p.Form = `{"name":{"firstName":"Ada","lastName":"L"}}`
	back := server.SignIn(t, s.leave(t, "provider=apple"), p)
	if back.Get("user") == "" {
		t.Fatalf("the form is %v", back)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/callback", strings.NewReader(back.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	to, _, fragment := location(t, answer{ResponseRecorder: w})
	if w.Code != http.StatusFound || to != site+"" || fragment.Get("access_token") == "" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	if got := s.Value(`select raw_user_meta_data ->> 'full_name' from auth.users`); got != "Ada L" {
		t.Errorf("the name is %q", got)
	}
}

// TestCallbackErrors shows that errors stand in the query and in the fragment of where the flow ends.
func TestCallbackErrors(t *testing.T) {
	s, server := withProviders(t, settings())
	s.Exec(`insert into auth.users (id, aud, email, is_sso_user) values (gen_random_uuid(), 'authenticated', 'taken@example.org', false)`)
	come := func(p oidctest.Person) func() string {
		return func() string {
			return server.SignIn(t, s.leave(t, "provider=google&redirect_to="+url.QueryEscape(welcome)), p).Encode()
		}
	}
	known := func(more string) func() string {
		return func() string {
			u, err := url.Parse(s.leave(t, "provider=google&redirect_to="+url.QueryEscape(welcome)))
			if err != nil {
				t.Fatal(err)
			}
			return "state=" + u.Query().Get("state") + more
		}
	}
	const app = "https://app.example.org/welcome"
	for _, tt := range []struct {
		name   string
		query  func() string
		status int
		to     string
		want   url.Values
	}{
		{"no state", func() string { return "code=x" }, 303, site, url.Values{"error": {"invalid_request"}, "error_code": {"bad_oauth_callback"}, "error_description": {"OAuth state parameter missing"}}},
		{"no id", func() string { return "code=x&state=%3Cscript%3E" }, 303, site, url.Values{"error": {"invalid_request"}, "error_code": {"bad_oauth_state"}, "error_description": {"OAuth state parameter is invalid"}}},
		{"refused", known("&error=access_denied&error_description=No"), 302, app, url.Values{"error": {"access_denied"}, "error_description": {"No"}}},
		{"no code", known(""), 302, app, url.Values{"error": {"invalid_request"}, "error_code": {"bad_oauth_callback"}, "error_description": {"OAuth callback with missing authorization code missing"}}},
		{"a code of nobody", known("&code=x"), 302, app, url.Values{"error": {"server_error"}, "error_code": {"unexpected_failure"}, "error_description": {"Unable to exchange external code"}}},
		{"not verified", come(googler("taken@example.org", false)), 302, app, url.Values{"error": {"access_denied"}, "error_code": {"provider_email_needs_verification"}, "error_description": {"Unverified email with google. Verify the email with google in order to sign in"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.must(t, tt.status, "GET", "/callback?"+tt.query(), "")
			to, query, fragment := location(t, a)
			if to != tt.to || a.Body.Len() != 0 {
				t.Errorf("it leads to %s", a.Header().Get("Location"))
			}
			for name := range tt.want {
				if query.Get(name) != tt.want.Get(name) || fragment.Get(name) != tt.want.Get(name) {
					t.Errorf("%s is %q in the query, %q in the fragment, want %q", name, query.Get(name), fragment.Get(name), tt.want.Get(name))
				}
			}
			if tt.to == app && query.Get("a") != "1" || !fragment.Has("sb") || query.Has("access_token") || fragment.Has("access_token") {
				t.Errorf("it leads on with %v and %v", query, fragment)
			}
		})
	}
}

// TestAuthorizeRefused are attacks 21 and 22 at the door: these are told to the caller, in JSON.
func TestAuthorizeRefused(t *testing.T) {
	s, _ := withProviders(t, settings())
	for _, tt := range []struct {
		name, query string
		status      int
		code        string
	}{
		{"no provider", "", 400, "validation_failed"},
		{"unknown", "provider=evil", 400, "validation_failed"},
		{"switched off", "provider=github", 400, "validation_failed"},
		{"half a challenge", "provider=google&code_challenge=" + strings.Repeat("c", 43), 400, "validation_failed"},
		{"a short challenge", "provider=google&code_challenge_method=s256&code_challenge=c", 400, "validation_failed"},
		{"an invitation of nobody", "provider=google&invite_token=x", 404, "user_not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "GET", "/authorize?"+tt.query, ""); a.code() != tt.code {
				t.Errorf("got %s", a.Body)
			}
		})
	}
	if n := s.Value(`select count(*) from auth.flow_state`); n != "0" {
		t.Errorf("%s states were written", n)
	}
}

// TestAuthorizeKeepsItsParameters is attack 23 through the route.
func TestAuthorizeKeepsItsParameters(t *testing.T) {
	s, _ := withProviders(t, settings())
	to, err := url.Parse(s.leave(t, "provider=google&State=evil&STATE=evil&state=evil&redirect_uri=https://evil.example&client_id=evil&response_type=token&nonce=n&prompt=login&redirect_to=https://evil.example"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(to.RawQuery, "evil") || to.Query().Get("nonce") != "n" || to.Query().Get("prompt") != "login" || to.Query().Get("redirect_uri") != external+"/callback" {
		t.Errorf("it leads to %s", to)
	}
	if got := s.Value(`select referrer from auth.flow_state`); got != site {
		t.Errorf("the flow ends at %s", got)
	}
}

func TestIDTokenGrant(t *testing.T) {
	s, server := withProviders(t, settings())
	sum := sha256.Sum256([]byte("n"))
	good := server.IDToken(t, map[string]any{"sub": "1", "email": "ada@example.org", "email_verified": true, "nonce": hex.EncodeToString(sum[:])})
	session := s.must(t, http.StatusOK, "POST", "/token?grant_type=id_token", `{"provider":"google","id_token":"`+good+`","nonce":"n"}`)
	if session.text("access_token") == "" || session.body["user"].(map[string]any)["email"] != "ada@example.org" {
		t.Errorf("the session is %s", session.Body)
	}
	for _, tt := range []struct {
		name, body string
		member     string
		want       string
		status     int
	}{
		{"no token", `{"provider":"google"}`, "error", "invalid request", 400},
		{"no provider", `{"id_token":"x"}`, "error_description", "provider or client_id and issuer required", 400},
		{"another nonce", `{"provider":"google","id_token":"` + good + `","nonce":"m"}`, "error", "invalid nonce", 400},
		{"no nonce", `{"provider":"google","id_token":"` + good + `"}`, "error", "invalid request", 400},
		{"no genuine token", `{"provider":"google","id_token":"` + good + `x","nonce":"n"}`, "error_description", "Bad ID token", 400},
		{"switched off", `{"provider":"azure","id_token":"x"}`, "code", "provider_disabled", 400},
		{"an issuer that the caller chooses", `{"issuer":"https://evil.example","client_id":"x","id_token":"x"}`, "code", "validation_failed", 400},
		{"a link without a caller", `{"provider":"google","id_token":"` + good + `","nonce":"n","link_identity":true}`, "error_description", "Linking requires a valid user access token in Authorization", 400},
		{"wrong types", `{"provider":7}`, "code", "bad_json", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "POST", "/token?grant_type=id_token", tt.body); a.text(tt.member) != tt.want {
				t.Errorf("got %s", a.Body)
			}
		})
	}
	bearer := []string{"Authorization", "Bearer " + session.text("access_token")}
	apple := server.IDToken(t, map[string]any{"sub": "2", "email": "private@apple.example"})
	linked := s.must(t, http.StatusOK, "POST", "/token?grant_type=id_token", `{"provider":"apple","id_token":"`+apple+`","link_identity":true}`, bearer...)
	if user := linked.body["user"].(map[string]any); len(user["identities"].([]any)) != 2 || user["email"] != "ada@example.org" {
		t.Errorf("the user is %v", user)
	}
}

func TestIdentitiesOfTheCaller(t *testing.T) {
	s, server := withProviders(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	s.must(t, http.StatusUnauthorized, "GET", "/user/identities/authorize?provider=google", "")
	to := s.must(t, http.StatusOK, "GET", "/user/identities/authorize?provider=google&skip_http_redirect=true", "", bearer...).text("url")
	back := server.SignIn(t, to, googler("other@example.org", true))
	s.Pass(time.Second) // identities come in the order in which they were made
	s.must(t, http.StatusFound, "GET", "/callback?"+back.Encode(), "")
	user := s.must(t, http.StatusOK, "GET", "/user", "", bearer...)
	list := user.body["identities"].([]any)
	if len(list) != 2 {
		t.Fatalf("the user is %s", user.Body)
	}
	google := list[1].(map[string]any)
	if google["provider"] != "google" || google["id"] != "of other@example.org" || google["email"] != "other@example.org" {
		t.Errorf("the identity is %v", google)
	}
	path := "/user/identities/" + google["identity_id"].(string)
	s.must(t, http.StatusUnauthorized, "DELETE", path, "")
	if a := s.must(t, http.StatusOK, "DELETE", path, "", bearer...); a.Body.String() != "{}" {
		t.Errorf("got %s", a.Body)
	}
	if a := s.must(t, http.StatusUnprocessableEntity, "DELETE", path, "", bearer...); a.code() != "single_identity_not_deletable" {
		t.Errorf("got %s", a.Body)
	}
	if a := s.must(t, http.StatusNotFound, "DELETE", "/user/identities/x", "", bearer...); a.code() != "validation_failed" {
		t.Errorf("got %s", a.Body)
	}
	s.Pass(time.Second)
}
