package flow_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

const welcomePage = "https://app.example.org/welcome"

// vouching is a provider that vouches for whom the test says.
type vouching struct{ arrival oauth.Arrival }

func (v *vouching) Authorize(_ context.Context, r oauth.Request) (string, error) {
	return "https://provider.example/?state=" + r.State, nil
}

func (v *vouching) Exchange(context.Context, oauth.Return) (oauth.Arrival, error) {
	return v.arrival, nil
}

func (v *vouching) Check(context.Context, oauth.Assertion) (oauth.Arrival, error) {
	return v.arrival, nil
}

// somebody is a person with one address.
func somebody(provider, id, email string, verified bool) oauth.Arrival {
	claims := map[string]any{"sub": id, "provider_id": id, "name": "Somebody", "email": email, "email_verified": verified}
	p := oauth.Person{Provider: provider, ID: id, Claims: claims, Emails: []oauth.Email{{Address: email, Verified: verified, Primary: true}}}
	if email == "" {
		p.Emails = nil
		delete(claims, "email")
	}
	return oauth.Arrival{Person: p, AccessToken: "provider-token"}
}

// vouched is a service with a provider that vouches, and linking allowed.
func vouched(t *testing.T, change func(*flow.Settings)) (*service, *vouching) {
	t.Helper()
	v, set := &vouching{}, settings()
	set.OAuth = flow.OAuthSettings{Providers: v, ManualLinking: true}
	if change != nil {
		change(&set)
	}
	return newService(t, set), v
}

// leave goes to a provider, and gives the state.
func (s *service) leave(t *testing.T, d flow.Departure) string {
	t.Helper()
	if d.RedirectTo == "" {
		d.RedirectTo = welcomePage
	}
	to, err := s.Depart(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return stateOf(t, to)
}

func stateOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("state")
}

// come goes to a provider and comes back as somebody.
func (s *service) come(t *testing.T, v *vouching, who oauth.Arrival) (flow.Returned, error) {
	t.Helper()
	v.arrival = who
	state := s.leave(t, flow.Departure{Provider: who.Provider})
	return s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit)
}

// signedIn is come for somebody who has to be let in.
func (s *service) signedIn(t *testing.T, v *vouching, who oauth.Arrival) flow.Signed {
	t.Helper()
	end, err := s.come(t, v, who)
	if err != nil {
		t.Fatal(err)
	}
	if end.Signed == nil || end.RedirectTo != welcomePage {
		t.Fatalf("got %+v", end)
	}
	return *end.Signed
}

// whoHas is whose session it is.
func (s *service) whoHas(t *testing.T, signed flow.Signed) flow.Caller {
	t.Helper()
	c, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// linkBy links an identity to a caller through a provider.
func (s *service) linkBy(t *testing.T, v *vouching, c flow.Caller, who oauth.Arrival) (flow.Returned, error) {
	t.Helper()
	v.arrival = who
	to, err := s.DepartToLink(t.Context(), c, flow.Departure{Provider: who.Provider, RedirectTo: welcomePage})
	if err != nil {
		t.Fatal(err)
	}
	return s.Return(t.Context(), flow.Return{State: stateOf(t, to), Code: "x"}, visit)
}

// identities are a user's, as their providers.
func identities(u store.User) string {
	text := ""
	for _, i := range u.Identities {
		text += i.Provider + " "
	}
	return text
}

// realProviders is a service with providers of their own at a server.
func realProviders(t *testing.T) (*service, *oidctest.Server) {
	t.Helper()
	server := oidctest.New(t)
	s := newService(t, settings())
	server.Now = s.Now
	p := func(name, url string) oauth.Provider {
		return oauth.Provider{Name: name, Clients: []string{oidctest.Client}, Secret: oidctest.Secret, URL: url}
	}
	set, err := oauth.New(oauth.Options{
		Callback: "https://api.example.org/auth/v1/callback", Clock: s.Now,
		Providers: []oauth.Provider{p(oauth.Google, server.URL), p(oauth.GitHub, server.URL), p(oauth.Apple, server.URL), p(oauth.Azure, server.URL+"/common"), p("acme", server.URL)},
	})
	if err != nil {
		t.Fatal(err)
	}
	with := settings()
	with.OAuth = flow.OAuthSettings{Providers: set, ManualLinking: true}
	s.with(t, with)
	return s, server
}

// faultCode is the code of a fault, "" for none.
func faultCode(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}
