package flow

import (
	"context"
	"encoding/json"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/store"
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
}

// noHooks is the say of an application that has none.
type noHooks struct{}

func (noHooks) BeforeUserCreated(context.Context, store.User, Visit) error { return nil }
func (noHooks) AfterUserCreated(context.Context, store.User, Visit) error  { return nil }

func (noHooks) Claims(context.Context, access.Claims, string) (json.RawMessage, error) {
	return nil, nil
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
