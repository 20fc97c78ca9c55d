package schema_test

import (
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// The statements that the tables of auth_internal are made for. What matters is that one suffices, and what it answers.
const (
	useSQL = `
insert into auth_internal.rate_limits as r (bucket, used, expires_at)
values ($1, 1, now() + $2::interval)
on conflict (bucket) do update set
  used = case when r.expires_at <= now() then 1 else r.used + 1 end,
  expires_at = case when r.expires_at <= now() then excluded.expires_at else r.expires_at end
returning used`

	acceptStepSQL = `
insert into auth_internal.factor_guards as g (factor_id, last_step)
values ($1, $2)
on conflict (factor_id) do update set
  last_step = excluded.last_step, failures = 0, locked_until = null, updated_at = now()
where g.last_step < excluded.last_step and (g.locked_until is null or g.locked_until <= now())
returning last_step`

	failFactorSQL = `
insert into auth_internal.factor_guards as g (factor_id, failures)
values ($1, 1)
on conflict (factor_id) do update set
  failures = g.failures + 1,
  locked_until = case when g.failures + 1 >= $2::integer then now() + interval '15 minutes' end,
  updated_at = now()
returning failures`

	failTokenSQL = `
insert into auth_internal.token_failures as f (token_hash, failures, expires_at)
values ($1, 1, now() + interval '1 hour')
on conflict (token_hash) do update set failures = f.failures + 1
returning failures`
)

func TestLimits(t *testing.T) {
	db, conn := migrated(t)
	t.Run("a rate limit holds across connections", func(t *testing.T) { checkManyConnections(t, db) })
	t.Run("a rate limit begins again", func(t *testing.T) { checkWindows(t, conn) })
	t.Run("failures are counted by token", func(t *testing.T) { checkTokenFailures(t, conn) })
	t.Run("a factor takes a step once, and is locked", func(t *testing.T) { checkFactorGuard(t, conn) })
}

func checkManyConnections(t *testing.T, db *pgtest.DB) {
	const instances, each = 6, 5
	var mu sync.Mutex
	var counts []int
	var work sync.WaitGroup
	for range instances {
		conn := connect(t, db.URL())
		work.Go(func() {
			for range each {
				rows, err := conn.Rows(t.Context(), useSQL, "token:203.0.113.7", "1 hour")
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := strconv.Atoi(rows[0][0])
				mu.Lock()
				counts = append(counts, n)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	slices.Sort(counts)
	for i, n := range counts {
		if n != i+1 {
			t.Fatalf("the counts are %v: each of 1 to %d must be there once", counts, instances*each)
		}
	}
}

func checkWindows(t *testing.T, conn schema.Conn) {
	var got []string
	for _, window := range []string{"1 hour", "1 hour", "-1 second"} {
		got = append(got, query(t, conn, useSQL, "a", window)[0][0])
	}
	got = append(got, query(t, conn, useSQL, "b", "-1 second")[0][0], query(t, conn, useSQL, "b", "1 hour")[0][0])
	if diff := cmp.Diff([]string{"1", "2", "3", "1", "1"}, got); diff != "" {
		t.Errorf("uses, with the window over before the last one (-want +got):\n%s", diff)
	}
}

func checkTokenFailures(t *testing.T, conn schema.Conn) {
	var got []string
	for _, hash := range []string{"old", "old", "new", "old"} {
		got = append(got, query(t, conn, failTokenSQL, hash)[0][0])
	}
	if diff := cmp.Diff([]string{"1", "2", "1", "3"}, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func checkFactorGuard(t *testing.T, conn schema.Conn) {
	accepts := func(step string) bool { return len(query(t, conn, acceptStepSQL, ada, step)) == 1 }
	fail := func() { query(t, conn, failFactorSQL, ada, "3") }

	if !accepts("100") || accepts("100") || accepts("99") || !accepts("101") {
		t.Error("a step is good once, and none before it is")
	}
	fail()
	fail()
	if !accepts("102") {
		t.Error("two failures do not lock the factor")
	}
	fail()
	fail()
	if !accepts("103") {
		t.Error("a success did not clear the failures before it")
	}
	fail()
	fail()
	fail()
	if accepts("104") {
		t.Error("three failures lock the factor, right code or not")
	}
	if err := conn.Exec(t.Context(), `update auth_internal.factor_guards set locked_until = now()`); err != nil {
		t.Fatal(err)
	}
	if !accepts("104") {
		t.Error("the lock has to end")
	}
}
