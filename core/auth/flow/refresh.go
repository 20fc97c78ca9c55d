package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// refreshAttempts is how often a refresh looks again after another one was faster. One look is enough then: the token is one
// behind, which is answered with the current one. More are for a session that is refreshed all the time.
const refreshAttempts = 4

// Refresh gives a session new tokens for its refresh token. A token that was used before is answered with the current one as
// long as it looks like an answer that got lost; otherwise the session ends, because somebody may have stolen it.
//
// A fault of kind Invalid means that the token is worth nothing any more, and makes a client drop the session; whatever is no
// fault of the token's has another kind.
func (f *Flows) Refresh(ctx context.Context, text string, v Visit) (Signed, error) {
	presented, err := refresh.Recognise(text)
	if err != nil {
		return Signed{}, err
	}
	for range refreshAttempts {
		signed, err := f.refreshOnce(ctx, presented, v)
		if !errors.Is(err, errOvertaken) {
			return signed, err
		}
	}
	return Signed{}, contended()
}

func (f *Flows) refreshOnce(ctx context.Context, presented refresh.Presented, v Visit) (Signed, error) {
	switch token := presented.(type) {
	case refresh.V1:
		return f.refreshMoved(ctx, token, v)
	case refresh.V2:
		return f.refresh(ctx, token, v)
	}
	return Signed{}, fmt.Errorf("no such kind of refresh token: %T", presented)
}

// errOvertaken is the error of a refresh that another one of the same session was faster than.
var errOvertaken = errors.New("another refresh was faster")

func (f *Flows) refresh(ctx context.Context, token refresh.V2, v Visit) (Signed, error) {
	session, user, found, err := f.refreshing(ctx, token.Session, v)
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	if err := f.mayRefresh(token, found, session, user, now); err != nil {
		return Signed{}, err
	}
	if err := f.isNewest(ctx, standing(session, user), user, now); err != nil {
		return Signed{}, err
	}
	count := refresh.Count{Presented: token.Counter, Current: session.Counter, Refreshed: standing(session, user).LastRefreshed()}
	switch d := refresh.DecideV2(count, f.settings.Refresh, now).(type) {
	case refresh.Advance:
		return f.advance(ctx, session, user, v, now)
	case refresh.Repeat:
		signed, err := f.signAgain(ctx, session, user, now)
		signed.Reused = d.Causes
		return signed, err
	case refresh.Refuse:
		return Signed{}, d.Fault
	case refresh.Revoke:
		return Signed{}, f.revoke(ctx, session, user, v, d)
	}
	return Signed{}, fmt.Errorf("no such decision: %v", count)
}

// revoke ends a session one of whose tokens may have been stolen, and gives the fault that says so. The tokens go with it,
// those of GoTrue too, which GoTrue would only mark: within the reuse interval a marked token would be answered.
func (f *Flows) revoke(ctx context.Context, s store.Session, u store.User, v Visit, d refresh.Revoke) error {
	if _, err := f.store.End(ctx, u.ID, s.ID, store.Local, line(actionRevoked, u, v, f.now(), nil)); err != nil {
		return err
	}
	return d.Fault.WithHeader("Sb-Auth-Refresh-Token-Rotated", "true")
}

// mayRefresh refuses a token that its session did not sign, and a session that has ended.
func (f *Flows) mayRefresh(token refresh.V2, found bool, s store.Session, u store.User, now time.Time) error {
	if !found {
		return refresh.NotFound()
	}
	if key, err := refresh.ParseKey(s.Key); err != nil || !token.SignedBy(key) {
		return refresh.NotFound()
	}
	if isBanned(u, now) {
		return bannedAtRefresh()
	}
	return refresh.CheckEnd(standing(s, u), f.settings.Sessions, now)
}

// standing is what of a session decides whether it has ended.
func standing(s store.Session, u store.User) refresh.Session {
	st := refresh.Session{ID: s.ID, Created: s.CreatedAt, Refreshed: s.Refreshed.Time, Tag: s.Tag}
	if s.NotAfter != nil {
		st.NotAfter = *s.NotAfter
	}
	for _, factor := range u.Factors {
		st.LowAAL = st.LowAAL || factor.Status == "verified" && s.AAL == "aal1"
	}
	return st
}

func (f *Flows) advance(ctx context.Context, s store.Session, u store.User, v Visit, now time.Time) (Signed, error) {
	next, ok, err := f.store.Refresh(ctx, store.Refresh{
		ID: s.ID, From: s.Counter, At: now, UserAgent: v.UserAgent, IP: v.IP, Entry: line(actionRefreshed, u, v, now, nil),
	})
	if err != nil {
		return Signed{}, err
	}
	if !ok {
		return Signed{}, errOvertaken
	}
	next.Methods = s.Methods
	return f.signAgain(ctx, next, u, now)
}
