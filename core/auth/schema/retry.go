package schema

import (
	"context"
	"errors"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// Aurora DSQL answers 40001 to a statement that meets a change of the schema, our own of a moment ago included.
const (
	serializationFailure = "40001"
	maxAttempts          = 8
	firstPause           = 20 * time.Millisecond
)

// retrying runs a statement again when it has lost a race. Every statement here may be repeated.
type retrying struct{ conn Conn }

// Exec is that of the connection, repeated.
func (r retrying) Exec(ctx context.Context, script string) error {
	return again(ctx, func() error { return r.conn.Exec(ctx, script) })
}

// Rows is that of the connection, repeated.
func (r retrying) Rows(ctx context.Context, sql string, args ...string) (rows [][]string, err error) {
	err = again(ctx, func() error {
		rows, err = r.conn.Rows(ctx, sql, args...)
		return err
	})
	return rows, err
}

// again does something until it succeeds, fails for another reason than a lost race, or has lost too often.
func again(ctx context.Context, do func() error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := do()
		f, failed := errors.AsType[*fault.Error](err)
		if !failed || f.Code != serializationFailure || attempt == maxAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
			pause *= 2
		}
	}
}
