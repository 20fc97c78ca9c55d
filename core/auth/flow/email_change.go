package flow

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// purposeChange is the purpose of what confirms a new address.
const purposeChange = "email_change"

// changeKinds are the kinds of tokens of a change of address.
var changeKinds = []string{store.EmailChangeCurrent, store.EmailChangeNew}

type emailChangeStore interface {
	ConfirmEmailChange(ctx context.Context, c store.EmailChange) (user store.User, done, ok bool, err error)
}

// setEmail puts a new address into an update: at once where addresses are believed, and otherwise as one to be confirmed, for
// which it gives the tickets to be sent.
func (f *Flows) setEmail(u store.User, r UserUpdate, w *store.Update, v Visit) ([]ticket, error) {
	switch {
	case r.Email == "":
		return nil, nil
	case f.settings.Autoconfirm:
		w.Email = r.Email
		w.Identities = append(w.Identities, emailIdentity(u, r.Email, w.At))
		w.AppMetadata = withProviders(u, w.AppMetadata, w.Identities)
		return nil, nil
	}
	if wait := f.wait(u.EmailChangeSent, w.At); u.EmailChangeSent != nil && wait > 0 {
		return nil, mailTooOften(wait)
	}
	return f.askToConfirm(u, MailRequest{r.Email, r.RedirectTo, r.Challenge}, w, v), nil
}

// askToConfirm puts an address that has to be confirmed into an update, and gives the tickets to be sent: to the new address, and
// where that is asked for to the one that is left.
func (f *Flows) askToConfirm(u store.User, r MailRequest, w *store.Update, v Visit) []ticket {
	before := w.At.Add(-f.settings.MailEvery)
	w.EmailChange, w.Mailed = r.Email, &before
	t := ticket{
		Purpose: purposeChange, To: r.Email, Code: newCode(f.settings.CodeLength), State: r.Challenge.state(u.ID, purposeChange, w.At),
		RedirectTo: r.RedirectTo, External: v.External,
	}
	w.Tokens = []store.Token{t.token(store.EmailChangeNew, u.ID, w.At)}
	if !f.bothConfirm(u) {
		return []ticket{t}
	}
	left := t
	left.To, left.Code = strings.ToLower(u.Email), newCode(f.settings.CodeLength)
	token := left.token(store.EmailChangeCurrent, u.ID, w.At)
	token.State = nil // both go on with one flow, which is written once
	w.Tokens = append(w.Tokens, token)
	return []ticket{t, left}
}

// bothConfirm reports whether the address that a user leaves has a say. One who has none yet leaves none.
func (f *Flows) bothConfirm(u store.User) bool {
	return f.settings.Update.BothAddresses && !f.settings.Autoconfirm && u.Email != ""
}

// handOver sends the mails about a new address, which the user is waiting to confirm.
func (f *Flows) handOver(ctx context.Context, u store.User, tickets []ticket) error {
	if len(tickets) == 0 {
		return nil
	}
	letters := make([]Letter, len(tickets))
	for n, t := range tickets {
		letters[n] = f.letter(mail.EmailChange, u, t)
	}
	return f.send(ctx, u, letters...)
}

// emailIdentity is the identity that an address makes for a user who has none of the provider "email".
func emailIdentity(u store.User, email string, now time.Time) store.Identity {
	return store.Identity{
		ID: uuid.New().String(), ProviderID: u.ID, UserID: u.ID, Provider: "email", Data: identityData(nil, u.ID, email, true),
		LastSignInAt: &now, CreatedAt: now, UpdatedAt: now,
	}
}

// EmailChanged is what came of the confirmation of a new address.
type EmailChanged struct {
	Waiting  bool // for the other of both addresses: nothing has changed yet, and there is nothing in Followed
	Followed      // the session, or the code, that comes with the change
}

// VerifyEmailChange confirms a new address by what was sent to it or to the one that is left. Where both have to, the address
// changes with the second, in whatever order, and each counts once. An address that has become somebody else's in the
// meantime is a fault, and stays theirs.
func (f *Flows) VerifyEmailChange(ctx context.Context, r Verification, v Visit) (EmailChanged, error) {
	return f.changeEmail(ctx, r, v, false)
}

// FollowEmailChange is VerifyEmailChange for whoever follows the link of a mail, as Follow is Verify.
func (f *Flows) FollowEmailChange(ctx context.Context, r Verification, v Visit) (EmailChanged, error) {
	return f.changeEmail(ctx, r, v, ForCode(r.Hash))
}

func (f *Flows) changeEmail(ctx context.Context, r Verification, v Visit, forCode bool) (EmailChanged, error) {
	token, user, err := f.presentedChange(ctx, r)
	if err != nil {
		return EmailChanged{}, err
	}
	c := f.emailChange(token, user, v)
	if forCode {
		c.Code = uuid.New().String()
	}
	changed, done, ok, err := f.store.ConfirmEmailChange(ctx, c)
	switch {
	case errors.Is(err, store.ErrTaken):
		return EmailChanged{}, emailExists()
	case err != nil:
		return EmailChanged{}, err
	case !ok && r.Hash == "": // somebody else was faster, or the user has another address by now
		return EmailChanged{}, codeExpired()
	case !ok: // the same, or no flow waits for the code
		return EmailChanged{}, linkExpired()
	case !done:
		return EmailChanged{Waiting: true}, nil
	}
	if err := f.movedElsewhere(ctx, changed); err != nil {
		return EmailChanged{}, err
	}
	if forCode {
		return EmailChanged{Followed: Followed{Code: c.Code}}, nil
	}
	signed, err := f.enter(ctx, changed, how{"otp", "email"}, v)
	return EmailChanged{Followed: Followed{Signed: signed}}, err
}

// presentedChange finds the token that somebody brings, and its user, who may come in.
func (f *Flows) presentedChange(ctx context.Context, r Verification) (store.Token, store.User, error) {
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	token, user, found, err := f.find(ctx, r, changeKinds)
	if err != nil {
		return store.Token{}, store.User{}, err
	}
	now := f.now()
	if !found || !f.confirms(token, user) || now.After(token.CreatedAt.Add(f.settings.CodeLifetime)) {
		return store.Token{}, store.User{}, f.refuseCode(ctx, r, r.Email, changeKinds, now)
	}
	if isBanned(user, now) {
		return store.Token{}, store.User{}, bannedCaller()
	}
	return token, user, nil
}

// confirms reports whether a token went to an address that has a say: the one that the user is waiting for, or the one that they
// leave. Either may have become another since.
func (f *Flows) confirms(t store.Token, u store.User) bool {
	if t.Kind == store.EmailChangeNew {
		return strings.EqualFold(t.RelatesTo, u.EmailChange)
	}
	return f.bothConfirm(u) && strings.EqualFold(t.RelatesTo, u.Email)
}

// emailChange is the use of a token of a change of address.
func (f *Flows) emailChange(t store.Token, u store.User, v Visit) store.EmailChange {
	email, now := strings.ToLower(u.EmailChange), f.now()
	identities := []store.Identity{emailIdentity(u, email, now)}
	return store.EmailChange{
		UserID: u.ID, TokenID: t.ID, Hash: t.Hash, Kind: t.Kind, Email: email, Current: strings.ToLower(u.Email), Both: f.bothConfirm(u),
		Identities: identities, AppData: withProviders(u, nil, identities), At: now,
		Entries: []store.Entry{line(actionModified, u, v, now, nil)},
	}
}

// ResendEmailChange sends the mails about a user's new address once more, with new codes; what was confirmed with the old ones
// does not count any more. It is asked for by the address that the user has. Nobody is told whether there is a user who waits
// for it; a second mail within Settings.MailEvery is refused to everybody alike.
func (f *Flows) ResendEmailChange(ctx context.Context, r MailRequest, v Visit) error {
	if !f.settings.Email {
		return emailRecoveryDisabled()
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return err
	}
	user, found, wait, err := f.turn(ctx, timerChange, strings.ToLower(r.Email))
	switch {
	case err != nil:
		return err
	case wait > 0:
		return mailTooOften(wait)
	case !found || user.EmailChange == "":
		return nil
	}
	r.Email = strings.ToLower(user.EmailChange)
	w := store.Update{UserID: user.ID, At: f.now(), Pending: r.Email}
	tickets := f.askToConfirm(user, r, &w, v)
	changed, ok, err := f.store.UpdateUser(ctx, w)
	if err != nil || !ok {
		return err
	}
	return f.handOver(ctx, changed, tickets)
}
