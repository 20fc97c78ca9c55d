package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// DepartToLink gives the address of a provider, where the caller shows who they are there; the identity is linked when they
// come back.
func (f *Flows) DepartToLink(ctx context.Context, c Caller, d Departure) (string, error) {
	if !f.settings.OAuth.ManualLinking {
		return "", linkingOff()
	}
	d.Invitation = ""
	return f.depart(ctx, d, c.User.ID)
}

// unlinkAttempts is how often an unlinking looks again after the user has changed under it.
const unlinkAttempts = 4

// Unlink takes an identity from the caller, who must keep another. The account's address becomes one of those that are left, if
// it was only that of the identity.
func (f *Flows) Unlink(ctx context.Context, c Caller, id string, v Visit) error {
	switch {
	case !f.settings.OAuth.ManualLinking:
		return linkingOff()
	case !uuid.Is(id):
		return identityIDForm()
	}
	user := c.User
	for range unlinkAttempts {
		u, err := f.unlinking(user, strings.ToLower(id), v)
		if err != nil {
			return err
		}
		ok, err := f.store.Unlink(ctx, u)
		switch {
		case errors.Is(err, store.ErrTaken):
			return identityNeeded()
		case err != nil || ok:
			return err
		}
		if user, err = f.again(ctx, c); err != nil {
			return err
		}
	}
	return contendedUpdate()
}

// again reads a caller's user once more.
func (f *Flows) again(ctx context.Context, c Caller) (store.User, error) {
	_, user, found, err := f.store.Session(ctx, c.Session.ID)
	if err == nil && !found {
		err = noSession()
	}
	return user, err
}

// unlinking is what the end of an identity writes.
func (f *Flows) unlinking(u store.User, id string, v Visit) (store.Unlinking, error) {
	if len(u.Identities) <= 1 {
		return store.Unlinking{}, lastIdentity()
	}
	at := slices.IndexFunc(u.Identities, func(i store.Identity) bool { return i.ID == id })
	if at < 0 {
		return store.Unlinking{}, identityNotFound()
	}
	gone, now := u.Identities[at], f.now()
	if !now.After(u.UpdatedAt) { // what has changed has to show by the time of the change
		now = u.UpdatedAt.Add(time.Microsecond)
	}
	u.Identities = slices.Delete(slices.Clone(u.Identities), at, at+1)
	w := store.Unlinking{
		User: u.ID, Identity: gone.ID, Read: u.UpdatedAt, At: now, Email: u.Email, EmailConfirmedAt: u.EmailConfirmedAt,
		NoPhone: gone.Provider == "phone", AppData: providersOf(providers(u)...),
		Entry: line(actionUnlinked, u, v, now, map[string]any{"identity_id": gone.ID, "provider": gone.Provider, "provider_id": gone.ProviderID}),
	}
	kept := slices.ContainsFunc(u.Identities, func(i store.Identity) bool { return i.Email != "" && strings.EqualFold(i.Email, u.Email) })
	if kept || gone.Provider == "phone" || gone.Email == "" {
		return w, nil
	}
	w.Email, w.EmailConfirmedAt = "", nil
	if next, ok := bestAddress(u.Identities); ok {
		w.Email = next.Email
		if holdsVerified(next) {
			w.EmailConfirmedAt = &now
		}
	}
	return w, nil
}

// bestAddress gives the identity whose address the account gets: one whose address is verified, else any that has one.
func bestAddress(identities []store.Identity) (store.Identity, bool) {
	best := store.Identity{}
	for _, i := range identities {
		if i.Email != "" && (best.Email == "" || holdsVerified(i) && !holdsVerified(best)) {
			best = i
		}
	}
	return best, best.Email != ""
}
