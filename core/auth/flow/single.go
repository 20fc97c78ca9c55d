package flow

import (
	"context"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// siblingStore is what the setting of one session for a user needs.
type siblingStore interface {
	Siblings(ctx context.Context, user string) ([]store.Session, error)
}

// isNewest refuses to refresh a session that a later one of the same user has taken the place of, where users may have one
// session at a time (GOTRUE_SESSIONS_SINGLE_PER_USER). Only there does it ask the database.
func (f *Flows) isNewest(ctx context.Context, s refresh.Session, u store.User, now time.Time) error {
	limits := f.settings.Sessions
	if !limits.SinglePerUser {
		return nil
	}
	all, err := f.store.Siblings(ctx, u.ID)
	if err != nil {
		return err
	}
	others := make([]refresh.Session, 0, len(all))
	for _, other := range all {
		others = append(others, standing(other, u))
	}
	return refresh.CheckSingle(s, others, limits, now)
}
