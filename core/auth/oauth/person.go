package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Email is an address that a provider has of a person.
type Email struct {
	Address  string // in small letters
	Verified bool   // the provider says that it has seen to it
	Primary  bool
}

// Person is whom a provider vouches for.
type Person struct {
	Provider string // whose word it is: the name of a provider, or an issuer
	ID       string // at the provider; it never changes
	Emails   []Email

	// Claims are what an identity keeps of the person, by GoTrue's names: iss, sub, name, full_name, picture, avatar_url,
	// email, email_verified and others. Texts that are empty are left out.
	Claims map[string]any
}

// Email is the address that counts as the person's: the primary one, else one that is verified, else any; false for none.
func (p Person) Email() (Email, bool) {
	best := Email{}
	for _, e := range p.Emails {
		if e.Primary {
			return e, true
		}
		if best.Address == "" || e.Verified && !best.Verified {
			best = e
		}
	}
	return best, best.Address != ""
}

// Verified are the addresses that the provider has verified.
func (p Person) Verified() []string {
	var all []string
	for _, e := range p.Emails {
		if e.Verified {
			all = append(all, e.Address)
		}
	}
	return all
}

const (
	maxAddress = 255      // bytes of an address, as many as its column
	maxID      = 255      // bytes of an id; OpenID Connect Core 1.0, section 2
	maxClaims  = 64 << 10 // bytes of all claims as JSON
)

// add takes an address of the provider's. One that is not of printable ASCII alone is passed over: what other scripts have
// looks or becomes like ASCII in small letters, and would find somebody else's account.
func (p *Person) add(address string, verified, primary bool) {
	foreign := func(r rune) bool { return r <= ' ' || r > '~' }
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 || len(address) > maxAddress || strings.ContainsFunc(address, foreign) {
		return
	}
	p.Emails = append(p.Emails, Email{strings.ToLower(address), verified, primary})
}

var (
	errNobody   = errors.New("the provider does not say who it is")
	errTooMuch  = errors.New("the provider says too much about the person")
	errUnstored = errors.New("the provider's claims hold a NUL character, which no column can")
)

// settled completes a person, and refuses one that cannot be kept.
func (p Person) settled() (Person, error) {
	if p.ID == "" || len(p.ID) > maxID {
		return Person{}, errNobody
	}
	for name, value := range p.Claims {
		if value == "" || value == nil {
			delete(p.Claims, name)
		}
	}
	p.Claims["sub"], p.Claims["provider_id"] = p.ID, p.ID
	p.Claims["email_verified"], p.Claims["phone_verified"] = false, false
	delete(p.Claims, "email")
	if e, ok := p.Email(); ok {
		p.Claims["email"], p.Claims["email_verified"] = e.Address, e.Verified
	}
	encoded, err := json.Marshal(p.Claims)
	switch {
	case err != nil:
		return Person{}, fmt.Errorf("encoding the claims: %w", err)
	case len(encoded) > maxClaims:
		return Person{}, errTooMuch
	case bytes.Contains(encoded, []byte(`\u0000`)):
		return Person{}, errUnstored
	}
	return p, nil
}

// said gives a text among claims, "" for what is none.
func said(claims map[string]any, name string) string {
	text, _ := claims[name].(string)
	return text
}

// holds reports whether a claim is true. Providers write it as a truth value, a text or a number.
func holds(claims map[string]any, name string) bool {
	switch v := claims[name].(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	case float64:
		return v == 1
	}
	return false
}
