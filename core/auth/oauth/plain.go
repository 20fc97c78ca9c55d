package oauth

import (
	"context"
	"fmt"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// plain is an issuer of OpenID Connect that does nothing in its own way.
func (s *Set) plain(p Provider) *party {
	i := plainIssuer(p.URL)
	party := s.openID(p, i, "openid", "email", "profile")
	party.who = func(ctx context.Context, t *oauth2.Token) (Person, error) {
		person, err := s.introduced(ctx, p, i, t)
		if err != nil || len(person.Emails) > 0 {
			return person, err
		}
		return s.askedMore(ctx, i, person, t)
	}
	return party
}

// plainIssuer takes an issuer's name as it is: a slash at its end belongs to it.
func plainIssuer(home string) *issuer {
	return &issuer{home: home, accepts: one(home), read: readPlain}
}

// askedMore asks the issuer for what it does not say in ID tokens, if it tells where.
func (s *Set) askedMore(ctx context.Context, i *issuer, p Person, t *oauth2.Token) (Person, error) {
	provider, err := s.metadata.of(ctx, i.home)
	if err != nil || provider.UserInfoEndpoint() == "" {
		return p, err
	}
	info, err := provider.UserInfo(oidc.ClientContext(ctx, s.client), oauth2.StaticTokenSource(t))
	if err != nil {
		return p, fmt.Errorf("asking %s about a person: %w", i.home, brief{err})
	}
	if info.Subject != p.ID { // OpenID Connect Core 1.0, 5.3.2: another person's answer must not be used
		return p, errNobody
	}
	var claims map[string]any
	if err := info.Claims(&claims); err != nil {
		return p, fmt.Errorf("reading what %s says about a person: %w", i.home, err)
	}
	more := readPlain(claims)
	p.Emails = more.Emails
	for name, value := range more.Claims {
		if p.Claims[name] == "" || p.Claims[name] == nil {
			p.Claims[name] = value
		}
	}
	return p, nil
}

// ofProfile are the claims about a person that are texts (OpenID Connect Core 1.0, 5.1), which GoTrue keeps.
var ofProfile = []string{
	"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
	"birthdate", "zoneinfo", "locale",
}

func readPlain(c map[string]any) Person {
	p := Person{Claims: map[string]any{"full_name": said(c, "name"), "avatar_url": said(c, "picture"), "user_name": said(c, "preferred_username")}}
	for _, name := range ofProfile {
		p.Claims[name] = said(c, name)
	}
	if custom, ok := c["custom_claims"].(map[string]any); ok {
		p.Claims["custom_claims"] = custom
	}
	p.add(said(c, "email"), holds(c, "email_verified"), true)
	return p
}
