package flow

import (
	"context"
	"encoding/json"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// SignUpAnonymously makes an account without an address, which nothing but its session leads back to, and signs its user in.
// data is the user's metadata: a JSON object, or nil.
func (f *Flows) SignUpAnonymously(ctx context.Context, data json.RawMessage, v Visit) (Signed, error) {
	switch {
	case !f.settings.Anonymous:
		return Signed{}, anonymousDisabled()
	case !f.settings.SignUp:
		return Signed{}, signUpDisabled()
	}
	now := f.now()
	u := store.User{
		ID: uuid.New().String(), Aud: f.settings.Audience, Role: f.settings.Role, AppMetadata: json.RawMessage(`{}`), UserMetadata: object(data),
		IsAnonymous: true, CreatedAt: now, UpdatedAt: now,
	}
	made, err := f.create(ctx, store.NewUser{User: u, Entry: line(actionSignedUp, u, v, now, map[string]any{"provider": "anonymous"})}, v)
	if err != nil {
		return Signed{}, err
	}
	return f.enter(ctx, made, how{Method: "anonymous"}, v)
}

// object gives an empty object for none.
func object(data json.RawMessage) json.RawMessage {
	if len(data) == 0 || string(data) == "null" {
		return json.RawMessage(`{}`)
	}
	return data
}
