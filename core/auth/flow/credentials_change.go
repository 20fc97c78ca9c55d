package flow

import (
	"context"
	"log/slog"

	"github.com/pergola-dev/pergola/core/auth/store"
)

// The pool is told of a change before it is written here: it may refuse the change, and telling it again does no harm.

// setPasswordElsewhere is setPassword where passwords are kept elsewhere. That the new one is the old one is not known here.
func (f *Flows) setPasswordElsewhere(ctx context.Context, c Caller, r UserUpdate, w *store.Update) (err error) {
	w.OldPassword = c.User.EncryptedPassword
	demanded := f.settings.Update.CurrentPassword && w.OldPassword != "" && !cameByMail(c.Session)
	if demanded && r.CurrentPassword == "" {
		return currentPasswordRequired()
	}
	if demanded {
		_, _, err := f.settings.Credentials.SignIn(ctx, c.User.Email, r.CurrentPassword, "")
		if isCode(err, "invalid_credentials") {
			return currentPasswordInvalid()
		}
		if err != nil {
			return err
		}
	}
	w.Password, err = f.hash(*r.Password)
	return err
}

// updateElsewhere tells the pool what a user changes of themselves.
func (f *Flows) updateElsewhere(ctx context.Context, u store.User, r UserUpdate, w store.Update) error {
	c := f.settings.Credentials
	if c == nil {
		return nil
	}
	if r.Password != nil {
		if err := c.SetPassword(ctx, u.ID, *r.Password); err != nil {
			return err
		}
	}
	if w.Email != "" {
		return c.SetEmail(ctx, u.ID, w.Email, true)
	}
	return nil
}

// movedElsewhere tells the pool of an address that has been confirmed.
func (f *Flows) movedElsewhere(ctx context.Context, u store.User) error {
	if f.settings.Credentials == nil {
		return nil
	}
	return f.settings.Credentials.SetEmail(ctx, u.ID, u.Email, true)
}

// changeElsewhere tells the pool what an administrator changes of a user.
func (f *Flows) changeElsewhere(ctx context.Context, u store.User, n AdminUser) error {
	c := f.settings.Credentials
	switch {
	case c == nil:
		return nil
	case n.PasswordHash != "":
		return hashKeptElsewhere()
	}
	if err := f.moveElsewhere(ctx, u, n); err != nil {
		return err
	}
	if n.Password != nil && *n.Password != "" {
		if err := c.SetPassword(ctx, u.ID, *n.Password); err != nil {
			return err
		}
	}
	if n.Ban != nil {
		return c.SetEnabled(ctx, u.ID, *n.Ban == 0)
	}
	return nil
}

// moveElsewhere tells the pool of another address, or that the one there is counts as confirmed.
func (f *Flows) moveElsewhere(ctx context.Context, u store.User, n AdminUser) error {
	switch {
	case n.Email != "":
		taken, _, err := f.store.Taken(ctx, n.Email, "", u.ID)
		switch {
		case err != nil:
			return err
		case taken:
			return emailExists()
		}
		return f.settings.Credentials.SetEmail(ctx, u.ID, n.Email, n.EmailConfirm || u.EmailConfirmedAt != nil)
	case n.EmailConfirm:
		return f.confirmElsewhere(ctx, u)
	}
	return nil
}

// removeElsewhere deletes the account of a user, whom remove deletes here. The account is disabled first: one that outlived its
// user would make another one at the next sign-in.
func (f *Flows) removeElsewhere(ctx context.Context, u store.User, remove func() error) error {
	c := f.settings.Credentials
	if c == nil {
		return remove()
	}
	if err := c.SetEnabled(ctx, u.ID, false); err != nil {
		return err
	}
	if err := remove(); err != nil {
		if back := c.SetEnabled(ctx, u.ID, !isBanned(u, f.now())); back != nil {
			slog.WarnContext(ctx, "the account of a user who was not deleted stays disabled", "account", u.ID, "error", back)
		}
		return err
	}
	return c.Delete(ctx, u.ID)
}

// signOutElsewhere ends what the pool itself has given out to other applications. That it cannot is no business of a client's
// whose sessions have ended here.
func (f *Flows) signOutElsewhere(ctx context.Context, u store.User, scope store.Scope) {
	if f.settings.Credentials == nil || scope != store.Global {
		return
	}
	if err := f.settings.Credentials.SignOut(ctx, u.ID); err != nil {
		slog.WarnContext(ctx, "the user pool cannot sign a user out", "account", u.ID, "error", err)
	}
}
