package flow

import (
	"context"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
)

// mostGuesses is how many wrong guesses a code stands. With six digits a guesser has one chance in a hundred thousand by then.
const mostGuesses = 10

// purposes are what a verification may be for, with the kinds of tokens that do: a code sent for one purpose does not serve
// another (GoTrue, verify.go).
var purposes = map[string][]string{
	"signup": {"confirmation_token"}, "invite": {"confirmation_token"},
	"recovery": {"recovery_token"}, "magiclink": {"recovery_token"},
	"email": {"confirmation_token", "recovery_token"},
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
	kinds, ok := purposes[r.Purpose]
	if !ok {
		return Signed{}, unknownPurpose()
	}
	email, hash := strings.ToLower(strings.TrimSpace(r.Email)), r.Hash
	if hash == "" {
		hash = tokenHash(email, r.Code)
	}
	token, user, found, err := f.store.Token(ctx, hash, kinds, f.settings.Audience)
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	elsewhere := r.Hash == "" && token.RelatesTo != email // the hash does not part address and code
	if !found || elsewhere || now.After(token.CreatedAt.Add(f.settings.CodeLifetime)) {
		return Signed{}, f.refuseCode(ctx, r, email, kinds, now)
	}
	if isBanned(user, now) {
		return Signed{}, bannedCaller()
	}
	return f.redeem(ctx, token, user, v, now)
}

// refuseCode counts a wrong guess against the address. A hash is too long to be guessed.
func (f *Flows) refuseCode(ctx context.Context, r Verification, email string, kinds []string, now time.Time) error {
	if r.Hash == "" {
		if _, err := f.store.Fail(ctx, email, kinds, now.Add(f.settings.CodeLifetime), mostGuesses); err != nil {
			return err
		}
	}
	return codeExpired()
}

func (f *Flows) redeem(ctx context.Context, t store.Token, u store.User, v Visit, now time.Time) (Signed, error) {
	session, user, ok, err := f.store.Redeem(ctx, t, newSession(u, how{"otp", "email"}, v, now))
	if err != nil {
		return Signed{}, err
	}
	if !ok { // somebody else was faster
		return Signed{}, codeExpired()
	}
	return f.sign(ctx, session, user, now)
}
