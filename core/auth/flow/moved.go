package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// refreshMoved refreshes a session that GoTrue made, whose tokens are rows. It keeps tokens of that kind, so that a project
// that moves back takes its sessions along.
func (f *Flows) refreshMoved(ctx context.Context, token refresh.V1, v Visit) (Signed, error) {
	m, found, err := f.store.Moved(ctx, string(token))
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	if err := f.mayRefreshMoved(m, found, now); err != nil {
		return Signed{}, err
	}
	if err := f.isNewest(ctx, standingMoved(m), m.User, now); err != nil {
		return Signed{}, err
	}
	row := refresh.Row{
		Revoked: m.Presented.Revoked, ParentOfActive: m.Active != nil && m.Active.Parent == m.Presented.Token, Updated: m.Presented.UpdatedAt,
	}
	switch d := refresh.DecideV1(row, f.settings.Refresh, now).(type) {
	case refresh.Advance:
		return f.rotate(ctx, m, v, now)
	case refresh.Repeat:
		signed, err := f.signBeside(ctx, m.Active.Token, holder{m.Session, m.User, methodRefresh, now})
		signed.Reused = []refresh.Cause{refresh.FailToSave}
		return signed, err
	case refresh.Refuse:
		return Signed{}, d.Fault
	case refresh.Revoke:
		return Signed{}, f.revoke(ctx, m.Session, m.User, v, d)
	}
	return Signed{}, fmt.Errorf("no such decision: %+v", row)
}

// mayRefreshMoved refuses a token that nobody issued, or whose session or user is gone or has ended.
func (f *Flows) mayRefreshMoved(m store.MovedSession, found bool, now time.Time) error {
	switch {
	case !found:
		return refresh.NotFound()
	case m.Session.ID == "":
		return refresh.NoSession()
	case isBanned(m.User, now):
		return bannedAtRefresh()
	}
	return refresh.CheckEnd(standingMoved(m), f.settings.Sessions, now)
}

// standingMoved is standing for a session whose token is a row.
func standingMoved(m store.MovedSession) refresh.Session {
	st := standing(m.Session, m.User)
	st.TokenUpdated = m.Presented.UpdatedAt
	return st
}

func (f *Flows) rotate(ctx context.Context, m store.MovedSession, v Visit, now time.Time) (Signed, error) {
	next := string(refresh.NewV1())
	session, ok, err := f.store.Rotate(ctx, store.Refresh{
		ID: m.Session.ID, At: now, UserAgent: v.UserAgent, IP: v.IP, Entry: line(actionRefreshed, m.User, v, now, nil),
	}, m.Presented, next)
	if err != nil {
		return Signed{}, err
	}
	if !ok {
		return Signed{}, errOvertaken
	}
	session.Methods = m.Session.Methods
	return f.signBeside(ctx, next, holder{session, m.User, methodRefresh, now})
}
