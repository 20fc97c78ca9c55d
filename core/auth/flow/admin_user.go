package flow

import (
	"encoding/json"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// userOf is the user whom an administrator wants, as they will be written.
func (f *Flows) userOf(n AdminUser, hash string, now time.Time) store.User {
	u := store.User{
		ID: n.ID, Aud: n.Audience, Role: n.Role, Email: n.Email, EncryptedPassword: hash, CreatedAt: now, UpdatedAt: now,
		BannedUntil: n.bannedUntil(now), AppMetadata: n.appMetadata(), UserMetadata: n.metadata(),
	}
	if u.ID == "" {
		u.ID = uuid.New().String()
	}
	if u.Aud == "" {
		u.Aud = f.settings.Audience
	}
	if u.Role == "" {
		u.Role = f.settings.Role
	}
	if n.Phone != "" {
		u.Phone = &n.Phone
	}
	if u.UserMetadata == nil {
		u.UserMetadata = json.RawMessage("{}")
	}
	if n.EmailConfirm {
		u.EmailConfirmedAt = &now
	}
	if n.PhoneConfirm {
		u.PhoneConfirmedAt = &now
	}
	u.Identities = n.identities(u.ID, now)
	return u
}

// metadata is the user's metadata; nil when nothing is said. That the address is confirmed is noted there, unless n has other
// words for it.
func (n AdminUser) metadata() json.RawMessage {
	if !n.EmailConfirm {
		return n.UserMetadata
	}
	return withMembers(json.RawMessage(`{"email_verified":true}`), n.UserMetadata)
}

// appMetadata is the application's metadata of a new user. The first provider is the one by which GoTrue names a user.
func (n AdminUser) appMetadata() json.RawMessage {
	own := `{"provider":"email","providers":["email"]}`
	switch {
	case n.Email != "" && n.Phone != "":
		own = `{"provider":"email","providers":["email","phone"]}`
	case n.Phone != "":
		own = `{"provider":"phone","providers":["phone"]}`
	}
	kept := map[string]json.RawMessage{}
	for name, value := range members(withMembers(json.RawMessage(own), n.AppMetadata)) {
		if string(value) != "null" {
			kept[name] = value
		}
	}
	return encoded(kept)
}

// withMembers is an object with the members of another, each in the place of what it was.
func withMembers(object, changes json.RawMessage) json.RawMessage {
	all := members(object)
	for name, value := range members(changes) {
		all[name] = value
	}
	return encoded(all)
}

// members are those of an object that has been read as one before; nil has none.
func members(object json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(object, &all)
	if all == nil { // it was null
		return map[string]json.RawMessage{}
	}
	return all
}

// identities are those of the address and the number that n has.
func (n AdminUser) identities(user string, now time.Time) []store.Identity {
	var all []store.Identity
	add := func(provider, address string, verified bool) {
		data := map[string]any{"sub": user, "email_verified": false, "phone_verified": false, provider: address}
		data[provider+"_verified"] = verified
		all = append(all, store.Identity{
			ID: uuid.New().String(), ProviderID: user, UserID: user, Provider: provider, Data: encoded(data), LastSignInAt: &now, CreatedAt: now, UpdatedAt: now,
		})
	}
	if n.Email != "" {
		add("email", n.Email, n.EmailConfirm)
	}
	if n.Phone != "" {
		add("phone", n.Phone, n.PhoneConfirm)
	}
	return all
}

// bannedUntil is when a ban that begins now ends; nil for none.
func (n AdminUser) bannedUntil(now time.Time) *time.Time {
	if n.Ban == nil || *n.Ban == 0 {
		return nil
	}
	until := now.Add(*n.Ban)
	return &until
}
