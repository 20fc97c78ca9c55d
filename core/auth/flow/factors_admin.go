package flow

import (
	"context"
	"errors"

	"github.com/pergola-dev/pergola/core/auth/store"
)

// AdminFactors gives the factors of a user, whose id is a UUID.
func (f *Flows) AdminFactors(ctx context.Context, a Admin, user string) ([]store.Factor, error) {
	u, err := f.AdminUser(ctx, a, user)
	return u.Factors, err
}

// AdminUpdateFactor gives a factor of a user another name, and one that is a phone another number; an empty one keeps what there
// is.
func (f *Flows) AdminUpdateFactor(ctx context.Context, a Admin, user, id string, to store.Factor, v Visit) (store.Factor, error) {
	u, factor, err := f.adminFactor(ctx, a, user, id)
	if err != nil {
		return store.Factor{}, err
	}
	if len(to.FriendlyName) > longestFactorName {
		return store.Factor{}, factorNameTooLong()
	}
	to.ID, to.UserID, to.UpdatedAt = factor.ID, u.ID, f.now()
	traits := map[string]any{"user_id": u.ID, "factor_id": factor.ID, "factor_type": factor.Type}
	changed, ok, err := f.store.RenameFactor(ctx, to, line(actionFactorUpdated, a.actor(), v, to.UpdatedAt, traits))
	if errors.Is(err, store.ErrTaken) || err == nil && !ok {
		return store.Factor{}, factorNameTaken(to.FriendlyName)
	}
	return changed, err
}

// AdminRemoveFactor takes a factor of a user away, verified or not, and gives it as it was.
func (f *Flows) AdminRemoveFactor(ctx context.Context, a Admin, user, id string, v Visit) (store.Factor, error) {
	u, factor, err := f.adminFactor(ctx, a, user, id)
	if err != nil {
		return store.Factor{}, err
	}
	now := f.now()
	traits := map[string]any{"user_id": u.ID, "factor_id": factor.ID}
	removed, ok, err := f.store.RemoveFactor(ctx, store.Removal{
		Factor: factor.ID, User: u.ID, At: now, Entry: line(actionFactorDeleted, a.actor(), v, now, traits),
	})
	if err == nil && !ok { // it has gone by itself
		err = factorNotFound()
	}
	return removed, err
}

func (f *Flows) adminFactor(ctx context.Context, a Admin, user, id string) (store.User, store.Factor, error) {
	u, err := f.AdminUser(ctx, a, user)
	if err != nil {
		return store.User{}, store.Factor{}, err
	}
	factor, err := factorOf(u, id)
	return u, factor, err
}
