package flow

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
)

type updateStore interface {
	Standing(ctx context.Context, u store.User, w store.Wish) (store.Standing, error)
	UpdateUser(ctx context.Context, u store.Update) (store.User, bool, error)
}

// UpdateSettings decide what users have to show before they change what they sign in by.
type UpdateSettings struct {
	BothAddresses   bool // confirm a new address, also the one that is left (GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED)
	Reauthenticate  bool // a code for a new password (GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION)
	CurrentPassword bool // the current password for a new one (GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD)
}

// recentSession is how old a session may be that sets a new password without a code, GoTrue's.
const recentSession = 24 * time.Hour

// UserUpdate is what somebody wants changed of themselves. What is zero stays as it is.
type UserUpdate struct {
	Email           string // in any case; its form has been checked
	Phone           string // digits alone; its form has been checked
	Channel         string // that a message about Phone goes by: "sms" or "whatsapp"
	Password        *string
	CurrentPassword string
	Nonce           string          // the code of Reauthenticate
	Data            json.RawMessage // goes over the user's metadata: a JSON object, or nil
	AppData         json.RawMessage // goes over the application's: a JSON object, or nil
	Admin           bool            // whether they administrate users, who alone may change AppData
	RedirectTo      string          // where the links in the mails lead in the end; it has been chosen by redirect.Policy
	Challenge       Challenge       // of a client that the links give a code
}

// UpdateUser changes the caller, and gives them as they are then. A new password ends all their sessions but this one. A new
// address is theirs when it is confirmed, which takes a mail or two unless Settings.Autoconfirm.
func (f *Flows) UpdateUser(ctx context.Context, c Caller, r UserUpdate, v Visit) (store.User, error) {
	r.Email = strings.ToLower(r.Email)
	if r.Email == strings.ToLower(c.User.Email) {
		r.Email = ""
	}
	if r.Phone == number(c.User) {
		r.Phone = ""
	}
	now := f.now()
	if err := f.mayUpdate(c, r); err != nil {
		return store.User{}, err
	}
	nonce, err := f.checkStanding(ctx, c, r, now)
	if err != nil {
		return store.User{}, err
	}
	w := store.Update{
		UserID: c.User.ID, SessionID: c.Session.ID, At: now, UserMetadata: r.Data, AppMetadata: r.AppData, Nonce: nonce,
		Entries: []store.Entry{line(actionModified, c.User, v, now, nil)},
	}
	if r.Password != nil {
		if err := f.setPassword(ctx, c, r, &w); err != nil {
			return store.User{}, err
		}
		w.Entries = append(w.Entries, line(actionPassword, c.User, v, now, nil))
	}
	tickets, err := f.setEmail(c.User, r, &w, v)
	if err != nil {
		return store.User{}, err
	}
	text, err := f.setPhone(c.User, r, &w)
	if err != nil {
		return store.User{}, err
	}
	if err := f.updateElsewhere(ctx, c.User, r, w); err != nil {
		return store.User{}, err
	}
	user, err := f.update(ctx, c, w, tickets)
	if err == nil && text != nil {
		_, err = f.text(ctx, user, *text)
	}
	return user, err
}

// update writes what has been decided, and sends the mails about it.
func (f *Flows) update(ctx context.Context, c Caller, w store.Update, tickets []ticket) (store.User, error) {
	user, ok, err := f.store.UpdateUser(ctx, w)
	switch {
	case errors.Is(err, store.ErrTaken) && w.Email == "":
		return store.User{}, phoneExists()
	case errors.Is(err, store.ErrTaken):
		return store.User{}, emailExists()
	case err != nil:
		return store.User{}, err
	case !ok:
		return store.User{}, f.overtaken(ctx, c)
	}
	return user, f.handOver(ctx, user, tickets)
}

// overtaken says why an update of a caller who was recognised is not written: the session has ended since, or another update
// was faster.
func (f *Flows) overtaken(ctx context.Context, c Caller) error {
	_, user, found, err := f.store.Session(ctx, c.Session.ID)
	switch {
	case err != nil:
		return err
	case !found:
		return noSession()
	case isBanned(user, f.now()):
		return bannedCaller()
	}
	return contendedUpdate()
}

// mayUpdate refuses what can be refused without asking the database, in GoTrue's order.
func (f *Flows) mayUpdate(c Caller, r UserUpdate) error {
	if r.Password != nil {
		if err := f.settings.Passwords.Check(*r.Password); err != nil {
			return err
		}
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return err
	}
	credentials := r.Password != nil || r.Email != "" || r.Phone != ""
	switch {
	case r.AppData != nil && !r.Admin:
		return appDataForAdmins()
	case credentials && hasVerified(c.User.Factors) && c.Session.AAL != levelTwo:
		return lowAAL()
	case c.User.IsAnonymous && r.Password != nil && r.Email == "" && r.Phone == "":
		return anonymousPassword()
	case c.User.IsSSO && (credentials || r.Nonce != ""):
		return managedElsewhere()
	case r.Phone != "" && !f.settings.Phone.On:
		return phoneDisabled()
	}
	return nil
}

// checkStanding refuses an address or a number that is somebody else's, and a new password without the code that it takes. It gives the
// hash of that code; "" where none is asked for.
func (f *Flows) checkStanding(ctx context.Context, c Caller, r UserUpdate, now time.Time) (nonce string, err error) {
	old := now.After(c.Session.CreatedAt.Add(recentSession))
	asks := r.Password != nil && f.settings.Update.Reauthenticate && old
	if asks {
		nonce = nonceHash(c.User, r.Nonce)
	}
	moves := r.Email != "" || r.Phone != ""
	if !moves && r.Nonce == "" && asks {
		return "", reauthenticationNeeded()
	}
	if !moves && !asks {
		return "", nil
	}
	standing, err := f.store.Standing(ctx, c.User, store.Wish{Email: r.Email, Phone: r.Phone, Nonce: nonce})
	switch {
	case err != nil:
		return "", err
	case standing.Taken:
		return "", emailExists()
	case standing.Phone:
		return "", phoneExists()
	case asks && r.Nonce == "":
		return "", reauthenticationNeeded()
	case asks && !f.isNonce(c.User, standing.Nonce, now):
		return "", f.refuseNonce(ctx, c.User, now)
	}
	return nonce, nil
}

// setPassword demands the current password where the settings do, and refuses it for a new one. Those who came by a mail may
// have forgotten it. A stored password that cannot be verified is nobody's.
func (f *Flows) setPassword(ctx context.Context, c Caller, r UserUpdate, w *store.Update) error {
	if f.settings.Credentials != nil {
		return f.setPasswordElsewhere(ctx, c, r, w)
	}
	w.OldPassword = c.User.EncryptedPassword
	if w.OldPassword != "" {
		is := func(plain string) bool {
			ok, err := password.Verify(w.OldPassword, plain)
			if err != nil {
				slog.WarnContext(ctx, "a password cannot be verified", "user", c.User.ID, "error", err)
			}
			return ok
		}
		demanded := f.settings.Update.CurrentPassword && !cameByMail(c.Session)
		switch {
		case demanded && r.CurrentPassword == "":
			return currentPasswordRequired()
		case demanded && !is(r.CurrentPassword):
			return currentPasswordInvalid()
		case is(*r.Password):
			return samePassword()
		}
	}
	hash, err := password.Hash(*r.Password)
	w.Password = hash
	return err
}

// cameByMail reports a session that began with a mail, as GoTrue does (models/factor.go, IsRecovery).
func cameByMail(s store.Session) bool {
	return slices.ContainsFunc(s.Methods, func(m store.Method) bool {
		return m.Name == "otp" || m.Name == "magiclink" || m.Name == "recovery"
	})
}
