package flow

import (
	"context"
	"time"
)

const (
	// stale is how long what was begun and never ended is kept: longer than any setting lets it last.
	stale = 7 * 24 * time.Hour
	// sweepRows is how many rows of a table one sweep takes: DSQL bounds a transaction to 3,000.
	sweepRows = 400
)

type sweepStore interface {
	Sweep(ctx context.Context, now, stale time.Time, limit int) (int, error)
}

// Sweep deletes rows that nobody will ask for: windows of limits that have ended, sign-ins that were left half done, challenges
// that nobody met. It gives their number.
func (f *Flows) Sweep(ctx context.Context) (int, error) {
	now := f.now()
	return f.store.Sweep(ctx, now, now.Add(-stale), sweepRows)
}
