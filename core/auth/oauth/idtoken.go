package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Assertion is an ID token that an application got from a provider by itself.
type Assertion struct {
	IDToken     string
	AccessToken string // that came with it; "" leaves its hash unchecked
	Nonce       string // whose SHA-256 is in the token; "" for none, and then the token must have none
	Provider    string // or Issuer and ClientID
	Issuer      string
	ClientID    string
}

// trust is whose ID tokens an assertion may be, and what is asked of them.
type trust struct {
	*issuer
	provider      string
	clients       []string
	skipNonce     bool
	emailOptional bool
}

// Check verifies an ID token, and whether it was made for this project and for this request. What is wrong with the token is a
// Refusal; that its provider is not set up is a fault.
func (s *Set) Check(ctx context.Context, a Assertion) (Arrival, error) {
	switch {
	case a.IDToken == "":
		return Arrival{}, &Refusal{Code: invalidRequest, Description: "id_token required"}
	case a.Provider == "" && (a.ClientID == "" || a.Issuer == ""):
		return Arrival{}, &Refusal{Code: invalidRequest, Description: "provider or client_id and issuer required"}
	}
	t, err := s.trusted(a)
	if err != nil {
		return Arrival{}, err
	}
	token, err := s.verify(ctx, t.issuer, a.IDToken)
	if err != nil {
		return Arrival{}, badToken(err)
	}
	if err := t.holds(a, token); err != nil {
		return Arrival{}, err
	}
	person, err := t.describe(t.provider, token)
	if err != nil {
		return Arrival{}, badToken(err)
	}
	if person, err = person.settled(); err != nil {
		return Arrival{}, badToken(err)
	}
	return Arrival{Person: person, EmailOptional: t.emailOptional}, nil
}

// trusted says whose token it may be. It follows the settings alone: whoever brings a token cannot choose who signs it.
func (s *Set) trusted(a Assertion) (trust, error) {
	for _, name := range slices.Sorted(maps.Keys(s.parties)) {
		p, named := s.parties[name], a.Provider == name
		if p.tokens == nil || !named && (a.Provider != "" || !p.tokens.accepts(a.Issuer)) {
			continue
		}
		if a.Issuer != "" && !p.tokens.accepts(a.Issuer) {
			return trust{}, otherIssuer()
		}
		return trust{p.tokens, p.Name, p.Clients, p.SkipNonceCheck, p.EmailOptional}, nil
	}
	for name, home := range map[string]string{Google: googleIssuer, Apple: appleIssuer, Azure: azureCommon} {
		if s.parties[name] == nil && (a.Provider == name || a.Provider == "" && a.Issuer == home) {
			return trust{}, notEnabled(home)
		}
	}
	if a.Provider == "" && slices.Contains(s.issuers, a.Issuer) {
		return trust{issuer: plainIssuer(a.Issuer), provider: a.Issuer, clients: []string{a.ClientID}}, nil
	}
	return trust{}, notAllowed(a.Provider)
}

// holds checks whom a verified token is for, and that it is the answer to this request and belongs to the access token.
func (t trust) holds(a Assertion, token *oidc.IDToken) error {
	switch {
	case token.Subject == "":
		return &Refusal{Code: invalidRequest, Description: "Missing sub claim in id_token"}
	case !isFor(token, t.clients):
		return &Refusal{Code: invalidRequest, Description: fmt.Sprintf("Unacceptable audience in id_token: %v", token.Audience)}
	case t.skipNonce:
	case (token.Nonce == "") != (a.Nonce == ""):
		return &Refusal{Code: invalidRequest, Description: "Passed nonce and nonce in id_token should either both exist or not."}
	case a.Nonce != "" && !isHash(token.Nonce, a.Nonce):
		return &Refusal{Code: invalidNonce, Description: "Nonces mismatch"}
	}
	if a.AccessToken == "" || token.AccessTokenHash == "" {
		return nil
	}
	if err := token.VerifyAccessToken(a.AccessToken); err != nil {
		return badToken(err)
	}
	return nil
}

// isHash reports whether a claim is the SHA-256 of a nonce in hexadecimal.
func isHash(claim, nonce string) bool {
	sum := sha256.Sum256([]byte(nonce))
	return subtle.ConstantTimeCompare([]byte(claim), []byte(hex.EncodeToString(sum[:]))) == 1
}

// find gives a provider that is set up.
func (s *Set) find(name string) (*party, error) {
	name = strings.ToLower(name)
	if p := s.parties[name]; p != nil {
		return p, nil
	}
	return nil, noProvider(name)
}
