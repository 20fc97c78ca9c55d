package pg_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestRunAsksThePlanner(t *testing.T) {
	inEachWay(t, `create table t as select from generate_series(1, 70); analyze t`,
		func(t *testing.T, _ *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
			s := answering(`'x'`)
			s.Estimate = &stmt.Query{SQL: `explain (format json) select from t`}
			for range 2 { // cold and warm
				res, err := db.Run(t.Context(), as(s))
				if err != nil {
					t.Fatal(err)
				}
				if res.Planned == nil || *res.Planned != 70 || string(res.Body) != "x" {
					t.Errorf("got %v planned and the body %q", res.Planned, res.Body)
				}
			}
		})
}

func TestRunRefusesAnEstimateThatIsNoPlan(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	s := answering(`'x'`)
	s.Estimate = &stmt.Query{SQL: `select '{}'`}
	if res, err := db.Run(t.Context(), s); err == nil {
		t.Errorf("got %+v", res)
	}
}
