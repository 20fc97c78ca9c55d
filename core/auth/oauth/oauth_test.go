package oauth_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

// TestArrivals takes a person through every kind of provider.
func TestArrivals(t *testing.T) {
	server := oidctest.New(t)
	set := newSet(t, all(server))
	ada := map[string]any{"sub": "42", "name": "Ada", "picture": "https://x/y.png", "email": "Ada@Example.org", "email_verified": true}
	with := func(more map[string]any) map[string]any {
		claims := map[string]any{"sub": "42", "email": "Ada@Example.org"}
		for name, value := range more {
			claims[name] = value
		}
		return claims
	}
	verified := []oauth.Email{{Address: "ada@example.org", Verified: true, Primary: true}}
	for _, tt := range []struct {
		name, provider string
		person         oidctest.Person
		emails         []oauth.Email
		claims         map[string]any // beside sub, provider_id, phone_verified, email and iss
	}{
		{"Google", oauth.Google, oidctest.Person{Claims: ada}, verified, map[string]any{"name": "Ada", "full_name": "Ada", "picture": "https://x/y.png", "avatar_url": "https://x/y.png", "email_verified": true}},
		{
			"Google for a domain", oauth.Google,
			oidctest.Person{Claims: with(map[string]any{"hd": "example.org"})},
			[]oauth.Email{{Address: "ada@example.org", Primary: true}},
			map[string]any{"custom_claims": map[string]any{"hd": "example.org"}, "email_verified": false},
		},
		{
			"GitHub", oauth.GitHub,
			oidctest.Person{
				GitHubUser:   map[string]any{"id": 42, "login": "ada", "name": "Ada", "avatar_url": "https://x/y.png"},
				GitHubEmails: []map[string]any{{"email": "other@example.org", "verified": false}, {"email": "ada@example.org", "verified": true, "primary": true}},
			},
			[]oauth.Email{{Address: "other@example.org"}, verified[0]},
			map[string]any{"name": "Ada", "full_name": "Ada", "avatar_url": "https://x/y.png", "user_name": "ada", "preferred_username": "ada", "email_verified": true},
		},
		{
			"Apple, the first time", oauth.Apple,
			oidctest.Person{Claims: with(map[string]any{"is_private_email": "true"}), Form: `{"name":{"firstName":"Ada","lastName":"L"},"email":"eve@example.org"}`},
			verified,
			map[string]any{"name": "Ada L", "full_name": "Ada L", "custom_claims": map[string]any{"is_private_email": true}, "email_verified": true},
		},
		{"Apple, later", oauth.Apple, oidctest.Person{Claims: with(nil)}, verified, map[string]any{"email_verified": true}},
		{
			"Azure, verified by the domain", oauth.Azure,
			oidctest.Person{Claims: with(map[string]any{"iss": server.URL + "/tenant-1/v2.0", "name": "Ada", "xms_edov": "1"})},
			verified,
			map[string]any{"name": "Ada", "full_name": "Ada", "custom_claims": map[string]any{"email": "Ada@Example.org", "xms_edov": "1"}, "email_verified": true},
		},
		{
			"Azure, not verified", oauth.Azure,
			oidctest.Person{Claims: with(map[string]any{"iss": server.URL + "/tenant-1/v2.0", "xms_edov": false})},
			[]oauth.Email{{Address: "ada@example.org", Primary: true}},
			map[string]any{"custom_claims": map[string]any{"email": "Ada@Example.org", "xms_edov": false}, "email_verified": false},
		},
		{"an issuer", "acme", oidctest.Person{Claims: ada}, verified, map[string]any{"name": "Ada", "full_name": "Ada", "picture": "https://x/y.png", "avatar_url": "https://x/y.png", "email_verified": true}},
		{
			"an issuer that tells addresses apart", "acme",
			oidctest.Person{Claims: map[string]any{"sub": "42"}, Info: map[string]any{"sub": "42", "email": "ada@example.org", "email_verified": "true"}},
			verified,
			map[string]any{"email_verified": true},
		},
		{"an address that looks like another", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "42", "email": "ada@example.org\u212a", "email_verified": true}}, nil, map[string]any{"email_verified": false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.person.RefreshToken = "provider-refresh-token"
			got, err := arrive(t, server, set, tt.provider, tt.person)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != "42" || got.Provider != tt.provider || got.AccessToken != oidctest.AccessToken || got.RefreshToken != "provider-refresh-token" {
				t.Errorf("got %+v", got)
			}
			tt.claims["sub"], tt.claims["provider_id"], tt.claims["phone_verified"] = "42", "42", false
			if tt.emails != nil {
				tt.claims["email"] = "ada@example.org"
			}
			if iss, _ := got.Claims["iss"].(string); !strings.HasPrefix(iss, server.URL) {
				t.Errorf("the issuer is %q", iss)
			}
			delete(got.Claims, "iss")
			if diff := cmp.Diff(tt.claims, got.Claims); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.emails, got.Emails); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNotExchanged(t *testing.T) {
	server := oidctest.New(t)
	set := newSet(t, all(server))
	for _, tt := range []struct {
		name, provider string
		person         oidctest.Person
	}{
		{"nobody", oauth.GitHub, oidctest.Person{GitHubUser: map[string]any{"login": "ada"}}},
		{"no ID token", oauth.Google, oidctest.Person{}},
		{"a token for another client", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "aud": "another"}}},
		{"a token for a mobile client", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "aud": "mobile"}}},
		{"a token of another issuer", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "iss": "https://accounts.google.com"}}},
		{"a token for another access token", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "at_hash": oidctest.HashOf("another")}}},
		{"no subject", oauth.Google, oidctest.Person{Claims: map[string]any{}}},
		{"a NUL character", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "name": "a\x00b"}}},
		{"too much", oauth.Google, oidctest.Person{Claims: map[string]any{"sub": "1", "name": strings.Repeat("x", 1<<16)}}},
		{"another person's info", "acme", oidctest.Person{Claims: map[string]any{"sub": "1"}, Info: map[string]any{"sub": "2", "email": "ada@example.org"}}},
		{"a tenant of another server", oauth.Azure, oidctest.Person{Claims: map[string]any{"sub": "1", "iss": "https://evil.example/tenant/v2.0"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := arrive(t, server, set, tt.provider, tt.person)
			if f := fault.From(err); err == nil || f.Status() != 500 || f.Code != "unexpected_failure" {
				t.Errorf("got %+v and %v", got, err)
			}
		})
	}
	t.Run("a code of nobody", func(t *testing.T) {
		_, err := set.Exchange(t.Context(), oauth.Return{Provider: oauth.Google, Code: "a-code"})
		if f := fault.From(err); f.Status() != 500 || strings.Contains(f.Error(), "a-code") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a code without its verifier", func(t *testing.T) {
		to, _ := set.Authorize(t.Context(), oauth.Request{Provider: oauth.GitHub, State: "s", Verifier: oauth.NewVerifier()})
		back := server.SignIn(t, to, oidctest.Person{GitHubUser: map[string]any{"id": 1}})
		_, err := set.Exchange(t.Context(), oauth.Return{Provider: oauth.GitHub, Code: back.Get("code"), Verifier: oauth.NewVerifier()})
		if err == nil {
			t.Error("it is taken")
		}
	})
}

// TestReserved is attack 23: the caller chooses neither where the person comes back to nor what they bring.
func TestReserved(t *testing.T) {
	server := oidctest.New(t)
	set := newSet(t, all(server))
	const evil = "evil"
	extra := url.Values{"nonce": {"n"}, "prompt": {"consent"}, "login_hint": {"ada@example.org"}}
	reserved := []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "state", "scope", "code_challenge", "code_challenge_method", "client_secret",
		"request", "request_uri", "invite_token", "redirect_to", "apikey", "scopes", "provider",
	}
	for _, name := range reserved {
		extra.Set(name, evil)
		extra.Set(strings.ToUpper(name), evil)
	}
	for _, provider := range []string{oauth.Google, oauth.GitHub, oauth.Apple, oauth.Azure, "acme"} {
		t.Run(provider, func(t *testing.T) {
			to, err := set.Authorize(t.Context(), oauth.Request{Provider: provider, State: "s", Verifier: "v", Scopes: "a,b c a", Extra: extra})
			if err != nil {
				t.Fatal(err)
			}
			q := query(t, to)
			for name, values := range q {
				if values[0] == evil {
					t.Errorf("%s passes", name)
				}
			}
			if q.Get("nonce") != "n" || q.Get("prompt") != "consent" || q.Get("login_hint") != "ada@example.org" {
				t.Errorf("what may pass does not: %s", to)
			}
			if q.Get("client_id") != oidctest.Client || q.Get("redirect_uri") != callback || q.Get("state") != "s" || q.Get("response_type") != "code" {
				t.Errorf("got %s", to)
			}
			if !strings.HasSuffix(q.Get("scope"), " a b c") && q.Get("scope") != "a b c" {
				t.Errorf("the scopes are %q", q.Get("scope"))
			}
			if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("code_challenge") == "v" {
				t.Errorf("the challenge is %q by %q", q.Get("code_challenge"), q.Get("code_challenge_method"))
			}
		})
	}
}

func TestUnknownProvider(t *testing.T) {
	set := newSet(t, oauth.Options{})
	for name, message := range map[string]string{
		"google": "Unsupported provider: provider is not enabled", "acme": "Unsupported provider: Provider acme could not be found",
		"": "Unsupported provider: Provider  could not be found",
	} {
		_, err := set.Authorize(t.Context(), oauth.Request{Provider: name})
		if f := fault.From(err); f.Status() != 400 || f.Code != "validation_failed" || f.Message != message {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestSettingsRefused(t *testing.T) {
	good := oauth.Provider{Name: "acme", Clients: []string{"id"}, Secret: "s", URL: "https://acme.example"}
	for _, tt := range []struct {
		name, text string
		change     func(*oauth.Options, *oauth.Provider)
	}{
		{"no client", "CLIENT_ID", func(_ *oauth.Options, p *oauth.Provider) { p.Clients = nil }},
		{"no secret", "SECRET", func(_ *oauth.Options, p *oauth.Provider) { p.Secret = "" }},
		{"no callback", "REDIRECT_URI", func(o *oauth.Options, _ *oauth.Provider) { o.Callback = "" }},
		{"no issuer", "URL", func(_ *oauth.Options, p *oauth.Provider) { p.URL = "" }},
		{"no address", "URL", func(_ *oauth.Options, p *oauth.Provider) { p.URL = "acme.example" }},
		{"another scheme", "API_URL", func(_ *oauth.Options, p *oauth.Provider) { p.APIURL = "file:///etc/passwd" }},
		{"capitals", "small letters", func(_ *oauth.Options, p *oauth.Provider) { p.Name = "Acme" }},
		{"twice", "twice", func(o *oauth.Options, p *oauth.Provider) { o.Providers = append(o.Providers, *p) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, p := oauth.Options{Callback: callback}, good
			tt.change(&o, &p)
			o.Providers = append(o.Providers, p)
			if _, err := oauth.New(o); err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestDiscoveryIsLazyAndKept counts what is asked of an issuer: nothing at the start, once for many, and again after an hour.
func TestDiscoveryIsLazyAndKept(t *testing.T) {
	const path = "/.well-known/openid-configuration"
	server, at := oidctest.New(t), &clock{time.Now()}
	o := all(server)
	o.Clock = at.read
	set := newSet(t, o)
	if n := server.Calls(path); n != 0 {
		t.Fatalf("%d times before anything was asked", n)
	}
	for _, want := range []int{1, 1, 2} {
		if _, err := set.Authorize(t.Context(), oauth.Request{Provider: "acme"}); err != nil {
			t.Fatal(err)
		}
		if n := server.Calls(path); n != want {
			t.Errorf("%d times, want %d", n, want)
		}
		at.now = at.now.Add(40 * time.Minute)
	}
}

// transport answers as it likes.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// TestProvidersThatMisbehave shows that an answer without an end is cut off, and that nobody is asked whom the settings do not
// name.
func TestProvidersThatMisbehave(t *testing.T) {
	respond := func(r *http.Request, status int, body io.Reader) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body), Request: r}
	}
	for _, tt := range []struct {
		name   string
		answer func(r *http.Request) *http.Response
	}{
		{"endless", func(r *http.Request) *http.Response { return respond(r, 200, endless{}) }},
		{"elsewhere", func(r *http.Request) *http.Response {
			if r.URL.Host != "acme.example" {
				t.Errorf("%s is asked", r.URL)
			}
			resp := respond(r, 302, strings.NewReader(""))
			resp.Header.Set("Location", "http://169.254.169.254/latest")
			return resp
		}},
		{"no JSON", func(r *http.Request) *http.Response { return respond(r, 200, strings.NewReader("<html>")) }},
		{"another issuer", func(r *http.Request) *http.Response {
			return respond(r, 200, strings.NewReader(`{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}`))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := newSet(t, oauth.Options{
				Callback: callback, Transport: transport(tt.answer),
				Providers: []oauth.Provider{{Name: "acme", Clients: []string{"id"}, Secret: "s", URL: "https://acme.example"}},
			})
			_, err := set.Authorize(t.Context(), oauth.Request{Provider: "acme"})
			if f := fault.From(err); f.Status() != 503 {
				t.Errorf("got %v", err)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestPersonEmail(t *testing.T) {
	a, b, c := oauth.Email{Address: "a@x"}, oauth.Email{Address: "b@x", Verified: true}, oauth.Email{Address: "c@x", Primary: true}
	for _, tt := range []struct {
		emails []oauth.Email
		want   oauth.Email
	}{
		{nil, oauth.Email{}},
		{[]oauth.Email{a}, a},
		{[]oauth.Email{a, b}, b},
		{[]oauth.Email{a, b, c}, c},
	} {
		if got, ok := (oauth.Person{Emails: tt.emails}).Email(); got != tt.want || ok != (tt.want.Address != "") {
			t.Errorf("%v: got %v, %t", tt.emails, got, ok)
		}
	}
}
