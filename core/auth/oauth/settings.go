package oauth

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The names of the providers that are no mere issuers of OpenID Connect.
const (
	Google = "google"
	GitHub = "github"
	Apple  = "apple"
	Azure  = "azure"
)

// Provider is the settings of one provider (GOTRUE_EXTERNAL_<NAME>_*).
type Provider struct {
	// Name is Google, GitHub, Apple, Azure, or the name of an issuer of OpenID Connect, in small letters.
	Name string

	// Clients are the ids that the provider knows this project by. The first stands in redirects; an ID token may be for any
	// of them, which is how mobile applications have one of their own.
	Clients []string

	// Secret is the client's. Apple's is a JWT that the operator has made, and makes again before it expires.
	Secret string

	// RedirectURI is where the provider sends people back to; "" for Options.Callback.
	RedirectURI string

	// URL is the issuer of OpenID Connect: it must be set for all but the four, and only tests and enterprises set it for
	// these. GitHub's is that of the server, Azure's that of the tenant ("https://login.microsoftonline.com/<tenant>").
	URL string

	// APIURL is where GitHub tells whose token it is; "" for what belongs to URL.
	APIURL string

	SkipNonceCheck bool // of ID tokens that applications bring, for SDKs that cannot say which nonce they used
	EmailOptional  bool // people without an address are let in
}

// Options are what a Set is made of.
type Options struct {
	Providers []Provider // those that are switched on
	Callback  string     // the route that providers send people back to: API_EXTERNAL_URL with /callback

	// Issuers are those whose ID tokens are taken although no provider is set up for them, for any client that the caller
	// names (GOTRUE_EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS).
	Issuers []string

	Discovery time.Duration     // how long a discovery document is believed (GOTRUE_EXTERNAL_OIDC_PROVIDER_CACHE_TTL); 0 for an hour
	Transport http.RoundTripper // nil for one with limits of its own
	Clock     func() time.Time  // nil for time.Now
}

// Set is the providers of one configuration. It is safe for concurrent use.
type Set struct {
	parties  map[string]*party
	issuers  []string
	metadata *metadata
	client   *http.Client
	clock    func() time.Time
}

// New makes a set, and asks nothing of anybody. The error names the setting that is missing or cannot be used, in the terms of
// GOTRUE_EXTERNAL_<NAME>_*.
func New(o Options) (*Set, error) {
	s := &Set{parties: map[string]*party{}, issuers: o.Issuers, client: newClient(o.Transport), clock: o.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.metadata = &metadata{client: s.client, clock: s.clock, age: cmp.Or(o.Discovery, usualAge), known: map[string]known{}}
	for _, p := range o.Providers {
		if p.RedirectURI == "" {
			p.RedirectURI = o.Callback
		}
		if err := check(p); err != nil {
			return nil, fmt.Errorf("the provider %q %w", p.Name, err)
		}
		if s.parties[p.Name] != nil {
			return nil, fmt.Errorf("the provider %q is set up twice", p.Name)
		}
		s.parties[p.Name] = s.party(p)
	}
	return s, nil
}

// check says what a provider lacks, as the end of a sentence.
func check(p Provider) error {
	known := p.Name == Google || p.Name == GitHub || p.Name == Apple || p.Name == Azure
	switch {
	case p.Name == "" || p.Name != strings.ToLower(p.Name):
		return fmt.Errorf("needs a name in small letters")
	case len(p.Clients) == 0 || p.Clients[0] == "":
		return fmt.Errorf("needs an id of its client (CLIENT_ID)")
	case p.Secret == "":
		return fmt.Errorf("needs the secret of its client (SECRET)")
	case p.RedirectURI == "":
		return fmt.Errorf("needs an address to send people back to (REDIRECT_URI)")
	case !known && p.URL == "":
		return fmt.Errorf("needs the address of its issuer (URL)")
	}
	for name, address := range map[string]string{"URL": p.URL, "API_URL": p.APIURL} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("has %s %q, which is no address of a server", name, address)
		}
	}
	return nil
}
