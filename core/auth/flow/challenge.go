package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/totp"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

type challengeStore interface {
	Challenge(ctx context.Context, c store.Challenge, user string, e store.Entry) (bool, error)
	Guess(ctx context.Context, g store.Guess) (store.Guessed, bool, error)
	Meet(ctx context.Context, m store.Met) (store.Session, store.User, bool, error)
}

// How often the code of a factor may be guessed at, by all addresses and sessions together: freely a few times, and then ever
// more rarely. Each guess has three chances in a million; a guesser who never stops gets 24 guesses a day, and needs
// decades. It also is how long somebody who knows the password can keep the user from using the factor.
const (
	freeGuesses   = 5
	firstLock     = 30 * time.Second
	longestLock   = time.Hour
	forgetGuesses = 24 * time.Hour
)

// FactorChallenge is a challenge that waits for a code.
type FactorChallenge struct {
	ID        string
	Type      string // of the factor
	ExpiresAt time.Time
}

// challengeAttempts is how often a challenge looks for a moment at which no other factor was challenged.
const challengeAttempts = 4

// ChallengeFactor begins the use of a factor of the caller's. The code must come from the same address, where addresses are
// known.
func (f *Flows) ChallengeFactor(ctx context.Context, c Caller, id string, v Visit) (FactorChallenge, error) {
	factor, err := f.usable(c, id)
	if err != nil {
		return FactorChallenge{}, err
	}
	challenge := store.Challenge{ID: uuid.New().String(), FactorID: factor.ID, CreatedAt: f.now(), IP: cmp.Or(v.IP, store.Nowhere)}
	entry := line(actionFactorChallenged, c.User, v, challenge.CreatedAt, map[string]any{"factor_id": factor.ID, "factor_status": factor.Status})
	for range challengeAttempts {
		ok, err := f.store.Challenge(ctx, challenge, c.User.ID, entry)
		switch {
		case errors.Is(err, store.ErrTaken):
			challenge.CreatedAt = challenge.CreatedAt.Add(time.Microsecond)
			continue
		case err != nil:
			return FactorChallenge{}, err
		case !ok:
			return FactorChallenge{}, factorNotFound()
		}
		return FactorChallenge{ID: challenge.ID, Type: factor.Type, ExpiresAt: challenge.CreatedAt.Add(f.settings.Factors.Challenge)}, nil
	}
	return FactorChallenge{}, contendedFactors()
}

// usable gives a factor of the caller's that can be challenged and verified here.
func (f *Flows) usable(c Caller, id string) (store.Factor, error) {
	factor, err := owned(c, id)
	if err != nil {
		return store.Factor{}, err
	}
	if factor.Type != typeTOTP || !f.settings.Factors.Verify {
		return store.Factor{}, verificationOff(factor.Type)
	}
	return factor, nil
}

// FactorCode is what a user brings who was challenged.
type FactorCode struct {
	Factor    string
	Challenge string
	Code      string
}

// VerifyFactor raises the caller's session to the level aal2, ends the user's sessions of a lower one, and verifies the factor
// if it is not. A code serves once, whatever challenge it comes with, also when it comes many times at the same moment. The
// refresh tokens that the session has had are worth nothing afterwards.
func (f *Flows) VerifyFactor(ctx context.Context, c Caller, code FactorCode, v Visit) (Signed, error) {
	factor, err := f.answerable(c, code)
	if err != nil {
		return Signed{}, err
	}
	secret, err := totp.ParseSecret(factor.Secret)
	if err != nil {
		return Signed{}, fmt.Errorf("factor %s: %w", factor.ID, err)
	}
	now := f.now()
	lastStep, err := f.guess(ctx, store.Guess{
		Challenge: code.Challenge, Factor: factor.ID, User: c.User.ID, IP: v.IP, At: now, Oldest: now.Add(-f.settings.Factors.Challenge),
		Free: freeGuesses, Pause: firstLock, Longest: longestLock, Forget: forgetGuesses,
	})
	if err != nil {
		return Signed{}, err
	}
	step, ok := secret.Match(code.Code, now)
	ok = ok && step > lastStep
	if err := f.factorTried(ctx, FactorTry{Factor: factor.ID, Type: factor.Type, User: c.User.ID, Valid: ok}); err != nil {
		return Signed{}, err
	}
	if !ok {
		return Signed{}, wrongFactorCode()
	}
	return f.meet(ctx, c, code, v, met{factor, step, now})
}

// answerable gives the factor that a code is for.
func (f *Flows) answerable(c Caller, code FactorCode) (store.Factor, error) {
	factor, err := f.usable(c, code.Factor)
	switch {
	case err != nil:
		return store.Factor{}, err
	case code.Code == "":
		return store.Factor{}, noFactorCode()
	case !uuid.Is(code.Challenge):
		return store.Factor{}, challengeNotFound()
	case factor.Status != statusVerified && hasVerified(c.User.Factors) && c.Session.AAL != levelTwo:
		return store.Factor{}, enrolmentNeedsAAL2()
	}
	return factor, nil
}

// guess counts a guess before the code is looked at, and gives the step of the code that was used last. Its fault says why
// the challenge cannot be met.
func (f *Flows) guess(ctx context.Context, g store.Guess) (totp.Step, error) {
	guessed, found, err := f.store.Guess(ctx, g)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, challengeNotFound()
	case guessed.Used, guessed.Elsewhere:
		return 0, challengeElsewhere()
	case guessed.Expired:
		return 0, challengeExpired(g.Challenge)
	case guessed.Taken:
		return totp.Step(guessed.LastStep), nil
	case guessed.LockedUntil == nil: // locked by another guess at the same moment
		return 0, factorLocked(g.Pause)
	}
	return 0, factorLocked(guessed.LockedUntil.Sub(g.At))
}

// met is a challenge whose code is right.
type met struct {
	factor store.Factor
	step   totp.Step
	at     time.Time
}

func (f *Flows) meet(ctx context.Context, c Caller, code FactorCode, v Visit, m met) (Signed, error) {
	session, user, ok, err := f.store.Meet(ctx, store.Met{
		Challenge: code.Challenge, Factor: m.factor.ID, User: c.User.ID, Session: c.Session.ID,
		At: m.at, Oldest: m.at.Add(-f.settings.Factors.Challenge), Step: int64(m.step), Key: refresh.NewKey().Column(),
		Method: store.Method{ID: uuid.New().String(), Name: typeTOTP, CreatedAt: m.at},
		Entry: line(actionFactorVerified, c.User, v, m.at, map[string]any{
			"factor_id": m.factor.ID, "challenge_id": code.Challenge, "factor_type": m.factor.Type,
		}),
	})
	if err != nil {
		return Signed{}, err
	}
	if !ok { // somebody else was faster
		return Signed{}, wrongFactorCode()
	}
	return f.sign(ctx, session, user, m.at)
}
