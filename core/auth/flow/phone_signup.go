package flow

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// PhoneSignUp is a request for an account with a number and a password.
type PhoneSignUp struct {
	Phone    string
	Password string
	Data     json.RawMessage // the user's metadata: a JSON object, or nil
	Channel  string          // "sms" or "whatsapp"
}

// SignUpByPhone makes an account. It is SignUp for a number; a second one within PhoneSettings.Every is refused to everybody alike,
// where a message would go out.
func (f *Flows) SignUpByPhone(ctx context.Context, r PhoneSignUp, v Visit) (Registered, error) {
	hash, err := f.admitPhone(r)
	if err != nil {
		return Registered{}, err
	}
	user, found, wait, err := f.turnByPhone(ctx, timerText, r.Phone)
	switch {
	case err != nil:
		return Registered{}, err
	case wait > 0 && !f.settings.Phone.Autoconfirm:
		return Registered{}, textTooOften(wait)
	case !found:
		return f.registerPhone(ctx, r, hash, v)
	case f.settings.Phone.Autoconfirm:
		return Registered{}, alreadyRegistered()
	case user.PhoneConfirmedAt != nil:
		now := f.now()
		err := f.store.Log(ctx, line(actionRepeatedSignUp, user, v, now, map[string]any{"provider": store.ByPhone}))
		return Registered{User: f.madeUpByPhone(r, now)}, err
	}
	now := f.now()
	user.ConfirmationSent = &now
	_, err = f.textIn(ctx, user, r, v)
	return Registered{User: user}, err
}

// admitPhone is admit for a number. Passwords that are kept elsewhere are kept by address.
func (f *Flows) admitPhone(r PhoneSignUp) (hash string, err error) {
	switch {
	case !f.settings.SignUp:
		return "", signUpDisabled()
	case !f.settings.Phone.On:
		return "", phoneSignUpDisabled()
	case r.Password == "":
		return "", noPassword()
	case f.settings.Credentials != nil:
		return "", phoneKeptElsewhere()
	}
	if err := f.settings.Passwords.Check(r.Password); err != nil {
		return "", err
	}
	return f.hash(r.Password)
}

// registerPhone makes a user, and signs in where numbers are believed.
func (f *Flows) registerPhone(ctx context.Context, r PhoneSignUp, hash string, v Visit) (Registered, error) {
	made, code, err := f.newPhoneAccount(ctx, r, hash, v)
	switch {
	case errors.Is(err, store.ErrTaken) && f.settings.Phone.Autoconfirm:
		return Registered{}, alreadyRegistered()
	case errors.Is(err, store.ErrTaken): // by another request, which has sent a message
		return Registered{}, textTooOften(f.settings.Phone.Every)
	case err != nil:
		return Registered{}, err
	case !f.settings.Phone.Autoconfirm:
		_, err = f.text(ctx, made, Text{To: r.Phone, Code: code, Channel: r.Channel})
		return Registered{User: made}, err
	}
	signed, err := f.enter(ctx, made, how{methodPassword, store.ByPhone}, v)
	return Registered{User: signed.User, Signed: &signed}, err
}

// newPhoneAccount writes a user, and the code by which they confirm the number where that has to be confirmed.
func (f *Flows) newPhoneAccount(ctx context.Context, r PhoneSignUp, hash string, v Visit) (made store.User, code string, err error) {
	now := f.now()
	n := store.NewUser{User: f.newPhoneUser(r, hash, now)}
	traits := map[string]any{"provider": store.ByPhone, "channel": r.Channel}
	act := actionSignedUp
	if !f.settings.Phone.Autoconfirm {
		t := ticket{To: r.Phone, Code: f.textCode(r.Phone, now)}
		code, act = t.Code, actionConfirmationRequested
		n.User.ConfirmationSent, n.Tokens = &now, []store.Token{t.token(tokenConfirmation, n.User.ID, now)}
	}
	n.Entry = line(act, n.User, v, now, traits)
	made, err = f.create(ctx, n, v)
	return made, code, err
}

// newPhoneUser is the user of a sign-up as they will be written.
func (f *Flows) newPhoneUser(r PhoneSignUp, hash string, now time.Time) store.User {
	u := store.User{
		ID: uuid.New().String(), Aud: f.settings.Audience, Role: f.settings.Role, Phone: &r.Phone, EncryptedPassword: hash,
		AppMetadata: json.RawMessage(`{"provider":"phone","providers":["phone"]}`), CreatedAt: now, UpdatedAt: now,
	}
	if f.settings.Phone.Autoconfirm {
		u.PhoneConfirmedAt = &now
	}
	identity := phoneIdentity(u, r.Phone, now)
	identity.Data = phoneData(r.Data, u.ID, r.Phone, f.settings.Phone.Autoconfirm)
	u.UserMetadata, u.Identities = identity.Data, []store.Identity{identity}
	return u
}

// phoneData is identityData for a number.
func phoneData(said json.RawMessage, id, phone string, verified bool) json.RawMessage {
	known := encoded(map[string]any{"sub": id, "phone": phone, "email_verified": false, "phone_verified": verified})
	return withMembers(said, known)
}

// madeUpByPhone is madeUp for a number.
func (f *Flows) madeUpByPhone(r PhoneSignUp, now time.Time) store.User {
	u := f.newPhoneUser(r, "", now)
	u.ConfirmationSent, u.Identities = &now, []store.Identity{}
	return u
}
