package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// issuer is how the ID tokens of a provider are checked and read.
type issuer struct {
	// home is what is discovered for all its tokens; "" when each token's own issuer is, as with Azure's tenants.
	home string
	// accepts reports whether a token may be of an issuer.
	accepts func(iss string) bool
	// read makes a person of a token's claims.
	read func(claims map[string]any) Person
}

// one accepts what an issuer has signed, under that name or another of its names.
func one(home string, names ...string) func(string) bool {
	return func(iss string) bool { return iss == home || slices.Contains(names, iss) }
}

var (
	errForm     = errors.New("the ID token is not of three parts of base64url")
	errIssuer   = errors.New("the ID token is of another issuer")
	errAudience = errors.New("the ID token is for another client")
	errNoToken  = errors.New("the provider gave no ID token")
)

// verify checks who signed an ID token, whether its issuer is the one, and that it has not expired. Whom it is for, and its
// nonce, are the caller's to check.
func (s *Set) verify(ctx context.Context, i *issuer, raw string) (*oidc.IDToken, error) {
	iss, err := issuerOf(raw)
	if err != nil {
		return nil, err
	}
	if !i.accepts(iss) {
		return nil, fmt.Errorf("%w: %q", errIssuer, iss)
	}
	home := i.home
	if home == "" {
		home = iss
	}
	provider, err := s.metadata.of(ctx, home)
	if err != nil {
		return nil, err
	}
	v := provider.Verifier(&oidc.Config{SkipClientIDCheck: true, SkipIssuerCheck: true, Now: s.clock})
	token, err := v.Verify(oidc.ClientContext(ctx, s.client), raw)
	if err != nil {
		return nil, fmt.Errorf("verifying an ID token: %w", brief{err})
	}
	return token, nil // it is the text that iss was read from, whose issuer is accepted
}

// issuerOf reads the issuer of a token that nobody has verified yet.
func issuerOf(raw string) (string, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", errForm
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", errForm
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", errForm
	}
	return claims.Issuer, nil
}

// isFor reports whether a token is for one of several clients.
func isFor(t *oidc.IDToken, clients []string) bool {
	return slices.ContainsFunc(clients, func(id string) bool { return id != "" && slices.Contains(t.Audience, id) })
}

// describe makes a person of a token that has been verified.
func (i *issuer) describe(provider string, t *oidc.IDToken) (Person, error) {
	var claims map[string]any
	if err := t.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("reading the claims of an ID token: %w", err)
	}
	p := i.read(claims)
	p.Provider, p.ID = provider, t.Subject
	p.Claims["iss"] = t.Issuer
	return p, nil
}

// introduced is the person whose ID token came with an access token.
func (s *Set) introduced(ctx context.Context, p Provider, i *issuer, t *oauth2.Token) (Person, error) {
	raw, _ := t.Extra("id_token").(string)
	if raw == "" {
		return Person{}, errNoToken
	}
	token, err := s.verify(ctx, i, raw)
	if err != nil {
		return Person{}, err
	}
	if !isFor(token, p.Clients[:1]) {
		return Person{}, errAudience
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(t.AccessToken); err != nil {
			return Person{}, fmt.Errorf("comparing an access token with its ID token: %w", err)
		}
	}
	return i.describe(p.Name, token)
}
