package flow

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// kindNonce is the kind of token that a user shows who they are by once more.
const kindNonce = "reauthentication_token"

type reauthenticateStore interface {
	NewReauthentication(ctx context.Context, t store.Token, before time.Time, e store.Entry) (store.User, bool, error)
}

// Reauthenticate sends the caller a code by which they show once more who they are: a new password may take one.
func (f *Flows) Reauthenticate(ctx context.Context, c Caller, v Visit) error {
	now, to := f.now(), strings.ToLower(c.User.Email)
	switch {
	case to == "" && number(c.User) != "":
		return f.reauthenticateByPhone(ctx, c, v)
	case to == "":
		return nothingToReauthenticate()
	case c.User.EmailConfirmedAt == nil:
		return confirmFirst()
	}
	t := ticket{Purpose: "reauthentication", To: to, Code: newCode(f.settings.CodeLength)}
	entry := line(actionReauthenticate, c.User, v, now, nil)
	user, due, err := f.store.NewReauthentication(ctx, t.token(kindNonce, c.User.ID, now), now.Add(-f.settings.MailEvery), entry)
	switch {
	case err != nil:
		return err
	case !due:
		return mailTooOften(f.wait(c.User.ReauthSent, now))
	}
	letter := f.letter(mail.Reauthentication, user, t)
	letter.ConfirmationURL = "" // the code alone is asked for
	return f.send(ctx, user, letter)
}

// wait is how long it takes until another mail may go out after one at sent.
func (f *Flows) wait(sent *time.Time, now time.Time) time.Duration {
	if sent == nil {
		return f.settings.MailEvery
	}
	return f.settings.MailEvery - now.Sub(*sent)
}

// nonceTo is where the code goes: to the user's address or, without one, to the number.
func nonceTo(u store.User) string { return cmp.Or(strings.ToLower(u.Email), number(u)) }

// nonceLifetime is how long the code is worth something.
func (f *Flows) nonceLifetime(u store.User) time.Duration {
	if u.Email == "" {
		return f.settings.Phone.CodeLifetime
	}
	return f.settings.CodeLifetime
}

func nonceHash(u store.User, code string) string { return tokenHash(nonceTo(u), code) }

// isNonce reports whether t, whose hash is that of the code which was brought, shows who the user is.
func (f *Flows) isNonce(u store.User, t *store.Token, now time.Time) bool {
	return t != nil && t.RelatesTo == nonceTo(u) && !now.After(t.CreatedAt.Add(f.nonceLifetime(u)))
}

// refuseNonce counts a wrong guess.
func (f *Flows) refuseNonce(ctx context.Context, u store.User, now time.Time) error {
	if _, err := f.store.Fail(ctx, nonceTo(u), []string{kindNonce}, now.Add(f.nonceLifetime(u)), mostGuesses); err != nil {
		return err
	}
	return nonceNotValid()
}
