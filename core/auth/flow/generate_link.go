package flow

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// LinkRequest asks for a link that the administrator delivers.
type LinkRequest struct {
	Purpose    string          // one of linkKinds
	Email      string          // in lower case; its form has been checked
	NewEmail   string          // of a change of address: in lower case; its form has been checked
	Password   string          // of a new user, for the purpose "signup"
	Data       json.RawMessage // the user's metadata: a JSON object, or nil
	RedirectTo string          // where the link leads in the end; it has been chosen by redirect.Policy
}

// Link is a link for an administrator to deliver.
type Link struct {
	User    store.User
	Purpose string // that it has come to: a "magiclink" for nobody signs up
	URL     string
	Code    string
	Hash    string // that the link holds
}

// The purposes of links.
const (
	linkSignUp        = "signup"
	linkInvite        = "invite"
	linkMagic         = "magiclink"
	linkRecovery      = "recovery"
	linkChangeCurrent = "email_change_current"
	linkChangeNew     = "email_change_new"
)

// linkKinds are the kinds of mail that would bring the links of each purpose.
var linkKinds = map[string]mail.Kind{
	linkSignUp: mail.Confirmation, linkInvite: mail.Invite, linkMagic: mail.MagicLink, linkRecovery: mail.Recovery,
	linkChangeCurrent: mail.EmailChange, linkChangeNew: mail.EmailChange,
}

// linksForNobody are the purposes of links that somebody may get who is no user: they make one.
var linksForNobody = []string{linkSignUp, linkInvite, linkMagic}

// IsChange reports a link that confirms another address of the user.
func (r LinkRequest) IsChange() bool { return linkKinds[r.Purpose] == mail.EmailChange }

// granted is a ticket that an administrator has had made.
type granted struct {
	user    store.User
	purpose string
	ticket  ticket
}

// GenerateLink makes a link as the mails have it, and sends nothing. The last link of its kind is worth nothing then.
func (f *Flows) GenerateLink(ctx context.Context, a Admin, r LinkRequest, v Visit) (Link, error) {
	g, err := f.grant(ctx, a, r, v)
	if err != nil {
		return Link{}, err
	}
	return Link{User: g.user, Purpose: g.purpose, URL: f.link(linkKinds[g.purpose], g.ticket), Code: g.ticket.Code, Hash: g.ticket.hash()}, nil
}

// Invite makes the user of an address, or takes one who has not confirmed it, and sends them a link by which they come in.
func (f *Flows) Invite(ctx context.Context, a Admin, r LinkRequest, v Visit) (store.User, error) {
	r.Purpose = linkInvite
	g, err := f.grant(ctx, a, r, v)
	if err != nil {
		return store.User{}, err
	}
	return g.user, f.send(ctx, g.user, f.letter(mail.Invite, g.user, g.ticket))
}

// grant writes the ticket of a link, and the user where there is none yet.
func (f *Flows) grant(ctx context.Context, a Admin, r LinkRequest, v Visit) (granted, error) {
	if _, ok := linkKinds[r.Purpose]; !ok {
		return granted{}, unknownLink(r.Purpose)
	}
	user, found, err := f.store.UserByEmail(ctx, r.Email, f.settings.Audience)
	if err != nil {
		return granted{}, err
	}
	if !found {
		made, err := f.grantNobody(ctx, a, r, v)
		if !errors.Is(err, store.ErrTaken) {
			return made, err
		}
		if user, found, err = f.store.UserByEmail(ctx, r.Email, f.settings.Audience); err != nil || !found {
			return granted{}, errors.Join(err, contendedSignUp())
		}
	}
	return f.grantUser(ctx, a, r, user, v)
}

// linkTicket is the ticket of a link. Where an address changes, it goes to the one that is asked.
func (f *Flows) linkTicket(r LinkRequest, u store.User, v Visit) ticket {
	t := ticket{Purpose: r.Purpose, To: strings.ToLower(u.Email), Code: newCode(f.settings.CodeLength), RedirectTo: r.RedirectTo, External: v.External}
	if r.IsChange() {
		t.Purpose = purposeChange
	}
	if r.Purpose == linkChangeNew {
		t.To = r.NewEmail
	}
	return t
}

// grantNobody makes the user of a link, too. The error is store.ErrTaken where somebody else was faster.
func (f *Flows) grantNobody(ctx context.Context, a Admin, r LinkRequest, v Visit) (granted, error) {
	if !slices.Contains(linksForNobody, r.Purpose) {
		return granted{}, unknownEmail()
	}
	hash, err := f.linkPassword(r)
	if err != nil {
		return granted{}, err
	}
	if r.Purpose == linkMagic {
		r.Purpose = linkSignUp
	}
	n := AdminUser{Email: r.Email, UserMetadata: r.Data}
	if hash != "" {
		n.Password = &r.Password
	}
	if err := f.openFor(ctx, &n); err != nil {
		return granted{}, err
	}
	now := f.now()
	user, noted := f.userOf(n, hash, now), r.issue(now)
	user.ConfirmationSent, user.InvitedAt = noted.ConfirmationSentAt, noted.InvitedAt
	t := f.linkTicket(r, user, v)
	made, err := f.create(ctx, store.NewUser{
		User: user, Tokens: []store.Token{t.token(tokenConfirmation, user.ID, now)}, Entry: a.line(r.action(), user, v, now),
	}, v)
	if err != nil {
		f.withdraw(ctx, user.ID, err)
	}
	return granted{made, r.Purpose, t}, err
}

// linkPassword is the hash of the password of a user who signs up by a link; "" for those who come in otherwise.
func (f *Flows) linkPassword(r LinkRequest) (string, error) {
	if r.Purpose != linkSignUp {
		return "", nil
	}
	if r.Password == "" {
		return "", noPassword()
	}
	if err := f.settings.Passwords.Check(r.Password); err != nil {
		return "", err
	}
	return f.hash(r.Password)
}

// grantUser writes the ticket of a link for a user whom there is.
func (f *Flows) grantUser(ctx context.Context, a Admin, r LinkRequest, u store.User, v Visit) (granted, error) {
	i, t := r.issue(f.now()), f.linkTicket(r, u, v)
	if err := f.mayLink(ctx, r, i, u); err != nil {
		return granted{}, err
	}
	i.Email, i.Token, i.Entry = u.Email, t.token(r.kind(), u.ID, i.At), a.line(r.action(), u, v, i.At)
	issued, ok, err := f.store.Issue(ctx, i)
	switch {
	case err != nil:
		return granted{}, err
	case !ok && i.Unconfirmed: // confirmed in the meantime
		return granted{}, emailExists()
	case !ok:
		return granted{}, unknownEmail()
	}
	return granted{issued, r.Purpose, t}, nil
}

// mayLink refuses a link that would lead nowhere.
func (f *Flows) mayLink(ctx context.Context, r LinkRequest, i store.Issue, u store.User) error {
	switch {
	case i.Unconfirmed && u.EmailConfirmedAt != nil:
		return emailExists()
	case !r.IsChange():
		return nil
	case r.Purpose == linkChangeCurrent && !f.settings.Update.BothAddresses:
		return currentNeedsSecure()
	case strings.EqualFold(r.NewEmail, u.Email):
		return emailExists()
	}
	taken, _, err := f.store.Taken(ctx, r.NewEmail, "", u.ID)
	if err == nil && taken {
		err = emailExists()
	}
	return err
}

// issue is what is noted of a link with its user.
func (r LinkRequest) issue(now time.Time) store.Issue {
	i := store.Issue{At: now}
	switch r.Purpose {
	case linkSignUp:
		i.Unconfirmed, i.ConfirmationSentAt, i.UserMetadata = true, &now, r.Data
	case linkInvite:
		i.Unconfirmed, i.ConfirmationSentAt, i.InvitedAt = true, &now, &now
	case linkMagic, linkRecovery:
		i.RecoverySentAt = &now
	case linkChangeCurrent, linkChangeNew:
		i.EmailChange = r.NewEmail
	}
	return i
}

// kind is the kind of token that a link holds.
func (r LinkRequest) kind() string {
	switch r.Purpose {
	case linkSignUp, linkInvite:
		return tokenConfirmation
	case linkChangeCurrent:
		return store.EmailChangeCurrent
	case linkChangeNew:
		return store.EmailChangeNew
	}
	return tokenRecovery
}

// action is what the audit log says of a link.
func (r LinkRequest) action() action {
	switch r.Purpose {
	case linkSignUp:
		return actionConfirmationRequested
	case linkInvite:
		return actionInvited
	case linkChangeCurrent, linkChangeNew:
		return actionModified
	}
	return actionRecoveryRequested
}
