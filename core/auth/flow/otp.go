package flow

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// methodSignUp is the method of a session that the confirmation of an address ends in.
const methodSignUp = "email/signup"

// CodeRequest asks for a code, and a link, to sign in with.
type CodeRequest struct {
	MailRequest
	Data       json.RawMessage // the metadata of a user who is new: a JSON object, or nil
	CreateUser bool            // an address that is nobody's gets an account
}

// SendCode sends a mail that signs in without a password. An address that is nobody's gets an account, and one that nobody has
// confirmed another mail to confirm it, which signs in as well. Without CreateUser it tells that there is no user, which
// clients rely on.
//
// A second mail within Settings.MailEvery is refused to everybody alike. A turn that comes to nothing, because the user has got
// a mail by another way, is not told.
func (f *Flows) SendCode(ctx context.Context, r CodeRequest, v Visit) error {
	if !f.settings.Email {
		return emailDisabled()
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return err
	}
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	user, found, wait, err := f.turn(ctx, timerRecovery, r.Email)
	switch {
	case err != nil:
		return err
	case !found && !r.CreateUser:
		return otpDisabled()
	case wait > 0:
		return mailTooOften(wait)
	case !found:
		return f.sendFirstCode(ctx, r, v)
	}
	return f.sendCode(ctx, user, r, v)
}

// sendCode sends a mail to a user.
func (f *Flows) sendCode(ctx context.Context, u store.User, r CodeRequest, v Visit) error {
	if u.EmailConfirmedAt != nil {
		return f.letIn(ctx, u, door{"magiclink", mail.MagicLink, r.MailRequest}, v)
	}
	_, _, err := f.remind(ctx, u, r.signUp(), v)
	return err
}

// sendFirstCode makes the user first. Where addresses are believed without a mail, the mail that goes out now is not one to
// confirm it.
func (f *Flows) sendFirstCode(ctx context.Context, r CodeRequest, v Visit) error {
	if !f.settings.SignUp {
		return signUpDisabled()
	}
	made, t, err := f.newAccount(ctx, r.signUp(), "", v)
	if errors.Is(err, store.ErrTaken) { // by another request, which has sent a mail
		return mailTooOften(f.settings.MailEvery)
	}
	if err != nil {
		return err
	}
	if f.settings.Autoconfirm {
		return f.sendCode(ctx, made, r, v)
	}
	return f.send(ctx, made, f.letter(mail.Confirmation, made, t))
}

// signUp is the sign-up that the request comes down to for an address that is nobody's.
func (r CodeRequest) signUp() SignUp {
	return SignUp{Email: r.Email, Data: r.Data, RedirectTo: r.RedirectTo, Challenge: r.Challenge}
}

// Resend sends the mail that confirms the address of a new account once more. Nobody is told whether there is one that waits
// for it; a second mail within Settings.MailEvery is refused to everybody alike.
func (f *Flows) Resend(ctx context.Context, r MailRequest, v Visit) error {
	if !f.settings.Email {
		return emailRecoveryDisabled()
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return err
	}
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	user, found, wait, err := f.turn(ctx, timerConfirmation, r.Email)
	switch {
	case err != nil:
		return err
	case wait > 0:
		return mailTooOften(wait)
	case !found:
		user = nobody(r.Email)
	}
	_, _, err = f.remind(ctx, user, CodeRequest{MailRequest: r}.signUp(), v)
	return err
}
