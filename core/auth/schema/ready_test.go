package schema_test

import (
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestReady(t *testing.T) {
	empty := connect(t, pgtest.New(t).URL())
	if err := schema.Ready(t.Context(), empty); !errors.Is(err, schema.ErrBehind) {
		t.Errorf("an empty database: %v", err)
	}
	db, conn := migrated(t)
	if err := schema.Ready(t.Context(), conn); err != nil {
		t.Errorf("a migrated database: %v", err)
	}
	db.Exec(`
		grant usage on schema auth, auth_internal to authenticator;
		grant all on all tables in schema auth, auth_internal to authenticator`)
	if err := conn.Exec(t.Context(), "set role authenticator"); err != nil {
		t.Fatal(err)
	}
	if err := schema.Ready(t.Context(), conn); !errors.Is(err, schema.ErrNotOwner) {
		t.Errorf("a role that sees no rows: %v", err)
	}
	if err := conn.Exec(t.Context(), "reset role"); err != nil {
		t.Fatal(err)
	}
	db.Exec(`insert into auth_internal.migrations (version, name, adopted) values (1000, 'later', false)`)
	if _, newer := errors.AsType[*schema.NewerError](schema.Ready(t.Context(), conn)); !newer {
		t.Error("a newer database is not refused")
	}
}
