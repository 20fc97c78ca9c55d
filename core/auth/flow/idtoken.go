package flow

import (
	"context"

	"github.com/pergola-dev/pergola/core/auth/oauth"
)

// SignInWithIDToken signs in whoever brings an ID token that an application got from a provider by itself, as Return does
// whoever comes back from one.
func (f *Flows) SignInWithIDToken(ctx context.Context, a oauth.Assertion, v Visit) (Signed, error) {
	return f.bring(ctx, a, arriving{visit: v})
}

// LinkByIDToken gives the identity that an ID token stands for to the caller, with a new session. As in GoTrue, it does not need
// OAuthSettings.ManualLinking: an anonymous user of a mobile application becomes a real one so.
func (f *Flows) LinkByIDToken(ctx context.Context, c Caller, a oauth.Assertion, v Visit) (Signed, error) {
	return f.bring(ctx, a, arriving{target: &c.User, visit: v})
}

func (f *Flows) bring(ctx context.Context, a oauth.Assertion, who arriving) (Signed, error) {
	arrival, err := f.providers().Check(ctx, a)
	if err != nil {
		return Signed{}, err
	}
	who.Arrival, who.redirectTo = arrival, f.settings.SiteURL
	_, signed, err := f.arrive(ctx, who)
	if err != nil {
		return Signed{}, err
	}
	return *signed, nil // without a state, an arrival ends with a session
}
