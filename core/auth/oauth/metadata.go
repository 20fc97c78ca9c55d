package oauth

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	usualAge  = time.Hour // for which a discovery document is believed, as GoTrue does
	mostKnown = 64        // issuers that are kept: an ID token of Azure's may name any of its tenants
)

// metadata keeps what issuers say of themselves (OpenID Connect Discovery 1.0), with their keys.
type metadata struct {
	client *http.Client
	clock  func() time.Time
	age    time.Duration // for which a document is believed
	mu     sync.Mutex
	known  map[string]known
}

// known is one issuer and when it was asked.
type known struct {
	*oidc.Provider
	at time.Time
}

// of gives an issuer. Two requests at once may both ask; whichever is later is kept.
func (m *metadata) of(ctx context.Context, issuer string) (*oidc.Provider, error) {
	m.mu.Lock()
	k, ok := m.known[issuer]
	m.mu.Unlock()
	if ok && m.clock().Sub(k.at) < m.age {
		return k.Provider, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, m.client), issuer)
	if err != nil {
		return nil, fmt.Errorf("discovering the issuer %s: %w", issuer, brief{err})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= mostKnown {
		clear(m.known)
	}
	m.known[issuer] = known{p, m.clock()}
	return p, nil
}

// endpoint is where an issuer takes people and codes, and whether it takes a challenge of PKCE.
type endpoint struct {
	oauth2.Endpoint
	pkce bool
}

// endpointOf reads an issuer's discovery document.
func (m *metadata) endpointOf(ctx context.Context, issuer string) (endpoint, error) {
	p, err := m.of(ctx, issuer)
	if err != nil {
		return endpoint{}, err
	}
	var more struct {
		Challenges []string `json:"code_challenge_methods_supported"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&more); err != nil {
		return endpoint{}, fmt.Errorf("reading the discovery document of %s: %w", issuer, err)
	}
	e := endpoint{Endpoint: p.Endpoint(), pkce: slices.Contains(more.Challenges, "S256")}
	e.AuthStyle = oauth2.AuthStyleInParams
	if len(more.Methods) == 0 || !slices.Contains(more.Methods, "client_secret_post") {
		e.AuthStyle = oauth2.AuthStyleInHeader // the default of the specification
	}
	return e, nil
}
