package flow

import (
	"context"
	"slices"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// Caller is who an access token stands for, as the database knows them now.
type Caller struct {
	Claims  access.Claims
	Session store.Session
	User    store.User
}

// Recognise reads an access token and asks whether its session still exists: a token outlives a sign-out by itself. Its
// faults make a client forget the session, so that a database that cannot be reached has another one.
func (f *Flows) Recognise(ctx context.Context, raw string) (Caller, error) {
	claims, err := f.signer.Check(raw, f.now())
	if err != nil {
		return Caller{}, err
	}
	switch {
	case claims.Subject == "":
		return Caller{}, Nobody()
	case !uuid.Is(claims.Subject):
		return Caller{}, badSubject()
	case !uuid.Is(claims.SessionID):
		return Caller{}, noSession()
	}
	session, user, found, err := f.store.Session(ctx, claims.SessionID)
	if err != nil {
		return Caller{}, err
	}
	if !found || session.UserID != claims.Subject {
		return Caller{}, noSession()
	}
	if isBanned(user, f.now()) {
		return Caller{}, bannedCaller()
	}
	return Caller{Claims: claims, Session: session, User: user}, nil
}

// SignOut ends the caller's session, the user's others, or all.
func (f *Flows) SignOut(ctx context.Context, c Caller, scope store.Scope, v Visit) error {
	_, err := f.store.End(ctx, c.User.ID, c.Session.ID, scope, line(actionLogout, c.User, v, f.now(), nil))
	if err == nil {
		f.signOutElsewhere(ctx, c.User, scope)
	}
	return err
}

// Admin is an administrator of users.
type Admin struct {
	Claims access.Claims
	User   *store.User // nil for an API key, which is nobody's
}

// RecogniseAdmin reads the token of an administrator: one whose role is among roles. One that belongs to a session counts
// only while there is the session, and only if the role is its user's.
func (f *Flows) RecogniseAdmin(ctx context.Context, raw string, roles []string) (Admin, error) {
	claims, err := f.signer.Check(raw, f.now())
	if err != nil {
		return Admin{}, err
	}
	if !slices.Contains(roles, claims.Role) {
		return Admin{}, NotAdmin()
	}
	if claims.SessionID == "" {
		return Admin{Claims: claims}, nil
	}
	c, err := f.Recognise(ctx, raw)
	if err != nil {
		return Admin{}, err
	}
	if !slices.Contains(roles, c.User.Role) { // a claim that something else has put there
		return Admin{}, NotAdmin()
	}
	return Admin{Claims: claims, User: &c.User}, nil
}
