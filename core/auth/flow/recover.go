package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// mailStore is what flows need that send a mail to whoever an address belongs to.
type mailStore interface {
	UserInTurn(ctx context.Context, email, audience string, c store.Count) (u store.User, found bool, wait time.Duration, err error)
	NewRecovery(ctx context.Context, t store.Token, before time.Time, e store.Entry) (store.User, bool, error)
}

// timer is what the time between two mails to an address is measured by. GoTrue has one for each kind of mail, with the user;
// here are as many as there are ways to ask for one: what mail goes out depends on the user.
type timer string

const (
	timerConfirmation timer = "confirmation" // a sign-up, and its mail once more
	timerRecovery     timer = "recovery"     // to be let in
	timerChange       timer = "email_change" // a new address, once more
)

// turn gives the user of an address that somebody asks a mail for, and counts that. There is one turn in Settings.MailEvery for
// each address, whether or not it is anybody's: wait is 0 for that one. Otherwise the time since a user's last mail would tell
// that there is a user.
func (f *Flows) turn(ctx context.Context, t timer, email string) (u store.User, found bool, wait time.Duration, err error) {
	sum := sha256.Sum256([]byte(email)) // addresses of people who have no account are not kept
	c := store.Count{Bucket: string(t) + " " + hex.EncodeToString(sum[:]), At: f.now(), Window: f.settings.MailEvery}
	return f.store.UserInTurn(ctx, email, f.settings.Audience, c)
}

// MailRequest asks for a mail.
type MailRequest struct {
	Email      string // in any case; its form has been checked
	RedirectTo string // where the link in the mail leads in the end; it has been chosen by redirect.Policy
	Challenge  Challenge
}

// Recover sends a mail to somebody who has lost the password. Nobody is told whether there is a user, nor that one has asked
// too short a time ago: then no mail goes out.
//
// For an address that is nobody's it asks the same of the database, in as many statements; what remains is that nothing is
// written there, and above all that no mail is handed over, which takes as long as the mail server takes. A mail that fails is
// told, since its sender would wait for it in vain.
func (f *Flows) Recover(ctx context.Context, r MailRequest, v Visit) error {
	if !f.settings.Email {
		return emailRecoveryDisabled()
	}
	if err := f.settings.PKCE.check(r.Challenge); err != nil {
		return err
	}
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	user, found, wait, err := f.turn(ctx, timerRecovery, r.Email)
	if err != nil {
		return err
	}
	if !found || wait > 0 {
		user = nobody(r.Email)
	}
	return f.letIn(ctx, user, door{"recovery", mail.Recovery, r}, v)
}

// nobody is a user whom the database does not know.
func nobody(email string) store.User { return store.User{ID: uuid.New().String(), Email: email} }

// door is the way by which a mail lets somebody in.
type door struct {
	purpose string // of the link, and the method of the session at the end of a flow of PKCE: "recovery" or "magiclink"
	kind    mail.Kind
	request MailRequest
}

// letIn sends a user a mail that lets them in. Nothing happens to one who got one too short a time ago, or whom there is not.
func (f *Flows) letIn(ctx context.Context, u store.User, d door, v Visit) error {
	now := f.now()
	t := ticket{
		Purpose: d.purpose, To: strings.ToLower(u.Email), Code: newCode(f.settings.CodeLength),
		State: d.request.Challenge.state(u.ID, d.purpose, now), RedirectTo: d.request.RedirectTo, External: v.External,
	}
	entry := line(actionRecoveryRequested, u, v, now, nil)
	user, due, err := f.store.NewRecovery(ctx, t.token(tokenRecovery, u.ID, now), now.Add(-f.settings.MailEvery), entry)
	if err != nil || !due {
		return err
	}
	return f.send(ctx, user, f.letter(d.kind, user, t))
}
