package flow

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// SignUp is a request for an account with an address and a password.
type SignUp struct {
	Email      string // in any case; its form has been checked
	Password   string
	Data       json.RawMessage // the user's metadata: a JSON object, or nil
	RedirectTo string          // where the link in the mail leads in the end; it has been chosen by redirect.Policy
	Challenge  Challenge
}

// Registered is what came of a sign-up. Without Signed the address has to be confirmed first, and User may be made up: who
// signs up with an address that is somebody's is told nothing of it.
type Registered struct {
	User   store.User
	Signed *Signed
}

// SignUp makes an account. With Settings.Autoconfirm its user is signed in at once, and an address that is taken is a fault;
// without it a mail goes out, and a sign-up with a confirmed address of somebody else is answered like any other. One whose
// address was never confirmed gets another mail, and keeps the first password: nobody knows yet whose address it is.
func (f *Flows) SignUp(ctx context.Context, r SignUp, v Visit) (Registered, error) {
	hash, err := f.admit(&r)
	if err != nil {
		return Registered{}, err
	}
	user, found, _, err := f.turn(ctx, timerConfirmation, r.Email)
	if err != nil {
		return Registered{}, err
	}
	if !found {
		made, err := f.register(ctx, r, hash, v)
		switch {
		case errors.Is(err, errElsewhere):
			return f.registerAgain(ctx, f.somebody(r.Email), r, v)
		case !errors.Is(err, store.ErrTaken):
			return made, err
		}
		if user, found, err = f.store.UserByEmail(ctx, r.Email, f.settings.Audience); err != nil || !found {
			return Registered{}, errors.Join(err, contendedSignUp())
		}
	}
	return f.registerAgain(ctx, user, r, v)
}

// admit checks what a sign-up brings before anything is asked of the database, and hashes the password, which takes the same
// time for those whose address is known and for those whose is not.
func (f *Flows) admit(r *SignUp) (hash string, err error) {
	switch {
	case !f.settings.SignUp:
		return "", signUpDisabled()
	case !f.settings.Email:
		return "", emailSignUpDisabled()
	case r.Password == "":
		return "", noPassword()
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return "", err
	}
	if err := f.settings.Passwords.Check(r.Password); err != nil {
		return "", err
	}
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	return f.hash(r.Password)
}

// register makes a user. The error is store.ErrTaken where another sign-up was faster.
func (f *Flows) register(ctx context.Context, r SignUp, hash string, v Visit) (Registered, error) {
	made, t, err := f.newAccount(ctx, r, hash, v)
	if err != nil {
		return Registered{}, err
	}
	switch {
	case f.hasCode(made):
		return Registered{User: made}, nil
	case !f.settings.Autoconfirm:
		return Registered{User: made}, f.send(ctx, made, f.letter(mail.Confirmation, made, t))
	}
	signed, err := f.enter(ctx, made, how{"password", "email"}, v)
	return Registered{User: signed.User, Signed: &signed}, err
}

// newAccount writes a user, and the ticket by which they confirm the address where that has to be confirmed.
func (f *Flows) newAccount(ctx context.Context, r SignUp, hash string, v Visit) (store.User, ticket, error) {
	id, err := f.open(ctx, r)
	if err != nil {
		return store.User{}, ticket{}, err
	}
	now := f.now()
	user := f.newUser(id, r, hash, now)
	t := f.confirmation(user, r, v, now)
	n := store.NewUser{User: user, Entry: line(actionSignedUp, user, v, now, map[string]any{"provider": "email"})}
	if !f.settings.Autoconfirm {
		n.User.ConfirmationSent = &now
		n.Tokens = []store.Token{t.token(tokenConfirmation, user.ID, now)}
		n.Entry = line(actionConfirmationRequested, user, v, now, map[string]any{"provider": "email"})
	}
	made, err := f.create(ctx, n, v)
	if err != nil {
		f.withdraw(ctx, id, err)
	}
	return made, t, err
}

// newUser is the user of a sign-up as they will be written.
func (f *Flows) newUser(id string, r SignUp, hash string, now time.Time) store.User {
	u := store.User{
		ID: id, Aud: f.settings.Audience, Role: f.settings.Role, Email: r.Email, EncryptedPassword: hash, CreatedAt: now, UpdatedAt: now,
		AppMetadata: json.RawMessage(`{"provider":"email","providers":["email"]}`),
	}
	if f.settings.Autoconfirm {
		u.EmailConfirmedAt = &now
	}
	u.UserMetadata = identityData(r.Data, id, r.Email, f.settings.Autoconfirm)
	u.Identities = []store.Identity{{
		ID: uuid.New().String(), ProviderID: id, UserID: id, Provider: "email", Data: u.UserMetadata, LastSignInAt: &now, CreatedAt: now, UpdatedAt: now,
	}}
	return u
}

// identityData is what is known of a user by their address, beside what they say of themselves; GoTrue keeps it with the
// identity and with the user alike. What they say of these names does not count.
func identityData(said json.RawMessage, id, email string, verified bool) json.RawMessage {
	data := map[string]any{}
	_ = json.Unmarshal(said, &data) // it has been read as an object before, or is nil
	if data == nil {
		data = map[string]any{}
	}
	data["sub"], data["email"], data["email_verified"], data["phone_verified"] = id, email, verified, false
	encoded, err := json.Marshal(data)
	if err != nil {
		panic("flow: metadata cannot be encoded: " + err.Error()) // it was JSON
	}
	return encoded
}

// confirmation is the ticket by which the user's address is confirmed.
func (f *Flows) confirmation(u store.User, r SignUp, v Visit, now time.Time) ticket {
	return ticket{
		Purpose: "signup", To: strings.ToLower(u.Email), Code: newCode(f.settings.CodeLength), State: r.Challenge.state(u.ID, methodSignUp, now),
		RedirectTo: r.RedirectTo, External: v.External,
	}
}

// registerAgain answers a sign-up with an address that there is a user for.
func (f *Flows) registerAgain(ctx context.Context, u store.User, r SignUp, v Visit) (Registered, error) {
	confirmed := u.EmailConfirmedAt != nil
	switch {
	case f.settings.Autoconfirm:
		return Registered{}, alreadyRegistered()
	case confirmed:
		now := f.now()
		if err := f.store.Log(ctx, line(actionRepeatedSignUp, u, v, now, map[string]any{"provider": "email"})); err != nil {
			return Registered{}, err
		}
		return Registered{User: f.madeUp(r, now)}, f.pretendElsewhere(ctx, r.Email)
	}
	return f.confirmAgain(ctx, u, r, v)
}

// madeUp is a user whom nobody can tell from one who was made just now, and whom there is not.
func (f *Flows) madeUp(r SignUp, now time.Time) store.User {
	u := f.newUser(uuid.New().String(), r, "", now)
	u.ConfirmationSent, u.Identities = &now, []store.Identity{}
	return u
}

// confirmAgain sends another mail to an address that nobody has confirmed.
func (f *Flows) confirmAgain(ctx context.Context, u store.User, r SignUp, v Visit) (Registered, error) {
	now := f.now()
	user, due, err := f.remind(ctx, u, r, v)
	switch {
	case err != nil:
		return Registered{}, err
	case !due:
		return Registered{}, mailTooOften(f.settings.MailEvery - now.Sub(sentAt(u, now)))
	}
	return Registered{User: user}, nil
}

// remind does it, unless the last mail has gone out too short a time ago: then due is false.
func (f *Flows) remind(ctx context.Context, u store.User, r SignUp, v Visit) (user store.User, due bool, err error) {
	now := f.now()
	t := f.confirmation(u, r, v, now)
	entry := line(actionConfirmationRequested, u, v, now, map[string]any{"provider": "email"})
	user, due, err = f.store.NewConfirmation(ctx, t.token(tokenConfirmation, u.ID, now), now.Add(-f.settings.MailEvery), entry)
	if err != nil || !due {
		return store.User{}, false, err
	}
	if f.hasCode(user) {
		return user, true, f.settings.Credentials.ResendCode(ctx, user.Email)
	}
	return user, true, f.send(ctx, user, f.letter(mail.Confirmation, user, t))
}

// sentAt is when the last mail went out, as far as it was known when the flow began.
func sentAt(u store.User, now time.Time) time.Time {
	if u.ConfirmationSent == nil {
		return now
	}
	return *u.ConfirmationSent
}
