package flow

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/fault"
)

// adminStore is what administrators' flows need of the tables.
type adminStore interface {
	Users(ctx context.Context, q store.UserQuery) (store.UserPage, error)
	UserByID(ctx context.Context, id string) (store.User, bool, error)
	Taken(ctx context.Context, email, phone, except string) (byEmail, byPhone bool, err error)
	ChangeUser(ctx context.Context, c store.Change) (store.User, bool, error)
	DeleteUser(ctx context.Context, id string, e store.Entry) (bool, error)
	HideUser(ctx context.Context, id string, at time.Time, e store.Entry) (bool, error)
	Issue(ctx context.Context, i store.Issue) (store.User, bool, error)
}

// AdminUser is what an administrator says of a user. What is zero is not said.
type AdminUser struct {
	ID           string // of a new user; "" for one that is made up
	Audience     string // of a new user
	Role         string
	Email        string // in lower case; its form has been checked
	Phone        string // digits alone; its form has been checked
	Password     *string
	PasswordHash string // of another service, in the place of a password
	EmailConfirm bool   // the address counts as confirmed
	PhoneConfirm bool   // the number counts as confirmed
	UserMetadata json.RawMessage
	AppMetadata  json.RawMessage
	Ban          *time.Duration // 0 ends a ban
}

// AdminUsers lists users.
func (f *Flows) AdminUsers(ctx context.Context, _ Admin, q store.UserQuery) (store.UserPage, error) {
	return f.store.Users(ctx, q)
}

// AdminUser gives the user with an id, which is a UUID.
func (f *Flows) AdminUser(ctx context.Context, _ Admin, id string) (store.User, error) {
	user, found, err := f.store.UserByID(ctx, id)
	if err == nil && !found {
		err = userNotFound()
	}
	return user, err
}

// AdminCreateUser makes a user. Their address and number are confirmed only if n says so, whatever Settings.Autoconfirm is. As
// in GoTrue, a password need not keep the rules: it is the administrator's choice.
func (f *Flows) AdminCreateUser(ctx context.Context, a Admin, n AdminUser, v Visit) (store.User, error) {
	if n.Email == "" && n.Phone == "" {
		return store.User{}, neitherEmailNorPhone()
	}
	if err := n.checkID(); err != nil {
		return store.User{}, err
	}
	hash, err := n.hash(f.hash)
	if err != nil {
		return store.User{}, err
	}
	if err := f.openFor(ctx, &n); err != nil {
		return store.User{}, err
	}
	now := f.now()
	user := f.userOf(n, hash, now)
	made, err := f.create(ctx, store.NewUser{User: user, Entry: a.line(actionSignedUp, user, v, now)}, v)
	if err != nil {
		f.withdraw(ctx, user.ID, err)
	}
	if errors.Is(err, store.ErrTaken) {
		return store.User{}, f.taken(ctx, n, "")
	}
	return made, err
}

// checkID refuses an id that no user can have, and brings one into its form. The version does not count: who moves here keeps
// the id.
func (n *AdminUser) checkID() error {
	if n.ID == "" {
		return nil
	}
	id, err := uuid.Parse(n.ID)
	switch {
	case err != nil:
		return badID()
	case id == uuid.UUID{}:
		return nobodysID()
	}
	n.ID = id.String()
	return nil
}

// hash is what is written of the password that n has, as of says; "" for none. The faults say what is wrong with n.
func (n AdminUser) hash(of func(plain string) (string, error)) (string, error) {
	switch {
	case max(len(n.Role), len(n.Audience)) > longestName:
		return "", nameTooLong()
	case n.Password != nil && n.PasswordHash != "":
		return "", passwordTwice()
	case n.PasswordHash != "":
		return n.PasswordHash, password.CheckImported(n.PasswordHash)
	case n.Password == nil || *n.Password == "":
		return "", nil
	}
	return of(*n.Password)
}

// longestName is how many bytes a role or an audience may have, as many characters as their columns.
const longestName = 255

// taken says whose address or number it is that n cannot have. except is the user who may have it.
func (f *Flows) taken(ctx context.Context, n AdminUser, except string) error {
	byEmail, byPhone, err := f.store.Taken(ctx, n.Email, n.Phone, except)
	switch {
	case err != nil:
		return err
	case byEmail:
		return emailExists()
	case byPhone:
		return phoneTaken()
	case n.ID != "":
		return idTaken()
	}
	return contendedSignUp()
}

// AdminUpdateUser changes a user. A new password ends all their sessions, and what they were sent by mail before is worth
// nothing then; nor is it after a new address or number.
func (f *Flows) AdminUpdateUser(ctx context.Context, a Admin, id string, n AdminUser, v Visit) (store.User, error) {
	n.ID = "" // stays what it is, as in GoTrue
	hash, err := n.hash(f.hash)
	if err != nil {
		return store.User{}, err
	}
	if n.Password != nil {
		if err := f.settings.Passwords.Check(*n.Password); err != nil {
			return store.User{}, err
		}
	}
	user, err := f.AdminUser(ctx, a, id)
	if err != nil {
		return store.User{}, err
	}
	if err := f.changeElsewhere(ctx, user, n); err != nil {
		return store.User{}, err
	}
	c := n.change(user, f.now())
	c.Password, c.Entries = hash, []store.Entry{a.line(actionModified, n.named(user), v, c.At)}
	changed, found, err := f.store.ChangeUser(ctx, c)
	switch {
	case errors.Is(err, store.ErrTaken):
		return store.User{}, f.taken(ctx, n, id)
	case err == nil && !found:
		return store.User{}, userNotFound()
	}
	return changed, err
}

// named is the user with the address and the number that they will have.
func (n AdminUser) named(u store.User) store.User {
	if n.Email != "" {
		u.Email = n.Email
	}
	if n.Phone != "" {
		u.Phone = &n.Phone
	}
	return u
}

// change is what n changes of a user.
func (n AdminUser) change(u store.User, now time.Time) store.Change {
	c := store.Change{
		UserID: u.ID, At: now, Role: n.Role, Email: n.Email, Phone: n.Phone, UserMetadata: n.metadata(), AppMetadata: n.AppMetadata,
		Identities: n.identities(u.ID, now), Ban: n.Ban != nil, BannedUntil: n.bannedUntil(now),
	}
	if n.EmailConfirm {
		c.EmailConfirmedAt = &now
	}
	if n.PhoneConfirm {
		c.PhoneConfirmedAt = &now
	}
	return c
}

// AdminDeleteUser deletes a user, and softly all but the row, which has nothing in it then by which anybody could be found.
// That a user was deleted softly before is no fault.
func (f *Flows) AdminDeleteUser(ctx context.Context, a Admin, id string, softly bool, v Visit) error {
	user, err := f.AdminUser(ctx, a, id)
	if err != nil {
		return err
	}
	return f.removeElsewhere(ctx, user, func() error { return f.remove(ctx, user, softly, a.line(actionDeleted, user, v, f.now())) })
}

// remove is AdminDeleteUser in the tables.
func (f *Flows) remove(ctx context.Context, u store.User, softly bool, entry store.Entry) error {
	if softly {
		_, err := f.store.HideUser(ctx, u.ID, f.now(), entry)
		return err
	}
	gone, err := f.store.DeleteUser(ctx, u.ID, entry)
	if refers, ok := errors.AsType[*fault.Error](err); ok && refers.Code == foreignKeyViolation {
		return cannotDelete(err)
	}
	if err == nil && !gone {
		return userNotFound()
	}
	return err
}

// foreignKeyViolation is the SQLSTATE foreign_key_violation: rows of the application stand in the way.
const foreignKeyViolation = "23503"

// actor is who the audit log says an administrator is.
func (a Admin) actor() store.User {
	if a.User != nil {
		return *a.User
	}
	return store.User{ID: noUser, Email: a.Claims.Role}
}

// line makes the line of the audit log for what an administrator has done with a user.
func (a Admin) line(act action, u store.User, v Visit, at time.Time) store.Entry {
	phone := ""
	if u.Phone != nil {
		phone = *u.Phone
	}
	return line(act, a.actor(), v, at, map[string]any{"user_id": u.ID, "user_email": u.Email, "user_phone": phone})
}

// noUser is the id of whom an API key stands for.
const noUser = "00000000-0000-0000-0000-000000000000"
