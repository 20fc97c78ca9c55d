package flow

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/fault"
)

// Credentials keep passwords in the place of the table auth.users: a user pool. A user's id is that of their account there.
// Users, sessions and tokens stay ours, and so do mails, but for the one by which a sign-up with a password is confirmed.
//
// Faults are GoTrue's. What is done about a user who has no account there, because another provider vouches for them, is no
// fault and does nothing, except for a password.
type Credentials interface {
	// SignUp opens an account, to whose address a code goes out. The fault of an address that has one is user_already_exists.
	SignUp(ctx context.Context, email, password string) (id string, err error)
	// Create opens an account in silence. Without a password it gives the one that there is; with one its fault is SignUp's.
	Create(ctx context.Context, email, password string, verified bool) (id string, err error)
	// SignIn checks a password. verified is whether the address is known to be the user's.
	SignIn(ctx context.Context, email, password, ip string) (id string, verified bool, err error)
	// ConfirmCode confirms an address by the code that went out to it. The fault of a wrong one is otp_expired.
	ConfirmCode(ctx context.Context, email, code string) error
	// ResendCode sends another code to an address that waits for one, and takes as long for any other.
	ResendCode(ctx context.Context, email string) error
	// Confirm notes an address that was confirmed here.
	Confirm(ctx context.Context, id string) error
	SetPassword(ctx context.Context, id, password string) error
	SetEmail(ctx context.Context, id, email string, verified bool) error
	SetEnabled(ctx context.Context, id string, enabled bool) error
	Delete(ctx context.Context, id string) error
	// SignOut ends what the pool itself has given out.
	SignOut(ctx context.Context, id string) error
}

// stampPrefix begins what stands in the place of a hash for a password that is kept elsewhere.
const stampPrefix = "$elsewhere$"

// hash is what is written of a new password: its hash or, where it is kept elsewhere, a word that no password fits and that is
// another for each. So what is conditional on the password having stayed the same holds there, too.
func (f *Flows) hash(plain string) (string, error) {
	if f.settings.Credentials != nil {
		return stampPrefix + uuid.New().String(), nil
	}
	return password.Hash(plain)
}

// hasCode reports a user to whom the pool has sent the code that confirms the address.
func (f *Flows) hasCode(u store.User) bool {
	return f.settings.Credentials != nil && u.EmailConfirmedAt == nil && strings.HasPrefix(u.EncryptedPassword, stampPrefix)
}

// isCode reports the fault of a code.
func isCode(err error, code string) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Code == code
}

// errElsewhere is a sign-up with an address that has an account in the pool and no user here.
var errElsewhere = errors.New("the address has an account elsewhere")

// somebody is a user who has an account elsewhere alone. Nothing is told of them that is not told of users.
func (f *Flows) somebody(email string) store.User {
	u, now := nobody(email), f.now()
	u.EmailConfirmedAt = &now
	return u
}

// pretendElsewhere asks the pool for something for an address that nobody needs a code for, so that this answer takes as long as
// that to a sign-up.
func (f *Flows) pretendElsewhere(ctx context.Context, email string) error {
	if f.settings.Credentials == nil {
		return nil
	}
	return f.settings.Credentials.ResendCode(ctx, email)
}

// open opens the account of somebody who signs up, where accounts are kept elsewhere, and gives the id of the user to be made.
func (f *Flows) open(ctx context.Context, r SignUp) (id string, err error) {
	c := f.settings.Credentials
	switch {
	case c == nil:
		return uuid.New().String(), nil
	case r.Password == "" || f.settings.Autoconfirm:
		id, err = c.Create(ctx, r.Email, r.Password, f.settings.Autoconfirm)
	default:
		id, err = c.SignUp(ctx, r.Email, r.Password)
	}
	if isCode(err, "user_already_exists") {
		err = errElsewhere
	}
	return id, err
}

// openFor opens the account of a user whom an administrator makes.
func (f *Flows) openFor(ctx context.Context, n *AdminUser) (err error) {
	c := f.settings.Credentials
	if c == nil {
		return nil
	}
	plain := ""
	if n.Password != nil {
		plain = *n.Password
	}
	switch {
	case n.ID != "":
		return idKeptElsewhere()
	case n.PasswordHash != "":
		return hashKeptElsewhere()
	case n.Email == "" && plain != "":
		return phoneKeptElsewhere()
	case n.Email == "":
		return nil
	}
	n.ID, err = c.Create(ctx, n.Email, plain, n.EmailConfirm)
	if isCode(err, "user_already_exists") {
		return emailExists()
	}
	return err
}

// withdraw takes an account back whose user is not written, because a hook has refused them or somebody else has the address. What
// failed otherwise may have been written; a sign-in finds the account, and makes the user.
func (f *Flows) withdraw(ctx context.Context, id string, why error) {
	refusal, ok := errors.AsType[*fault.Error](why)
	if f.settings.Credentials == nil || !errors.Is(why, store.ErrTaken) && (!ok || refusal.Status() >= 500) {
		return
	}
	if err := f.settings.Credentials.Delete(ctx, id); err != nil {
		slog.WarnContext(ctx, "an account without a user cannot be deleted", "account", id, "error", err)
	}
}

// signInElsewhere is SignInWithPassword where passwords are kept elsewhere. Whoever has an account there and is no user here,
// because another application has opened it, becomes one.
func (f *Flows) signInElsewhere(ctx context.Context, email, plain string, v Visit) (Signed, error) {
	user, found, err := f.store.UserByEmail(ctx, email, f.settings.Audience)
	if err != nil {
		return Signed{}, err
	}
	id, verified, err := f.checkElsewhere(ctx, user, SignUp{Email: email, Password: plain}, v)
	tried := user
	if err == nil {
		tried.ID = id
	}
	if said := f.toldOfTry(ctx, tried, err, v); said != nil {
		return Signed{}, said
	}
	if user.ID != id {
		user, found, err = f.store.UserByID(ctx, id)
	}
	switch {
	case err != nil:
		return Signed{}, err
	case !found:
		user, err = f.adopt(ctx, id, email, verified, v)
	case verified && user.EmailConfirmedAt == nil:
		user, err = f.confirmHere(ctx, user, v)
	}
	if err != nil {
		return Signed{}, err
	}
	if err := f.mayEnter(user, f.now()); err != nil {
		return Signed{}, err
	}
	return f.enter(ctx, user, how{methodPassword, "email"}, v)
}

// checkElsewhere asks the pool about a password. It does not know that a ban has run out, and is told when that matters.
func (f *Flows) checkElsewhere(ctx context.Context, u store.User, r SignUp, v Visit) (id string, verified bool, err error) {
	c := f.settings.Credentials
	id, verified, err = c.SignIn(ctx, r.Email, r.Password, v.IP)
	if !isCode(err, "invalid_credentials") || u.BannedUntil == nil || isBanned(u, f.now()) {
		return id, verified, err
	}
	if err := c.SetEnabled(ctx, u.ID, true); err != nil {
		return "", false, err
	}
	return c.SignIn(ctx, r.Email, r.Password, v.IP)
}

// toldOfTry tells the application of a try, where it is one of a user's, and gives the fault that the try ends in.
func (f *Flows) toldOfTry(ctx context.Context, u store.User, tried error, v Visit) error {
	if u.ID == "" || tried != nil && !isCode(tried, "invalid_credentials") {
		return tried
	}
	if err := f.passwordTried(ctx, u, tried == nil, v); err != nil {
		return err
	}
	return tried
}

// adopt makes the user of an account that somebody else has opened.
func (f *Flows) adopt(ctx context.Context, id, email string, verified bool, v Visit) (store.User, error) {
	now := f.now()
	stamp, err := f.hash("")
	if err != nil {
		return store.User{}, err
	}
	user := f.userOf(AdminUser{ID: id, Email: email, EmailConfirm: verified || f.settings.Autoconfirm}, stamp, now)
	made, err := f.create(ctx, store.NewUser{User: user, Entry: line(actionSignedUp, user, v, now, map[string]any{"provider": "email"})}, v)
	if errors.Is(err, store.ErrTaken) { // by a user with another id
		return store.User{}, emailExists()
	}
	return made, err
}

// confirmHere notes an address that was confirmed elsewhere.
func (f *Flows) confirmHere(ctx context.Context, u store.User, v Visit) (store.User, error) {
	c := AdminUser{EmailConfirm: true}.change(u, f.now())
	c.Entries = []store.Entry{line(entering(u), u, v, c.At, map[string]any{"provider": "email"})}
	changed, found, err := f.store.ChangeUser(ctx, c)
	if err == nil && !found {
		err = invalidCredentials()
	}
	return changed, err
}

// confirmElsewhere tells the pool of an address that is being confirmed here.
func (f *Flows) confirmElsewhere(ctx context.Context, u store.User) error {
	if f.settings.Credentials == nil || u.EmailConfirmedAt != nil {
		return nil
	}
	return f.settings.Credentials.Confirm(ctx, u.ID)
}

// codeFromElsewhere takes a code that the pool has sent for one of ours, which it makes; found is false for a wrong one.
func (f *Flows) codeFromElsewhere(ctx context.Context, r Verification, v Visit) (t store.Token, u store.User, found bool, err error) {
	if f.settings.Credentials == nil || r.Hash != "" || !slices.Contains(purposes[r.Purpose], tokenConfirmation) {
		return t, u, false, nil
	}
	u, found, err = f.store.UserByEmail(ctx, r.Email, f.settings.Audience)
	if err != nil || !found || !f.hasCode(u) {
		return t, u, false, err
	}
	if err := f.settings.Credentials.ConfirmCode(ctx, r.Email, r.Code); err != nil {
		if isCode(err, "otp_expired") {
			err = nil
		}
		return t, u, false, err
	}
	now := f.now()
	own := ticket{Purpose: "signup", To: r.Email, Code: newCode(f.settings.CodeLength)}
	t = own.token(tokenConfirmation, u.ID, now)
	u, found, err = f.store.NewConfirmation(ctx, t, now, line(actionConfirmationRequested, u, v, now, map[string]any{"provider": "email"}))
	return t, u, found, err
}
