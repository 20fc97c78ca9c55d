package security_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// TestDeferredConstraint shows that a constraint which fails only at the end of the transaction gives its error and never
// a success that is taken back, whatever the transaction is made of.
func TestDeferredConstraint(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings []string
		prefer   string
	}{
		{"prepared statements", nil, "return=minimal"},
		{"with the rows in the answer", nil, "return=representation"},
		{"behind a pooler", []string{"PGRST_DB_PREPARED_STATEMENTS=false"}, "return=representation"},
		{"a transaction that is undone", []string{"PGRST_DB_TX_END=rollback"}, "return=representation"},
		{"an isolation level", []string{"PGRST_DB_ANON_ROLE=serial"}, "return=headers-only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := pgtest.New(t)
			db.Supabase()
			db.Exec(`
				do $$ begin
					create role serial; grant serial to authenticator;
					alter role serial set default_transaction_isolation = 'serializable';
				exception when duplicate_object then null; end $$;
				create table seats (id int generated always as identity primary key, place int unique deferrable initially deferred);
				insert into seats (place) values (1);
				grant all on seats to anon, serial`)
			a := start(t, db.URLAs("authenticator"), tt.settings)
			for range 3 { // the first run prepares, later ones run what is prepared
				got := a.call(t, http.MethodPost, "/rest/v1/seats", `{"place":1}`, "Prefer", tt.prefer)
				if got.status != http.StatusConflict || !strings.Contains(got.body, `"code":"23505"`) || got.header.Get("Location") != "" {
					t.Errorf("%d %v %s", got.status, got.header, got.body)
				}
			}
			if got := a.call(t, http.MethodPost, "/rest/v1/seats", `{"place":2}`); got.status != http.StatusCreated {
				t.Errorf("a place that is free: %d %s", got.status, got.body)
			}
			if got := db.Value(`select count(*) from seats where place = 1`); got != "1" {
				t.Errorf("%s rows have the place", got)
			}
		})
	}
}
