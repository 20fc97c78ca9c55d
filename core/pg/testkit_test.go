package pg_test

import (
	"context"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// settings are those of a direct connection, as the tests want them by default.
func settings(url string) config.Database {
	return config.Database{URL: config.Secret(url), PoolSize: 4, PoolWait: 5 * time.Second, Prepared: true}
}

// open gives a pool that ends with the test.
func open(t testing.TB, cfg config.Database) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		db.Close(ctx)
	})
	return db
}

// answering is a statement of shape Answer with one row, whose body is an SQL expression.
func answering(body string) stmt.Statement {
	return stmt.Statement{SQL: answerSQL(body)}
}

func answerSQL(body string) string {
	return `select null::bigint as total, 1::bigint as rows, ` + body + ` as body, null::text as headers,
		null::text as status, null::text as location, null::bigint as inserted`
}

// writing is a statement that inserts a value into the table log and answers with it.
func writing(value string) stmt.Statement {
	return stmt.Statement{
		SQL:  `with w as (insert into log (entry) values ($1) returning entry) ` + answerSQL(`(select entry from w)`),
		Args: [][]byte{[]byte(value)},
	}
}

// waitFor waits until a query gives true.
func waitFor(t *testing.T, target *pgtest.DB, sql string) {
	t.Helper()
	for range 250 {
		if target.Value(sql) == "true" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("never true: %s", sql)
}

// body runs a statement that has to succeed.
func body(t testing.TB, db *pg.DB, s stmt.Statement) string {
	t.Helper()
	res, err := db.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return string(res.Body)
}
