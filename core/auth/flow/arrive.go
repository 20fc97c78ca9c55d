package flow

import (
	"context"
	"errors"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// arriving is somebody on the way into an account.
type arriving struct {
	oauth.Arrival
	state      *store.OAuthState // that they came back with; nil for an ID token
	target     *store.User       // who gets the identity by an ID token; nil for nobody
	invitation string            // the hash of an invitation's token; "" for none
	redirectTo string            // where a link in a mail leads in the end
	visit      Visit
}

// recipient is the user who gets the identity; nil for a sign-in.
func (a arriving) recipient() *store.User {
	if a.state != nil {
		return a.state.Target
	}
	return a.target
}

// arriveAttempts is how often an arrival looks again after the user has changed under it.
const arriveAttempts = 4

// arrive lets somebody into the account that is theirs, which may be a new one. It gives the code that the state ends with, or
// a session.
func (f *Flows) arrive(ctx context.Context, a arriving) (string, *Signed, error) {
	for range arriveAttempts {
		w, err := f.consider(ctx, a)
		if err != nil {
			return "", nil, err
		}
		session, user, ok, err := f.write(ctx, w)
		switch {
		case err == nil && ok:
			return f.welcome(ctx, w, session, user)
		case err != nil && !errors.Is(err, store.ErrTaken):
			return "", nil, err
		}
		if a.state != nil { // it may have come to its end by another request
			state, err := f.openState(ctx, a.state.ID)
			if err != nil {
				return "", nil, err
			}
			a.state = &state
		}
	}
	return "", nil, contendedArrival()
}

// write writes an arrival, between the hooks that hear of a new user.
func (f *Flows) write(ctx context.Context, w writing) (store.Session, store.User, bool, error) {
	if w.New {
		if err := f.hooks.BeforeUserCreated(ctx, w.User, w.who.visit); err != nil {
			return store.Session{}, store.User{}, false, err
		}
	}
	return f.store.Arrive(ctx, w.Arrival)
}

// welcome does what follows when an arrival is written.
func (f *Flows) welcome(ctx context.Context, w writing, session store.Session, user store.User) (string, *Signed, error) {
	if w.New {
		if err := f.hooks.AfterUserCreated(ctx, user, w.who.visit); err != nil {
			return "", nil, err
		}
	}
	if w.ticket != nil {
		if err := f.send(ctx, user, f.letter(mail.Confirmation, user, *w.ticket)); err != nil {
			return "", nil, err
		}
	}
	switch {
	case w.refusal != nil:
		return "", nil, w.refusal
	case w.Session == nil:
		return w.State.AuthCode, nil, nil
	}
	signed, err := f.sign(ctx, session, user, w.Changes.At)
	signed.ProviderToken, signed.ProviderRefreshToken = w.who.AccessToken, w.who.RefreshToken
	return "", &signed, err
}

// consider looks for the account, and decides what is written.
func (f *Flows) consider(ctx context.Context, a arriving) (writing, error) {
	var emails []string
	for _, e := range a.Emails {
		emails = append(emails, e.Address)
	}
	known := store.Identity{Provider: a.Provider, ProviderID: a.ID}
	c, err := f.store.Candidates(ctx, known, emails, f.settings.Audience, a.invitation)
	if err != nil {
		return writing{}, err
	}
	w := f.begin(a)
	switch {
	case a.recipient() != nil:
		return f.linkTo(w, *a.recipient(), c)
	case a.invitation != "":
		return f.acceptInvitation(w, c)
	}
	switch b := whose(a.Person, c).(type) {
	case newcomer:
		return f.admitNewcomer(w, b)
	case theirs:
		return f.admitUser(w, b.user, true)
	case alike:
		return f.admitUser(w, b.user, false)
	case several:
		return writing{}, severalAccounts()
	}
	panic("flow: an account belongs to nobody") // belonging is sealed
}

// writing is an arrival as it will be written, and what follows.
type writing struct {
	store.Arrival
	who     arriving
	ticket  *ticket // of the mail that goes out afterwards; nil for none
	refusal error   // what is told afterwards in the place of a session; nil for none
}

// begin is what every arrival writes: the identity.
func (f *Flows) begin(a arriving) writing {
	now := f.now()
	w := writing{who: a}
	w.Changes = store.Changes{At: now, Since: f.since(), AppData: []byte("{}"), Data: []byte("{}")}
	w.Identity = store.Identity{
		ID: uuid.New().String(), ProviderID: a.ID, Provider: a.Provider, Data: encoded(a.Claims), LastSignInAt: &now, CreatedAt: now, UpdatedAt: now,
	}
	return w
}

// forUser gives the identity to a user.
func (w *writing) forUser(u store.User) {
	w.User = u
	w.Identity.UserID = u.ID
}

// enter lets the user in: with a code when the client that began the flow has asked for one, else with a session.
func (w *writing) enter() {
	if w.who.state == nil || w.who.state.CodeChallenge == "" {
		session := newSession(w.User, how{methodOAuth, w.who.Provider}, w.who.visit, w.Changes.At)
		w.Session = &session
	}
	if w.who.state != nil {
		w.State = &store.FlowState{
			ID: w.who.state.ID, UserID: w.User.ID, AuthCode: uuid.New().String(),
			ProviderAccessToken: w.who.AccessToken, ProviderRefreshToken: w.who.RefreshToken,
		}
	}
}

// log adds lines to the audit log.
func (w *writing) log(actions ...action) {
	for _, a := range actions {
		traits := map[string]any{"provider": w.who.Provider}
		if a == actionLinked {
			traits["identity_id"], traits["provider_id"] = w.Identity.ID, w.who.ID
		}
		w.Entries = append(w.Entries, line(a, w.User, w.who.visit, w.Changes.At, traits))
	}
}
