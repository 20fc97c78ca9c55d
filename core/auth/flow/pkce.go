package flow

import (
	"context"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// codeStore is what flows need that end with a code for the client that began them.
type codeStore interface {
	TokenOfCode(ctx context.Context, hash string, kinds []string, audience string) (store.Token, store.User, bool, error)
	RedeemForCode(ctx context.Context, t store.Token, s store.FlowState, methods []string, e store.Entry) (store.FlowState, bool, error)
	Waits(ctx context.Context, user string, methods []string) (bool, error)
	FlowStateByCode(ctx context.Context, code string) (store.FlowState, store.User, bool, error)
	Exchange(ctx context.Context, s store.FlowState, n store.SignIn) (store.Session, store.User, bool, error)
}

// methodsOf are the methods of flows that a link may end, by its purpose.
var methodsOf = map[string][]string{
	"signup": {methodSignUp}, "invite": {"invite"}, "recovery": {"recovery"}, "magiclink": {"magiclink"},
	"email": {methodSignUp, "recovery", "magiclink"},
}

// redeemForCode ends a flow of PKCE for whoever has got the mail.
func (f *Flows) redeemForCode(ctx context.Context, t store.Token, u store.User, purpose string, v Visit) (string, error) {
	now := f.now()
	methods := methodsOf[purpose]
	s := store.FlowState{UserID: u.ID, AuthCode: uuid.New().String(), AuthCodeIssuedAt: &now}
	issued, ok, err := f.store.RedeemForCode(ctx, t, s, methods, line(entering(u), u, v, now, nil))
	if err != nil || ok {
		return issued.AuthCode, err
	}
	waits, err := f.store.Waits(ctx, u.ID, methods)
	switch {
	case err != nil:
		return "", err
	case !waits:
		return "", noFlowToEnd()
	}
	return "", linkExpired() // somebody else was faster
}

// entering is what is said of somebody who comes in by a mail: the first time, they have signed up.
func entering(u store.User) action {
	if u.EmailConfirmedAt == nil {
		return actionSignedUp
	}
	return actionLogin
}

// ExchangeCode signs in whoever brings the code that a flow has ended with and the verifier of its challenge. A code serves
// once. A wrong verifier does not use it up: it cannot be guessed.
func (f *Flows) ExchangeCode(ctx context.Context, code, verifier string, v Visit) (Signed, error) {
	if code == "" || verifier == "" {
		return Signed{}, noCodeOrVerifier()
	}
	state, user, found, err := f.store.FlowStateByCode(ctx, code)
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	switch {
	case !found:
		return Signed{}, flowNotFound()
	case now.After(state.AuthCodeIssuedAt.Add(f.settings.PKCE.lifetime())):
		return Signed{}, flowExpired()
	case !proves(verifier, state):
		return Signed{}, badVerifier()
	case isBanned(user, now):
		return Signed{}, banned()
	}
	return f.exchange(ctx, state, user, v)
}

func (f *Flows) exchange(ctx context.Context, s store.FlowState, u store.User, v Visit) (Signed, error) {
	now := f.now()
	h := how{Method: s.AuthenticationMethod, Provider: s.ProviderType}
	if s.ProviderType == s.AuthenticationMethod { // a flow that went by mail
		h.Provider = "email"
	}
	n := newSession(u, h, v, now)
	n.Entry = line(actionLogin, u, v, now, map[string]any{"provider_type": s.ProviderType})
	session, user, ok, err := f.store.Exchange(ctx, s, n)
	if err != nil {
		return Signed{}, err
	}
	if !ok { // somebody else was faster
		return Signed{}, flowNotFound()
	}
	signed, err := f.sign(ctx, session, user, now)
	signed.ProviderToken, signed.ProviderRefreshToken = s.ProviderAccessToken, s.ProviderRefreshToken
	return signed, err
}
