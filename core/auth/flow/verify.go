package flow

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pergola-dev/pergola/core/auth/store"
)

// mostGuesses is how many wrong guesses a code stands. With six digits a guesser has one chance in a hundred thousand by then.
const mostGuesses = 10

// The kinds of tokens that show whose an address is.
const (
	tokenConfirmation = "confirmation_token"
	tokenRecovery     = "recovery_token"
)

// purposes are what a verification may be for, with the kinds of tokens that do: a code sent for one purpose does not serve
// another (GoTrue, verify.go).
var purposes = map[string][]string{
	"signup": {tokenConfirmation}, "invite": {tokenConfirmation},
	"recovery": {tokenRecovery}, "magiclink": {tokenRecovery},
	"email": {tokenConfirmation, tokenRecovery},
}

// Verification is what somebody brings who got a mail: the hash out of its link, or the code with the address it went to.
type Verification struct {
	Purpose string // "signup", "invite", "recovery", "magiclink" or "email"
	Hash    string // "" for a code
	Email   string
	Code    string
}

// Verify signs in whoever has got the mail, and counts the address as confirmed. A token serves once, also when it comes many
// times at the same moment.
func (f *Flows) Verify(ctx context.Context, r Verification, v Visit) (Signed, error) {
	token, user, err := f.presented(ctx, r, v)
	if err != nil {
		return Signed{}, err
	}
	return f.redeem(ctx, token, user, r, v)
}

// Followed is what comes of following a link: a session, or a code for the client that has asked for the link.
type Followed struct {
	Signed Signed
	Code   string // "" for a session
}

// Follow is Verify for whoever follows the link of a mail, which the hash is out of. A link of a flow of PKCE gives nobody a
// session but the client that began the flow.
func (f *Flows) Follow(ctx context.Context, r Verification, v Visit) (Followed, error) {
	token, user, err := f.presented(ctx, r, v)
	if err != nil {
		return Followed{}, err
	}
	if ForCode(token.Hash) {
		code, err := f.redeemForCode(ctx, token, user, r.Purpose, v)
		return Followed{Code: code}, err
	}
	signed, err := f.redeem(ctx, token, user, r, v)
	return Followed{Signed: signed}, err
}

// ForCode reports whether the hash out of a link is that of a flow of PKCE, which hears of its errors elsewhere, too.
func ForCode(hash string) bool { return strings.HasPrefix(hash, pkcePrefix) }

// presented finds the token that somebody brings, and its user, who may come in.
func (f *Flows) presented(ctx context.Context, r Verification, v Visit) (store.Token, store.User, error) {
	kinds, ok := purposes[r.Purpose]
	if !ok {
		return store.Token{}, store.User{}, unknownPurpose()
	}
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	token, user, found, err := f.find(ctx, r, kinds)
	if err != nil {
		return store.Token{}, store.User{}, err
	}
	now := f.now()
	if !found || now.After(token.CreatedAt.Add(f.settings.CodeLifetime)) {
		if token, user, found, err = f.codeFromElsewhere(ctx, r, v); err != nil {
			return store.Token{}, store.User{}, err
		}
	}
	if !found {
		return store.Token{}, store.User{}, f.refuseCode(ctx, r, r.Email, kinds, now)
	}
	if isBanned(user, now) {
		return store.Token{}, store.User{}, bannedCaller()
	}
	return token, user, f.confirmElsewhere(ctx, user)
}

// find looks for a token by the hash, or by that of code and address. As the hash does not part these, the token must have
// gone to the address.
func (f *Flows) find(ctx context.Context, r Verification, kinds []string) (store.Token, store.User, bool, error) {
	if !utf8.ValidString(r.Hash) || strings.ContainsRune(r.Hash, 0) { // which no column holds
		return store.Token{}, store.User{}, false, nil
	}
	if r.Hash != "" {
		token, user, found, err := f.store.Token(ctx, r.Hash, kinds, f.settings.Audience)
		return token, user, found && !wentByText(token, user), err
	}
	token, user, found, err := f.store.TokenOfCode(ctx, tokenHash(r.Email, r.Code), kinds, f.settings.Audience)
	return token, user, found && token.RelatesTo == r.Email, err
}

// refuseCode counts a wrong guess against the address. A hash is too long to be guessed.
func (f *Flows) refuseCode(ctx context.Context, r Verification, email string, kinds []string, now time.Time) error {
	if r.Hash != "" {
		return linkExpired()
	}
	if _, err := f.store.Fail(ctx, email, kinds, now.Add(f.settings.CodeLifetime), mostGuesses); err != nil {
		return err
	}
	return codeExpired()
}

func (f *Flows) redeem(ctx context.Context, t store.Token, u store.User, r Verification, v Visit) (Signed, error) {
	now := f.now()
	n := newSession(u, how{"otp", "email"}, v, now)
	n.Entry = line(entering(u), u, v, now, map[string]any{"provider": "email"})
	session, user, ok, err := f.store.Redeem(ctx, t, n)
	switch {
	case err != nil:
		return Signed{}, err
	case !ok && r.Hash != "": // somebody else was faster
		return Signed{}, linkExpired()
	case !ok:
		return Signed{}, codeExpired()
	}
	return f.sign(ctx, session, user, now)
}
