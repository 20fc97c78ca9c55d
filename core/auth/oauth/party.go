package oauth

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// party is a provider with what it does in its own way.
type party struct {
	Provider
	scopes []string
	form   bool    // people come back by a form (response_mode=form_post)
	tokens *issuer // of its ID tokens; nil for a provider that has none

	// where tells the addresses that people and codes are taken to.
	where func(ctx context.Context) (endpoint, error)
	// who tells whose token it is.
	who func(ctx context.Context, t *oauth2.Token) (Person, error)
}

// party gives a provider its ways.
func (s *Set) party(p Provider) *party {
	switch p.Name {
	case Google:
		return s.google(p)
	case GitHub:
		return s.github(p)
	case Apple:
		return s.apple(p)
	case Azure:
		return s.azure(p)
	}
	return s.plain(p)
}

// openID is a provider whose ID token tells all.
func (s *Set) openID(p Provider, i *issuer, scopes ...string) *party {
	return &party{
		Provider: p, scopes: scopes, tokens: i,
		where: func(ctx context.Context) (endpoint, error) { return s.metadata.endpointOf(ctx, i.home) },
		who:   func(ctx context.Context, t *oauth2.Token) (Person, error) { return s.introduced(ctx, p, i, t) },
	}
}

// configure makes what golang.org/x/oauth2 works with. asked are the scopes that the caller wants beside the provider's own.
func (p *party) configure(e endpoint, asked string) *oauth2.Config {
	scopes := slices.Clone(p.scopes)
	for _, scope := range strings.FieldsFunc(asked, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return &oauth2.Config{ClientID: p.Clients[0], ClientSecret: p.Secret, Endpoint: e.Endpoint, RedirectURL: p.RedirectURI, Scopes: scopes}
}

// address gives an address of a server without a slash at its end, or another for none.
func address(set, other string) string {
	if set == "" {
		return other
	}
	return strings.TrimRight(set, "/")
}
