package flow

import (
	"context"
	"net/url"
	"time"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// Providers are those who vouch for people; oauth.Set is the one there is.
type Providers interface {
	Authorize(ctx context.Context, r oauth.Request) (string, error)
	Exchange(ctx context.Context, r oauth.Return) (oauth.Arrival, error)
	Check(ctx context.Context, a oauth.Assertion) (oauth.Arrival, error)
}

// OAuthSettings decide what flows with providers allow.
type OAuthSettings struct {
	Providers     Providers // nil for none
	ManualLinking bool      // users may link an identity to their account, and unlink one (GOTRUE_SECURITY_MANUAL_LINKING_ENABLED)
}

type oauthStore interface {
	BeginOAuth(ctx context.Context, f store.FlowState, verifier string) error
	OAuthState(ctx context.Context, id string) (store.OAuthState, bool, error)
	Candidates(ctx context.Context, i store.Identity, emails []string, audience, invitation string) (store.Candidates, error)
	Arrive(ctx context.Context, a store.Arrival) (store.Session, store.User, bool, error)
	Unlink(ctx context.Context, u store.Unlinking) (bool, error)
}

// methodOAuth is the method of a session that a provider has vouched for.
const methodOAuth = "oauth"

// Departure is a request to be sent to a provider.
type Departure struct {
	Provider   string
	Scopes     string     // that are asked for beside the usual ones
	Extra      url.Values // for the provider, as the caller gives it
	Challenge  Challenge  // the flow ends with a code for the client that began it; none for a session
	RedirectTo string     // where the flow ends; it has been chosen by redirect.Policy
	Invitation string     // the hash of an invitation's token; "" for none
}

// Depart gives the address of a provider, where somebody shows who they are, and keeps what the flow goes on with when they
// come back.
func (f *Flows) Depart(ctx context.Context, d Departure) (string, error) {
	if d.Invitation != "" {
		_, _, found, err := f.store.Token(ctx, d.Invitation, []string{tokenConfirmation}, f.settings.Audience)
		if err != nil {
			return "", err
		}
		if !found {
			return "", unknownInvitation()
		}
	}
	return f.depart(ctx, d, "")
}

// depart sends somebody away who may bring back an identity for target, a user; "" for a sign-in.
func (f *Flows) depart(ctx context.Context, d Departure, target string) (string, error) {
	if err := f.settings.PKCE.check(d.Challenge); err != nil {
		return "", err
	}
	verifier, now := oauth.NewVerifier(), f.now()
	state := store.FlowState{CreatedAt: now, UpdatedAt: now}
	if challenged := d.Challenge.state("", methodOAuth, now); challenged != nil {
		state = *challenged
	}
	state.ID, state.OAuthClientStateID = uuid.New().String(), uuid.New().String()
	state.ProviderType, state.AuthenticationMethod = d.Provider, methodOAuth
	state.Referrer, state.InviteToken, state.LinkingTargetID = d.RedirectTo, d.Invitation, target
	address, err := f.providers().Authorize(ctx, oauth.Request{
		Provider: d.Provider, State: state.ID, Verifier: verifier, Scopes: d.Scopes, Extra: d.Extra,
	})
	if err != nil {
		return "", err
	}
	return address, f.store.BeginOAuth(ctx, state, verifier)
}

// providers are those that are set up, which may be none.
func (f *Flows) providers() Providers {
	if f.settings.OAuth.Providers == nil {
		return &oauth.Set{}
	}
	return f.settings.OAuth.Providers
}

// Return is what somebody brings back from a provider.
type Return struct {
	State            string
	Code             string
	User             string // what Apple's form says of them
	Error            string // why there is no code, in the provider's words
	ErrorDescription string
}

// Returned is how a flow with a provider ends. RedirectTo is set with errors, too, once it is known where the flow ends.
type Returned struct {
	RedirectTo string
	Code       string  // for the client that began the flow; "" when it ends with a session
	Signed     *Signed // nil when it ends with a code
}

// Return signs in, invites or links whoever comes back from a provider. A state serves once, also when it comes many times at
// the same moment, and only for a few minutes.
func (f *Flows) Return(ctx context.Context, r Return, v Visit) (Returned, error) {
	state, err := f.openState(ctx, r.State)
	if err != nil {
		return Returned{}, err
	}
	end := Returned{RedirectTo: state.Referrer}
	switch {
	case r.Error != "":
		return end, &oauth.Refusal{Code: r.Error, Description: r.ErrorDescription}
	case r.Code == "":
		return end, noCode()
	}
	arrival, err := f.providers().Exchange(ctx, oauth.Return{Provider: state.ProviderType, Code: r.Code, Verifier: state.Verifier, User: r.User})
	if err != nil {
		return end, err
	}
	if len(arrival.Emails) == 0 && !arrival.EmailOptional {
		return end, noEmail()
	}
	code, signed, err := f.arrive(ctx, arriving{Arrival: arrival, state: &state, invitation: state.InviteToken, redirectTo: state.Referrer, visit: v})
	if err != nil {
		return end, err
	}
	end.Code, end.Signed = code, signed
	return end, nil
}

// openState gives a state that has not come to its end.
func (f *Flows) openState(ctx context.Context, id string) (store.OAuthState, error) {
	switch {
	case id == "":
		return store.OAuthState{}, noState()
	case !uuid.Is(id):
		return store.OAuthState{}, badState("OAuth state parameter is invalid")
	}
	state, found, err := f.store.OAuthState(ctx, id)
	switch {
	case err != nil:
		return store.OAuthState{}, err
	case !found:
		return store.OAuthState{}, badState("OAuth state not found or expired")
	case !f.since().Before(state.CreatedAt):
		return store.OAuthState{}, badState("OAuth state has expired")
	case state.AuthCodeIssuedAt != nil || state.UserID != "":
		return store.OAuthState{}, stateUsed()
	case state.LinkingTargetID != "" && state.Target == nil:
		return store.OAuthState{}, noTarget()
	}
	return state, nil
}

// since is when the oldest states were made that still serve.
func (f *Flows) since() time.Time { return f.now().Add(-f.settings.PKCE.lifetime()) }
