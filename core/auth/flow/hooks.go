package flow

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// Hooks are an application's own say in what flows do. Their errors end the flow, and are what the client is told.
type Hooks interface {
	// BeforeUserCreated may refuse a user who is about to be written.
	BeforeUserCreated(ctx context.Context, u store.User, v Visit) error
	// AfterUserCreated is told of a user who has been written, once.
	AfterUserCreated(ctx context.Context, u store.User, v Visit) error
	// Claims gives the claims of an access token, a JSON object, in the place of c; nil for c as it is. method is how the
	// user has come to the token: "token_refresh", or the newest of the session's.
	Claims(ctx context.Context, c access.Claims, method string) (json.RawMessage, error)
	// PasswordTried is told of a try to sign in as a user, and may refuse it although the password is right.
	PasswordTried(ctx context.Context, user string, valid bool) (Verdict, error)
	// FactorTried is told of a code for a second factor, and may refuse it although it is right.
	FactorTried(ctx context.Context, t FactorTry) (Verdict, error)
}

// FactorTry is a code that somebody has given for a second factor.
type FactorTry struct {
	Factor, Type, User string
	Valid              bool
}

// Verdict is what an application says to a try. The zero Verdict lets it pass for what it is.
type Verdict struct {
	Reject  bool
	Message string // for the client; "" for GoTrue's own
	Logout  bool   // a rejected try ends all sessions of the user
}

// noHooks is the say of an application that has none.
type noHooks struct{}

// BeforeUserCreated lets everybody in.
func (noHooks) BeforeUserCreated(context.Context, store.User, Visit) error { return nil }

// AfterUserCreated does nothing.
func (noHooks) AfterUserCreated(context.Context, store.User, Visit) error { return nil }

// Claims leaves the claims as they are.
func (noHooks) Claims(context.Context, access.Claims, string) (json.RawMessage, error) {
	return nil, nil
}

// PasswordTried lets every try pass for what it is.
func (noHooks) PasswordTried(context.Context, string, bool) (Verdict, error) { return Verdict{}, nil }

// FactorTried lets every try pass for what it is.
func (noHooks) FactorTried(context.Context, FactorTry) (Verdict, error) { return Verdict{}, nil }

// passwordTried asks the application about a try to sign in as u, and gives the fault of one that it rejects.
func (f *Flows) passwordTried(ctx context.Context, u store.User, valid bool, v Visit) error {
	said, err := f.hooks.PasswordTried(ctx, u.ID, valid)
	if err != nil || !said.Reject {
		return err
	}
	if said.Logout {
		if _, err := f.store.End(ctx, u.ID, u.ID, store.Global, line(actionLogout, u, v, f.now(), nil)); err != nil {
			return err
		}
	}
	return fault.New(fault.Invalid, "invalid_credentials", cmp.Or(said.Message, "Further password verification attempts will be rejected."))
}

// factorTried asks the application about a code for a second factor.
func (f *Flows) factorTried(ctx context.Context, t FactorTry) error {
	said, err := f.hooks.FactorTried(ctx, t)
	if err != nil || !said.Reject {
		return err
	}
	return fault.New(fault.Forbidden, "mfa_verification_rejected", cmp.Or(said.Message, "Further MFA verification attempts will be rejected."))
}

// create writes a user, between the hooks that hear of it. Every flow that makes a user does it here, or asks the hooks
// itself where a user is written together with more.
func (f *Flows) create(ctx context.Context, n store.NewUser, v Visit) (store.User, error) {
	if err := f.hooks.BeforeUserCreated(ctx, n.User, v); err != nil {
		return store.User{}, err
	}
	made, err := f.store.CreateUser(ctx, n)
	if err != nil {
		return store.User{}, err
	}
	return made, f.hooks.AfterUserCreated(ctx, made, v)
}

// issue makes an access token of claims, which a hook may change.
func (f *Flows) issue(ctx context.Context, c access.Claims, method string) (string, error) {
	hooked, err := f.hooks.Claims(ctx, c, method)
	switch {
	case err != nil:
		return "", err
	case hooked == nil:
		return f.signer.Issue(c)
	}
	return f.signer.IssueHooked(hooked)
}
