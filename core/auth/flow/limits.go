package flow

import (
	"context"
	"strconv"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// Use is what somebody does so often that there is a limit to it.
type Use string

// The uses that have limits, with the settings of them.
const (
	UseToken     Use = "token"     // a sign-in by any grant (GOTRUE_RATE_LIMIT_TOKEN_REFRESH)
	UseRefresh   Use = "refresh"   // a refresh (the same setting): counted apart
	UseVerify    Use = "verify"    // a code or a link is brought (_VERIFY)
	UseMail      Use = "mail"      // a mail or an account is asked for (_OTP)
	UseAnonymous Use = "anonymous" // an account without an address is asked for (_ANONYMOUS_USERS)
	UseChallenge Use = "challenge" // a second factor is challenged (GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY)
	UseFactor    Use = "factor"    // a second factor answers (the same setting): counted apart
)

// Limit is how often something may be done in a window of time.
type Limit struct {
	Most   int
	Window time.Duration
}

// Limits hold per address, for all instances together, and only where the address of a request is known. What is not in it
// has none.
type Limits map[Use]Limit

// leastRefreshes is how many refreshes one address may always make in a window: many users share an address, and nobody's
// session should suffer from another's.
const leastRefreshes = 100

// of gives the limit of a use; false for none.
func (l Limits) of(use Use) (Limit, bool) {
	limit, ok := l[use]
	if ok && use == UseRefresh {
		limit.Most = max(limit.Most, leastRefreshes)
	}
	return limit, ok
}

type limitStore interface {
	Use(ctx context.Context, c store.Count) (int, error)
	SessionCounted(ctx context.Context, id string, c store.Count) (s store.Session, u store.User, used int, found bool, err error)
}

// Admit counts a use, and refuses one too many. A refresh is counted by Refresh itself.
func (f *Flows) Admit(ctx context.Context, use Use, v Visit) error {
	limit, ok := f.settings.Limits.of(use)
	if !ok || v.IP == "" {
		return nil
	}
	used, err := f.store.Use(ctx, f.count(use, limit, v))
	if err == nil && used > limit.Most {
		return tooMany(limit)
	}
	return err
}

// count is one use by an address.
func (f *Flows) count(use Use, l Limit, v Visit) store.Count {
	return store.Count{Bucket: string(use) + " " + v.IP, At: f.now(), Window: l.Window}
}

// refreshing gives the session that a refresh is about, and counts the refresh in the same statement.
func (f *Flows) refreshing(ctx context.Context, id string, v Visit) (store.Session, store.User, bool, error) {
	limit, ok := f.settings.Limits.of(UseRefresh)
	if !ok || v.IP == "" {
		return f.store.Session(ctx, id)
	}
	session, user, used, found, err := f.store.SessionCounted(ctx, id, f.count(UseRefresh, limit, v))
	if err == nil && used > limit.Most {
		return store.Session{}, store.User{}, false, tooManyRefreshes(limit)
	}
	return session, user, found, err
}

const codeTooMany = "over_request_rate_limit"

func tooMany(l Limit) *fault.Error {
	return fault.New(fault.TooManyRequests, codeTooMany, "Request rate limit reached").WithHeader("Retry-After", seconds(l.Window))
}

// tooManyRefreshes has a status after which supabase-js tries again: after 429 it would forget the session.
func tooManyRefreshes(l Limit) *fault.Error {
	return fault.New(fault.Unavailable, codeTooMany, "Request rate limit reached").WithHeader("Retry-After", seconds(l.Window))
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
