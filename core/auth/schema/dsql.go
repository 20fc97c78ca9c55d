package schema

import (
	"context"
	"fmt"
	"time"
)

// Detect says which dialect the database behind the connection speaks. Aurora DSQL is told by its list of background
// jobs.
func Detect(ctx context.Context, conn Conn) (Dialect, error) {
	rows, err := conn.Rows(ctx, tableSQL, "sys", "jobs")
	if err != nil {
		return "", fmt.Errorf("asking which database this is: %w", err)
	}
	if len(rows) > 0 {
		return DSQL, nil
	}
	return PostgreSQL, nil
}

const (
	// unfinishedSQL leaves out jobs that have come to an end, whichever.
	unfinishedSQL = `select 1 from sys.jobs where status in ('submitted', 'processing') limit 1`

	invalidSQL = `
select c.relname
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('auth', 'auth_internal') and not i.indisvalid
order by c.relname`

	jobPause = 200 * time.Millisecond
)

// waitForIndexes waits until the database has built what it builds in the background, and fails when an index came to
// nothing. Elsewhere than on DSQL an index is there when its statement ends.
func waitForIndexes(ctx context.Context, conn Conn, d Dialect) error {
	if d != DSQL {
		return nil
	}
	for {
		rows, err := conn.Rows(ctx, unfinishedSQL)
		if err != nil {
			return fmt.Errorf("waiting for indexes: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for indexes: %w", ctx.Err())
		case <-time.After(jobPause):
		}
	}
	rows, err := conn.Rows(ctx, invalidSQL)
	if err != nil {
		return fmt.Errorf("looking at the indexes: %w", err)
	}
	if len(rows) > 0 {
		return fmt.Errorf("the index %s could not be built: sys.jobs says why; drop it and try again", rows[0][0])
	}
	return nil
}
