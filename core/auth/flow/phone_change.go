package flow

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// setPhone puts a new number into an update: at once where numbers are believed, and otherwise as one to be confirmed, for which it
// gives the message to be sent; nil for none.
func (f *Flows) setPhone(u store.User, r UserUpdate, w *store.Update) (*Text, error) {
	switch {
	case r.Phone == "":
		return nil, nil
	case f.settings.Phone.Autoconfirm:
		w.Phone, w.Identities = r.Phone, append(w.Identities, phoneIdentity(u, r.Phone, w.At))
		w.AppMetadata = withProviders(u, w.AppMetadata, w.Identities)
		return nil, nil
	}
	every := f.settings.Phone.Every
	if u.PhoneChangeSent != nil && w.At.Sub(*u.PhoneChangeSent) < every {
		return nil, textTooOften(every - w.At.Sub(*u.PhoneChangeSent))
	}
	return f.askByText(u, Text{To: r.Phone, Channel: r.Channel}, w), nil
}

// askByText puts a number that has to be confirmed into an update, and gives the message to be sent.
func (f *Flows) askByText(u store.User, t Text, w *store.Update) *Text {
	before := w.At.Add(-f.settings.Phone.Every)
	t.Code = f.textCode(t.To, w.At)
	w.PhoneChange, w.Texted = t.To, &before
	w.Tokens = append(w.Tokens, ticket{To: t.To, Code: t.Code}.token(store.PhoneChangeToken, u.ID, w.At))
	return &t
}

// phoneIdentity is the identity that a number makes for a user who has none of the provider "phone".
func phoneIdentity(u store.User, phone string, now time.Time) store.Identity {
	return store.Identity{
		ID: uuid.New().String(), ProviderID: u.ID, UserID: u.ID, Provider: store.ByPhone, Data: phoneData(nil, u.ID, phone, true),
		LastSignInAt: &now, CreatedAt: now, UpdatedAt: now,
	}
}

// VerifyPhoneChange confirms a new number by the code that was sent to it. One that has become somebody else's in the meantime is a
// fault, and stays theirs.
func (f *Flows) VerifyPhoneChange(ctx context.Context, phone, code string, v Visit) (Signed, error) {
	token, user, err := f.presentedText(ctx, phone, code, store.PhoneChangeToken)
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	identities := []store.Identity{phoneIdentity(user, phone, now)}
	changed, ok, err := f.store.ConfirmPhoneChange(ctx, store.PhoneChange{
		UserID: user.ID, TokenID: token.ID, Hash: token.Hash, Phone: phone, Identities: identities, AppData: withProviders(user, nil, identities),
		At: now, Entries: []store.Entry{line(actionModified, user, v, now, nil)},
	})
	switch {
	case errors.Is(err, store.ErrTaken):
		return Signed{}, phoneExists()
	case err != nil:
		return Signed{}, err
	case !ok: // somebody else was faster, or the user waits for another number by now
		return Signed{}, codeExpired()
	}
	return f.enter(ctx, changed, how{"otp", store.ByPhone}, v)
}

// ResendPhoneChange sends the message about a user's new number once more, with a new code, and gives its id. It is asked for by the
// number that the user has or, without one, by the address; the other of both is "". What is told is as with ResendText.
func (f *Flows) ResendPhoneChange(ctx context.Context, phone, email string, v Visit) (id string, err error) {
	if !f.settings.Phone.On {
		return "", phoneLoginsDisabled()
	}
	ask := f.turnByPhone
	who := phone
	if phone == "" {
		ask, who = f.turn, email
	}
	user, found, wait, err := ask(ctx, timerPhoneChange, who)
	switch {
	case err != nil:
		return "", err
	case wait > 0:
		return "", textTooOften(wait)
	case !found || user.PhoneChange == "":
		return "", nil
	}
	w := store.Update{UserID: user.ID, At: f.now(), PendingPhone: user.PhoneChange}
	t := f.askByText(user, Text{To: user.PhoneChange, Channel: channelSMS}, &w)
	changed, ok, err := f.store.UpdateUser(ctx, w)
	if err != nil || !ok {
		return "", err
	}
	return f.text(ctx, changed, *t)
}

// reauthenticateByPhone is Reauthenticate for a user without an address.
func (f *Flows) reauthenticateByPhone(ctx context.Context, c Caller, v Visit) error {
	switch {
	case !f.settings.Phone.On:
		return phoneDisabled()
	case c.User.PhoneConfirmedAt == nil:
		return confirmPhoneFirst()
	}
	now, phone, every := f.now(), number(c.User), f.settings.Phone.Every
	t := ticket{To: phone, Code: f.textCode(phone, now)}
	user, due, err := f.store.NewReauthentication(ctx, t.token(kindNonce, c.User.ID, now), now.Add(-every), line(actionReauthenticate, c.User, v, now, nil))
	switch {
	case err != nil:
		return err
	case !due:
		return textTooOften(every - now.Sub(reauthSent(c.User, now)))
	}
	_, err = f.text(ctx, user, Text{To: phone, Code: t.Code, Channel: channelSMS})
	return err
}

func reauthSent(u store.User, now time.Time) time.Time {
	if u.ReauthSent == nil {
		return now
	}
	return *u.ReauthSent
}

// withProviders adds the providers of identities to those that a user has, in a change of the application's metadata.
func withProviders(u store.User, change []byte, added []store.Identity) []byte {
	var names []string
	for _, i := range append(slices.Clone(u.Identities), added...) {
		if !slices.Contains(names, i.Provider) {
			names = append(names, i.Provider)
		}
	}
	known := func(i store.Identity) bool {
		return slices.ContainsFunc(u.Identities, func(own store.Identity) bool { return own.Provider == i.Provider })
	}
	if !slices.ContainsFunc(added, func(i store.Identity) bool { return !known(i) }) {
		return change
	}
	return withMembers(change, encoded(map[string]any{"provider": names[0], "providers": names}))
}
