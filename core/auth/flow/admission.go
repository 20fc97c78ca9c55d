package flow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// admitNewcomer makes an account. An address that the provider has not verified has to be confirmed by a mail before anybody
// enters; one that is somebody's already is not written down a second time.
func (f *Flows) admitNewcomer(w writing, n newcomer) (writing, error) {
	if !f.settings.SignUp {
		return w, signUpDisabled()
	}
	email, has := w.who.Email()
	switch {
	case has && n.taken && !f.settings.AllowUnconfirmed:
		return w, unverifiedEmail(w.who.Provider)
	case !has && !w.who.EmailOptional:
		return w, noEmail()
	case n.taken:
		email = oauth.Email{}
	}
	now, verified := w.Changes.At, email.Address != "" && (email.Verified || f.settings.Autoconfirm)
	u := store.User{
		ID: uuid.New().String(), Aud: f.settings.Audience, Role: f.settings.Role, Email: email.Address, CreatedAt: now, UpdatedAt: now,
		AppMetadata: providersOf(w.who.Provider), UserMetadata: w.Identity.Data,
	}
	if verified {
		u.EmailConfirmedAt = &now
	}
	w.New = true
	w.forUser(u)
	if verified || u.Email == "" {
		w.User.LastSignInAt = &now
		w.log(actionSignedUp)
		w.enter()
		return w, nil
	}
	w.User.ConfirmationSent = &now
	return f.confirmFirst(w)
}

// admitUser lets the user of an account in. Known says that the account has the identity already.
//
// Whoever made the account may be another than who comes now, as long as nobody has confirmed its address: anybody can sign
// up with anybody's address, and wait. So what they have left behind, the password above all, is taken away at the moment
// at which the provider confirms the address.
func (f *Flows) admitUser(w writing, u store.User, known bool) (writing, error) {
	if isBanned(u, w.Changes.At) {
		return w, bannedCaller()
	}
	w.forUser(u)
	w.Changes.Known, w.Changes.Unconfirmed = known, u.EmailConfirmedAt == nil
	w.Changes.AppData, w.Changes.Data = providersOf(append(providers(u), w.who.Provider)...), w.Identity.Data
	if !known {
		w.log(actionLinked)
	}
	switch {
	case u.EmailConfirmedAt != nil:
	case u.Email == "":
		if u.PhoneConfirmedAt == nil && !w.who.EmailOptional && !f.settings.AllowUnconfirmed {
			return w, unverifiedEmail(w.who.Provider)
		}
	case slices.Contains(w.who.Verified(), strings.ToLower(u.Email)) || f.settings.Autoconfirm:
		f.takeOver(&w)
		w.log(actionSignedUp)
		w.enter()
		return w, nil
	default:
		return f.confirmFirst(w)
	}
	w.log(actionLogin)
	w.enter()
	return w, nil
}

// takeOver makes the account that of whoever comes now.
func (f *Flows) takeOver(w *writing) {
	w.Changes.Confirm, w.Changes.TakeOver = true, true
	w.Changes.AppData, w.Changes.Data = providersOf(w.who.Provider), confirmedData(w.Identity.Data)
}

// confirmFirst sends a mail to the user's address, and lets nobody in but where addresses need not be confirmed.
func (f *Flows) confirmFirst(w writing) (writing, error) {
	now := w.Changes.At
	if !w.New {
		since := now.Add(-f.settings.MailEvery)
		if sent := w.User.ConfirmationSent; sent != nil && sent.After(since) {
			if !f.settings.AllowUnconfirmed {
				return w, mailTooOften(f.settings.MailEvery - now.Sub(*sent))
			}
			w.log(actionLogin)
			w.enter()
			return w, nil
		}
		w.Changes.MailedBefore = &since
	}
	w.mail(f, now)
	w.log(actionConfirmationRequested)
	if f.settings.AllowUnconfirmed {
		w.enter()
		return w, nil
	}
	w.refusal = confirmEmail(w.who.Provider)
	return w, nil
}

// mail hands over a ticket by which the user's address is confirmed.
func (w *writing) mail(f *Flows, now time.Time) {
	t := f.confirmation(w.User, SignUp{RedirectTo: w.who.redirectTo}, w.who.visit, now)
	w.ticket, w.Tokens = &t, []store.Token{t.token(tokenConfirmation, w.User.ID, now)}
}

// acceptInvitation lets somebody in who was invited, by an address that the provider has of them: they hold the mail.
func (f *Flows) acceptInvitation(w writing, c store.Candidates) (writing, error) {
	if c.Invited == nil {
		return w, inviteNotFound()
	}
	u := *c.Invited
	switch {
	case isBanned(u, w.Changes.At):
		return w, bannedCaller()
	case !slices.ContainsFunc(w.who.Emails, sameAddress(u.Email)):
		return w, invitedElsewhere()
	case c.Owner != nil && c.Owner.ID != u.ID:
		return w, linkedElsewhere()
	}
	w.forUser(u)
	w.Changes.Known, w.Changes.Unconfirmed, w.Changes.Invitation = c.Owner != nil, u.EmailConfirmedAt == nil, w.who.invitation
	w.Changes.Confirm = true
	w.Changes.AppData, w.Changes.Data = providersOf(append(providers(u), w.who.Provider)...), confirmedData(w.Identity.Data)
	if w.Changes.Unconfirmed {
		f.takeOver(&w)
	}
	w.log(actionInviteAccepted)
	w.enter()
	return w, nil
}

// linkTo gives an identity to a user who has asked for it. One without an address gets that of the identity.
func (f *Flows) linkTo(w writing, u store.User, c store.Candidates) (writing, error) {
	switch {
	case isBanned(u, w.Changes.At):
		return w, bannedCaller()
	case c.Owner != nil && c.Owner.ID == u.ID:
		return w, linkedAlready()
	case c.Owner != nil:
		return w, linkedElsewhere()
	}
	w.forUser(u)
	w.Changes.Unconfirmed = u.EmailConfirmedAt == nil
	w.Changes.AppData = providersOf(append(providers(u), w.who.Provider)...)
	w.log(actionLinked)
	email, has := w.who.Email()
	if u.Email != "" || !has {
		w.enter()
		return w, nil
	}
	if isTaken(w.who.Person, c) {
		return w, emailExists()
	}
	w.Changes.Email = email.Address
	if email.Verified || f.settings.Autoconfirm {
		w.Changes.Confirm, w.Changes.Data = true, []byte(`{"email_verified":true}`)
		w.enter()
		return w, nil
	}
	w.User.Email = email.Address
	w.mail(f, w.Changes.At)
	w.refusal = confirmLinked(w.who.Provider)
	return w, nil
}

// sameAddress reports of a provider's addresses whether they are an account's.
func sameAddress(email string) func(oauth.Email) bool {
	return func(e oauth.Email) bool { return strings.EqualFold(e.Address, email) }
}

// providers are those of a user's identities, the oldest first.
func providers(u store.User) []string {
	var names []string
	for _, i := range u.Identities {
		names = append(names, i.Provider)
	}
	return names
}

// providersOf is what app_metadata says of a user's identities.
func providersOf(names ...string) json.RawMessage {
	once := []string{}
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	data := map[string]any{"providers": once}
	if len(once) > 0 {
		data["provider"] = once[0]
	}
	return encoded(data)
}

// confirmedData is what user_metadata says of a user whose address is confirmed by an identity.
func confirmedData(identity json.RawMessage) json.RawMessage {
	data := map[string]any{}
	_ = json.Unmarshal(identity, &data) // it was written as an object
	data["email_verified"] = true
	return encoded(data)
}

// holdsVerified reports whether an identity says that its address is verified.
func holdsVerified(i store.Identity) bool {
	var data struct {
		Verified any `json:"email_verified"`
	}
	_ = json.Unmarshal(i.Data, &data) // what is no object says nothing
	return data.Verified == true || data.Verified == "true"
}

// encoded is the JSON of a value that was JSON before.
func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("flow: metadata cannot be encoded: " + err.Error())
	}
	return text
}
