package security_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// filmsSQL is the schema of package films, as far as the positions use it.
const filmsSQL = `
	create type color as enum ('black', 'white');
	create table directors (id int primary key, name text);
	create table films (
		id int primary key, title text, director_id int references directors, sequel_of int references films,
		year int default 1895, rating numeric, data jsonb, plot tsvector, tags text[], shade color);
	create table actors (id int primary key, name text);
	create table roles (
		film_id int references films, actor_id int references actors, character text, primary key (film_id, actor_id));
	create function films_of(director text) returns setof films language sql stable as $$select * from films$$;
	create function total(variadic "values" int[]) returns int language sql immutable as $$select 1$$;
	create function import(json) returns int language sql as $$select 1$$;
	insert into directors values (1, 'a');
	insert into films (id, title, director_id, data) values (1, 'a', 1, '{"a": 1}');`

// syntaxError is the SQLSTATE of an SQL text that cannot be read. No request of a client may ever end so: it would mean that
// something of it was read as SQL.
const syntaxError = "42601"

// TestNoSyntaxErrors sends single hostile texts through every position to a real database.
func TestNoSyntaxErrors(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(filmsSQL)
	h := alone(t, db)
	answers := map[string]int{}
	for _, p := range positions() {
		for _, text := range fragments {
			code := answered(t, h, p.send(text), p.name)
			answers[code]++
			if code == syntaxError || code == "PERGOLA_INTERNAL" {
				t.Errorf("%s: %.100q gives %s", p.name, text, code)
			}
		}
	}
	if answers[""] < 500 {
		t.Errorf("only %d requests were carried out, so little was shown: %v", answers[""], answers)
	}
	if got := db.Value(`select string_agg(relname, ' ' order by relname) from pg_class
		where relnamespace = 'public'::regnamespace and relkind = 'r'`); got != "actors directors films roles" {
		t.Errorf("the tables are now %s", got)
	}
	t.Logf("the answers by their code: %v", answers)
}

// alone is the handler of the REST surface at the root.
func alone(t *testing.T, db *pgtest.DB) http.Handler {
	t.Helper()
	cfg, err := config.Load(config.PostgREST, []string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=service_role", "PGRST_DB_TX_END=rollback",
		"PGRST_DB_PLAN_ENABLED=true", "PGRST_DB_AGGREGATES_ENABLED=true",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.RESTAlone(), app.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(t.Context()) })
	return a.Handler()
}

// answered gives the code of a request's error, "" where it was carried out.
func answered(t *testing.T, h http.Handler, r *http.Request, name string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body) // a buffer always reads
	if w.Code < 300 {
		return ""
	}
	var f struct{ Code string }
	if err := json.Unmarshal(bytes.TrimSpace(body), &f); err != nil || f.Code == "" {
		t.Errorf("%s: status %d with %.200s", name, w.Code, body)
	}
	return f.Code
}
