package authapp

import (
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/config"
)

// providers are those who vouch for people.
func (a *Auth) providers() (*oauth.Set, error) {
	c := a.config.Auth
	var all []oauth.Provider
	for _, p := range c.External.Enabled() {
		all = append(all, provider(p, c.External.IOSBundleID))
	}
	set, err := oauth.New(oauth.Options{
		Providers: all, Callback: strings.TrimSuffix(c.ExternalURL, "/") + "/callback", Issuers: c.External.IDTokenIssuers,
		Discovery: c.External.DiscoveryLifetime,
	})
	if err != nil {
		return nil, fmt.Errorf("GOTRUE_EXTERNAL: %w", err)
	}
	return set, nil
}

// provider is one of them. An application for iOS is a client of Apple's besides.
func provider(p config.OAuthProvider, bundle string) oauth.Provider {
	clients := p.ClientIDs
	if p.Name == oauth.Apple && bundle != "" {
		clients = append(append([]string{}, clients...), bundle)
	}
	return oauth.Provider{
		Name: p.Name, Clients: clients, Secret: string(p.Secret), RedirectURI: p.RedirectURI, URL: p.URL, APIURL: p.APIURL,
		SkipNonceCheck: p.SkipNonceCheck, EmailOptional: p.EmailOptional,
	}
}
