package flow

import (
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// belonging is whose account a person has whom a provider vouches for.
//
//sumtype:decl
type belonging interface{ belonging() }

type (
	// theirs is the account that has the identity.
	theirs struct{ user store.User }
	// alike is the account that has an address which the provider has verified.
	alike struct{ user store.User }
	// newcomer has no account. Taken says that the address which would be theirs is somebody's: the provider has not
	// verified it, so it may be anybody's.
	newcomer struct{ taken bool }
	// several accounts have addresses that are verified, and nobody can say which of them it is.
	several struct{}
)

func (theirs) belonging()   {}
func (alike) belonging()    {}
func (newcomer) belonging() {}
func (several) belonging()  {}

// whose decides about a person: by the identity first, then by the addresses that the provider has verified. An address that
// it has not verified shows nothing.
func whose(p oauth.Person, c store.Candidates) belonging {
	if c.Owner != nil {
		return theirs{*c.Owner}
	}
	verified := p.Verified()
	var found []store.User
	for _, u := range c.Alike {
		if answersTo(u, verified) {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 0:
		return newcomer{taken: isTaken(p, c)}
	case 1:
		return alike{found[0]}
	}
	return several{}
}

// answersTo reports whether a user has one of several addresses, as the account's or by an identity whose provider has
// verified it. An identity with an address that nobody has verified may be made to look like anybody's.
func answersTo(u store.User, addresses []string) bool {
	if slices.Contains(addresses, strings.ToLower(u.Email)) {
		return true
	}
	return slices.ContainsFunc(u.Identities, func(i store.Identity) bool {
		return !strings.HasPrefix(i.Provider, "sso:") && holdsVerified(i) && slices.Contains(addresses, strings.ToLower(i.Email))
	})
}

// isTaken reports whether the address that would be the account's is somebody's.
func isTaken(p oauth.Person, c store.Candidates) bool {
	email, ok := p.Email()
	return ok && slices.ContainsFunc(c.Alike, func(u store.User) bool { return strings.EqualFold(u.Email, email.Address) })
}
