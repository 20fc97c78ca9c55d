package oauth_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

const callback = "https://api.example.org/auth/v1/callback"

// all are the settings of every kind of provider, at one server.
func all(server *oidctest.Server) oauth.Options {
	p := func(name, url string) oauth.Provider {
		return oauth.Provider{Name: name, Clients: []string{oidctest.Client, "mobile"}, Secret: oidctest.Secret, URL: url}
	}
	return oauth.Options{
		Callback: callback,
		Providers: []oauth.Provider{
			p(oauth.Google, server.URL), p(oauth.GitHub, server.URL), p(oauth.Apple, server.URL), p(oauth.Azure, server.URL+"/common"),
			p("acme", server.URL),
		},
	}
}

func newSet(t *testing.T, o oauth.Options) *oauth.Set {
	t.Helper()
	set, err := oauth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// arrive takes a person through a provider and back.
func arrive(t *testing.T, server *oidctest.Server, set *oauth.Set, provider string, p oidctest.Person) (oauth.Arrival, error) {
	t.Helper()
	verifier := oauth.NewVerifier()
	to, err := set.Authorize(t.Context(), oauth.Request{Provider: provider, State: "the-state", Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	back := server.SignIn(t, to, p)
	if back.Get("state") != "the-state" {
		t.Fatalf("the state comes back as %q", back.Get("state"))
	}
	return set.Exchange(t.Context(), oauth.Return{Provider: provider, Code: back.Get("code"), Verifier: verifier, User: back.Get("user")})
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// clock is a time that the test sets.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }
