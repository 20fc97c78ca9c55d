package flow

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// SignInWithPassword signs in by address and password. An unknown user, one without a password and a wrong password get one
// answer, after one time. That the user is banned, or has not confirmed the address, is told to those who know the password.
func (f *Flows) SignInWithPassword(ctx context.Context, email, plain string, v Visit) (Signed, error) {
	if !f.settings.Email {
		return Signed{}, emailDisabled()
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if f.settings.Credentials != nil {
		return f.signInElsewhere(ctx, email, plain, v)
	}
	user, found, err := f.store.UserByEmail(ctx, email, f.settings.Audience)
	if err != nil {
		return Signed{}, err
	}
	if err := f.checkPassword(ctx, user, found, plain, v); err != nil {
		return Signed{}, err
	}
	if err := f.mayEnter(user, f.now()); err != nil {
		return Signed{}, err
	}
	return f.enter(ctx, user, how{methodPassword, "email"}, v)
}

// SignInByPhone is SignInWithPassword for a number, which is digits alone.
func (f *Flows) SignInByPhone(ctx context.Context, phone, plain string, v Visit) (Signed, error) {
	if !f.settings.Phone.On {
		return Signed{}, phonePasswordDisabled()
	}
	user, found, err := f.store.UserByPhone(ctx, phone, f.settings.Audience)
	if err != nil {
		return Signed{}, err
	}
	if err := f.checkPassword(ctx, user, found, plain, v); err != nil {
		return Signed{}, err
	}
	switch {
	case isBanned(user, f.now()):
		return Signed{}, banned()
	case user.PhoneConfirmedAt == nil:
		return Signed{}, phoneNotConfirmed()
	}
	return f.enter(ctx, user, how{methodPassword, store.ByPhone}, v)
}

// checkPassword refuses a password that is not a user's. It takes as long where no user was found.
func (f *Flows) checkPassword(ctx context.Context, u store.User, found bool, plain string, v Visit) error {
	if !found {
		password.Pretend(plain)
		return invalidCredentials()
	}
	ok, err := password.Verify(u.EncryptedPassword, plain)
	if err != nil {
		slog.WarnContext(ctx, "a password cannot be verified", "user", u.ID, "error", err)
	}
	if err := f.passwordTried(ctx, u, ok, v); err != nil {
		return err
	}
	if !ok {
		return invalidCredentials()
	}
	return nil
}

// mayEnter refuses a user who has shown who they are and must stay outside all the same.
func (f *Flows) mayEnter(u store.User, now time.Time) error {
	switch {
	case isBanned(u, now):
		return banned()
	case u.EmailConfirmedAt == nil && !f.settings.AllowUnconfirmed:
		return emailNotConfirmed()
	}
	return nil
}

func isBanned(u store.User, now time.Time) bool {
	return u.DeletedAt != nil || u.BannedUntil != nil && u.BannedUntil.After(now)
}

// how is how a user has shown who they are.
type how struct {
	Method   string // in the claim amr: "password", "otp", "oauth", ...
	Provider string // of the identity that was used: "email", "phone", "google", ...; "" for none
}

// methodPassword is the method of those who know the user's password.
const methodPassword = "password"

// enter makes the session of a user who may have one.
func (f *Flows) enter(ctx context.Context, u store.User, h how, v Visit) (Signed, error) {
	now := f.now()
	n := newSession(u, h, v, now)
	if h.Method == methodPassword {
		n.Password = u.EncryptedPassword
	}
	session, user, ok, err := f.store.SignIn(ctx, n)
	switch {
	case err != nil:
		return Signed{}, err
	case !ok && h.Method == methodPassword: // another one was set while this one was being verified, or the user is banned by now
		return Signed{}, invalidCredentials()
	case !ok: // banned or deleted in the meantime
		return Signed{}, banned()
	}
	return f.sign(ctx, session, user, now)
}

// newSession is what a sign-in writes.
func newSession(u store.User, h how, v Visit, now time.Time) store.SignIn {
	var traits map[string]any
	if h.Provider != "" {
		traits = map[string]any{"provider": h.Provider}
	}
	return store.SignIn{
		Session: store.Session{
			ID: uuid.New().String(), UserID: u.ID, AAL: "aal1", UserAgent: v.UserAgent, IP: v.IP, Key: refresh.NewKey().Column(), CreatedAt: now,
		},
		Method:   store.Method{ID: uuid.New().String(), Name: h.Method, CreatedAt: now},
		Provider: h.Provider,
		Entry:    line(actionLogin, u, v, now, traits),
	}
}

// sign makes the tokens of a session as it stands, after a sign-in.
func (f *Flows) sign(ctx context.Context, s store.Session, u store.User, now time.Time) (Signed, error) {
	token, err := mint(s)
	if err != nil {
		return Signed{}, err
	}
	method := ""
	if len(s.Methods) > 0 {
		method = s.Methods[0].Name
	}
	return f.signBeside(ctx, token, holder{s, u, method, now})
}

// signAgain makes the tokens of a session as it stands, after a refresh.
func (f *Flows) signAgain(ctx context.Context, s store.Session, u store.User, now time.Time) (Signed, error) {
	token, err := mint(s)
	if err != nil {
		return Signed{}, err
	}
	return f.signBeside(ctx, token, holder{s, u, methodRefresh, now})
}

// methodRefresh is the method of a token that was made for a refresh token. No session has it.
const methodRefresh = "token_refresh"

// mint makes the refresh token of a session.
func mint(s store.Session) (string, error) {
	key, err := refresh.ParseKey(s.Key)
	if err != nil {
		return "", fmt.Errorf("session %s: %w", s.ID, err)
	}
	return refresh.Mint(s.ID, s.Counter, key)
}

// holder is whom an access token is made for.
type holder struct {
	session store.Session
	user    store.User
	method  string // how they have come to it
	at      time.Time
}

// signBeside makes the access token of a session whose refresh token is made.
func (f *Flows) signBeside(ctx context.Context, token string, h holder) (Signed, error) {
	expires := h.at.Add(f.settings.Lifetime)
	raw, err := f.issue(ctx, f.claims(h.session, h.user, h.at, expires), h.method)
	if err != nil {
		return Signed{}, fmt.Errorf("signing an access token: %w", err)
	}
	return Signed{
		AccessToken: raw, ExpiresIn: f.settings.Lifetime, ExpiresAt: expires.Truncate(time.Second), RefreshToken: token, Session: h.session, User: h.user,
	}, nil
}

func (f *Flows) claims(s store.Session, u store.User, now, expires time.Time) access.Claims {
	c := access.Claims{
		Subject: u.ID, Audience: access.Audience(u.Aud), Issued: now.Unix(), Expires: expires.Unix(), Email: u.Email,
		AppMetadata: u.AppMetadata, UserMetadata: u.UserMetadata, Role: u.Role, AAL: s.AAL, SessionID: s.ID, IsAnonymous: u.IsAnonymous,
	}
	if u.Phone != nil {
		c.Phone = *u.Phone
	}
	for _, m := range s.Methods {
		c.Methods = append(c.Methods, access.Method{Method: m.Name, Timestamp: m.UpdatedAt.Unix()})
	}
	return c
}
