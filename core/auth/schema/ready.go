package schema

import (
	"context"
	"errors"
	"fmt"
)

// The errors of Ready, beside those of a database that cannot be asked.
var (
	ErrBehind   = errors.New("the tables of the Auth service are missing or older than this program: run \"pergola migrate\"")
	ErrNotOwner = errors.New("row-level security hides the tables of the Auth service from the role that it connects as: " +
		"connect as the role that owns the schema auth (GOTRUE_DB_DATABASE_URL)")
)

// hiddenSQL gives true where the role that asks would see no row, without an error.
const hiddenSQL = `select row_security_active('auth.users')::text`

// Ready reports whether the service can work on the database as the role of the connection, and changes nothing. It asks four
// times at most; a server does it once when it starts, a function on Lambda not at all.
func Ready(ctx context.Context, conn Conn) error {
	state, err := Level(ctx, conn)
	if err != nil {
		return err
	}
	if err := state.Newer(); err != nil {
		return err
	}
	if !state.Current() {
		return ErrBehind
	}
	dialect, err := Detect(ctx, conn)
	if err != nil || dialect == DSQL { // which has no row-level security
		return err
	}
	rows, err := conn.Rows(ctx, hiddenSQL)
	if err != nil {
		return fmt.Errorf("asking about the role's rights: %w", err)
	}
	if len(rows) == 1 && rows[0][0] == "true" {
		return ErrNotOwner
	}
	return nil
}
