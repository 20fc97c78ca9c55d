package dsqlproxy_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/internal/dsqlproxy"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// between gives a database, a proxy in front of it and a connection through the proxy. The database has tables.
func between(t *testing.T, o dsqlproxy.Options) (*pgtest.DB, *dsqlproxy.Proxy, *pgx.Conn) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(`
		create table notes (id int primary key, body text);
		create table parts (id int primary key, note int references notes deferrable initially deferred)`)
	p := dsqlproxy.New(t, db.URL(), o)
	return db, p, connect(t, p.URL())
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// refusal is SQLSTATE and message of a server's error; "" for none.
func refusal(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		t.Fatalf("no error of the server: %v", err)
	}
	return e.Code + " " + e.Message
}

// protocols are the ways in which pgx sends a statement.
var protocols = map[string]pgx.QueryExecMode{"simple": pgx.QueryExecModeSimpleProtocol, "extended": pgx.QueryExecModeExec, "prepared": pgx.QueryExecModeCacheStatement}

func TestRules(t *testing.T) {
	tests := []struct{ name, sql, want string }{
		{"savepoint", `savepoint s`, "0A000 unsupported transaction statement: SAVEPOINT"},
		{"rollback to", `rollback to savepoint s`, "0A000 unsupported transaction statement: ROLLBACK TO"},
		{"release", `/* x */ Release s`, "0A000 unsupported transaction statement: RELEASE"},
		{"a string with a savepoint", `select 'savepoint s', $$do$$ as "release"`, ""},
		{"skip locked", `select * from notes where id = 1 for update skip locked`, "0A000 SKIP LOCKED not supported"},
		{"skip locked of a table", `select * from notes n where id = 1 for update of n skip locked`, "0A000 SKIP LOCKED not supported"},
		{"skip locked in a subquery", `delete from notes where id in (select id from notes where id = 1 for update skip locked)`, "0A000 SKIP LOCKED not supported"},
		{"nowait", `select * from notes where id = 1 for key share nowait`, "0A000 NOWAIT not supported"},
		{"for share", `select * from notes where id = 1 for share`, "0A000 FOR SHARE not supported"},
		{"for no key update", `select * from notes where id = 1 for no key update`, "0A000 FOR NO KEY UPDATE not supported"},
		{"for update of all", `select * from notes for update`, "0A000 locking clause such as FOR UPDATE can be applied only on tables with equality predicates on the key"},
		{"for update of one", `select * from notes where id = 1 for update`, ""},
		{"for key share", `select * from notes for key share`, ""},
		{"do", `do $$ begin end $$`, "0A000 unsupported statement: Do"},
		{"do nothing", `insert into notes values (1) on conflict do nothing`, ""},
		{"plpgsql", `create function f() returns int language plpgsql as $$ begin return 1; end $$`, "0A000 CREATE FUNCTION with language plpgsql not supported"},
		{"plpgsql in quotes", `create or replace function f() returns int as 'begin return 1; end' language 'plpgsql'`, "0A000 CREATE FUNCTION with language plpgsql not supported"},
		{"sql", `create or replace function f() returns text language sql as $$ select 'language plpgsql' $$`, ""},
		{"sql without a string", `create function g() returns int begin atomic select 1; end`, ""},
		{"trigger", `create trigger x before insert on notes execute function f()`, "0A000 unsupported statement: CreateTrig"},
		{"enum", `create type mood as enum ('sad')`, "0A000 unsupported statement: CreateEnum"},
		{"composite", `create type pair as (a int, b int)`, "0A000 CREATE TYPE not supported"},
		{"domain", `create domain mood as text check (value in ('sad'))`, ""},
		{"extension", `create extension if not exists pgcrypto`, "0A000 unsupported statement: CreateExtension"},
		{"row level security", `alter table notes enable row level security`, "0A000 unsupported ALTER TABLE ENABLE ROW SECURITY statement"},
		{"policy", `create policy p on notes for update using (true)`, "0A000 unsupported statement: CreatePolicy"},
		{"another change of a table", `alter table notes add column enabled boolean`, ""},
		{"truncate", `truncate notes`, "0A000 unsupported statement: Truncate"},
		{"delete", `delete from notes`, ""},
		{"temporary table", `create temp table x (a int)`, "0A000 TEMPORARY or TEMP table not supported"},
		{"table as", `create table x as select 1`, "0A000 unsupported statement: CreateTableAs"},
		{"partitions", `create table x (a int) partition by list (a)`, "0A000 PARTITION BY clause not supported"},
		{"table with a query for a default", `create table temp_x (a int default (1), temp int)`, ""},
		{"window", `select count(*) over (partition by body) from notes`, ""},
		{"listen", `listen x`, "0A000 unsupported statement: Listen"},
		{"notify", `notify x, 'y'`, "0A000 unsupported statement: Notify"},
		{"notify by function", `select pg_notify('x', 'y')`, "0A000 function pg_notify not supported"},
		{"inet column", `create table x (a int, b inet not null)`, "0A000 datatype inet not supported"},
		{"qualified inet column", `create table if not exists x (a "pg_catalog"."inet")`, "0A000 datatype inet not supported"},
		{"added inet column", `alter table notes add if not exists x int, add column b inet`, "0A000 datatype inet not supported"},
		{"inet in an expression", `select '192.0.2.1'::inet, array[1], '{}'::int[]`, ""},
		{"a column called inet", `create table x1 (inet text, "array" numeric(10, 2) check (inet <> all ('{a}'::text[])), primary key (inet))`, ""},
		{"array column", `create table x (a int, b varchar(3)[] default '{}')`, "0A000 datatype varchar[] not supported"},
		{"array column in words", `create table x (a int array)`, "0A000 datatype int[] not supported"},
		{"added array column", `alter table notes add b text[]`, "0A000 datatype text[] not supported"},
		{"serial column", `create table x (a bigserial)`, `42704 type "bigserial" does not exist`},
		{"identity column", `create table x2 (a bigint generated by default as identity (cache 65536))`, ""},
		{"array argument", `create function h(a text[]) returns text[] language sql as 'select a'`, ""},
		{"index", `create index i on notes (body)`, "0A000 Please use CREATE INDEX ASYNC"},
		{"unique index", `create unique index i on notes (body)`, "0A000 Please use CREATE INDEX ASYNC"},
		{"index by hash", `create index async i on notes using hash (body)`, "0A000 USING not supported for CREATE INDEX"},
		{"index in the background", `create index async if not exists i on notes (body)`, ""},
		{"unique index in the background", `create unique index /* async */ async j on notes (id) where body = 'using'`, ""},
		{"custom setting", `set "request.jwt.claims" = '{}'`, `0A000 setting configuration parameter "request.jwt.claims" not supported`},
		{"custom setting of two names", `set local request.jwt = ''`, `0A000 setting configuration parameter "request.jwt" not supported`},
		{"timeout", `set session statement_timeout = 1`, `0A000 setting configuration parameter "statement_timeout" not supported`},
		{"session role", `set session authorization default`, `0A000 setting configuration parameter "session_authorization" not supported`},
		{"path", `set search_path to public`, ""},
		{"planner", `set Enable_seqscan = on`, ""},
		{"time zone", `set time zone 'UTC'`, ""},
		{"role", `set role postgres`, `0A000 setting configuration parameter "role" not supported`},
		{"role by function", `select set_config('role', 'none', true)`, `0A000 setting configuration parameter "role" not supported`},
		{"set_config", `select pg_catalog.set_config('x.y', '1', true)`, `0A000 setting configuration parameter "x.y" not supported`},
		{"set_config with a computed name", `select set_config('x.' || 'y', '1', true)`, "0A000 set_config with a computed name not supported"},
		{"set_config of what is allowed", `select set_config('TimeZone', 'UTC', false)`, ""},
		{"constraints", `set constraints all immediate`, ""},
		{"isolation", `begin isolation level serializable`, "0A000 isolation level SERIALIZABLE not supported"},
		{"an error of the server's own", `select 1 from nothing`, `42P01 relation "nothing" does not exist`},
		{"nothing", `-- nothing`, ""},
	}
	for protocol, mode := range protocols {
		t.Run(protocol, func(t *testing.T) {
			_, p, conn := between(t, dsqlproxy.Options{})
			refused := 0
			for _, test := range tests {
				_, err := conn.Exec(t.Context(), test.sql, mode)
				if got := refusal(t, err); got != test.want {
					t.Errorf("%s: got %q, want %q", test.name, got, test.want)
				}
				if status := conn.PgConn().TxStatus(); status != 'I' {
					t.Fatalf("%s: the transaction is in state %c", test.name, status)
				}
				if test.want != "" && !strings.HasPrefix(test.want, "42P01") {
					refused++
				}
			}
			if n := len(p.Refused()); n != refused {
				t.Errorf("%d refusals are noted, want %d", n, refused)
			}
		})
	}
}

// TestSettingByParameter: the name of what set_config sets comes with the values.
func TestSettingByParameter(t *testing.T) {
	_, _, conn := between(t, dsqlproxy.Options{})
	for name, want := range map[string]string{
		"search_path": "", "x.y": `0A000 setting configuration parameter "x.y" not supported`, "role": `0A000 setting configuration parameter "role" not supported`,
	} {
		_, err := conn.Exec(t.Context(), `select set_config($1, $2, true)`, pgx.QueryExecModeExec, name, "none")
		if got := refusal(t, err); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestStartupParameters(t *testing.T) {
	_, p, _ := between(t, dsqlproxy.Options{})
	cc, err := pgx.ParseConfig(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	cc.RuntimeParams["statement_timeout"] = "1"
	_, err = pgx.ConnectConfig(t.Context(), cc)
	if want := `0A000 setting configuration parameter "statement_timeout" not supported`; refusal(t, err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	delete(cc.RuntimeParams, "statement_timeout")
	cc.RuntimeParams["application_name"] = "x"
	conn, err := pgx.ConnectConfig(t.Context(), cc)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var application, isolation string
	row := conn.QueryRow(t.Context(), `select current_setting('application_name'), current_setting('transaction_isolation')`)
	if err := row.Scan(&application, &isolation); err != nil || application != "x" || isolation != "repeatable read" {
		t.Errorf("got %q, %q, %v", application, isolation, err)
	}
}

// TestTransactions runs statements one after the other; the last one is refused or not.
func TestTransactions(t *testing.T) {
	const mixed, multiple = "0A000 ddl and dml are not supported in the same transaction", "0A000 multiple ddl statements are not supported in a transaction"
	tests := []struct {
		name string
		sql  []string
		want string
		left string // notes
	}{
		{"two definitions", []string{`begin`, `create table x (a int)`, `create table y (a int)`}, multiple, "0"},
		{"two definitions in one message", []string{`create table x (a int); create table y (a int)`}, multiple, "0"},
		{"two definitions in two transactions", []string{`begin`, `create table x (a int)`, `commit`, `create table y (a int)`}, "", "0"},
		{"definition and change", []string{`begin`, `create table x (a int)`, `insert into notes values (1)`}, mixed, "0"},
		{"change and definition", []string{`start transaction`, `insert into notes values (1)`, `grant select on notes to public`}, mixed, "0"},
		{"change in an expression and definition", []string{`begin`, `with n as (insert into notes values (1) returning *) select * from n`, `drop table parts`}, mixed, "0"},
		{"question and definition", []string{`begin`, `select * from notes`, `create table x (a int)`, `commit`}, "", "0"},
		{"transactions in one message", []string{`begin; create table x (a int); commit; insert into notes values (1)`}, "", "1"},
		{"too many rows", []string{`begin`, `insert into notes select generate_series(1, 3000)`, `update notes set body = '' where id = 1`}, "54000 transaction row limit exceeded", "0"},
		{"too many rows at once", []string{`insert into notes select generate_series(1, 3001)`}, "54000 transaction row limit exceeded", "0"},
		{"as many rows as may be", []string{`insert into notes select generate_series(1, 3000)`, `delete from notes`}, "", "0"},
		{"rows that are read", []string{`begin`, `select generate_series(1, 4000)`, `insert into notes values (1)`, `commit`}, "", "1"},
		{"role of the transaction", []string{`begin`, `set local role postgres`, `select set_config('role', 'none', true)`, `commit`}, "", "0"},
		{"role for longer", []string{`begin`, `set role postgres`}, `0A000 setting configuration parameter "role" not supported`, "0"},
		{"level of isolation", []string{`begin isolation level repeatable read`, `insert into notes values (1)`, `commit`}, "", "1"},
		{
			"a refusal spoils the transaction",
			[]string{`begin`, `insert into notes values (1)`, `?savepoint s`, `insert into notes values (2)`},
			"25P02 current transaction is aborted, commands ignored until end of transaction block", "0",
		},
		{"a spoilt transaction ends", []string{`begin`, `insert into notes values (1)`, `?truncate notes`, `commit`, `insert into notes values (2)`}, "", "1"},
		{"undone", []string{`begin`, `insert into notes values (1)`, `rollback`}, "", "0"},
		{
			"a constraint that waits for the commit",
			[]string{`insert into notes values (1)`, `insert into parts values (1, 7)`},
			`23503 insert or update on table "parts" violates foreign key constraint "parts_note_fkey"`, "1",
		},
		{"a transaction that begins late", []string{`insert into notes values (1); begin; insert into notes values (2); rollback`}, "", "0"},
		{"one message is one transaction", []string{`insert into notes values (1); select 1 / 0`}, "22012 division by zero", "0"},
	}
	for protocol, mode := range protocols {
		for _, test := range tests {
			t.Run(protocol+"/"+test.name, func(t *testing.T) {
				db, _, conn := between(t, dsqlproxy.Options{})
				for i, sql := range test.sql {
					statement, fails := strings.CutPrefix(sql, "?")
					last := i == len(test.sql)-1
					how := mode
					if strings.Contains(statement, "; ") {
						how = pgx.QueryExecModeSimpleProtocol
					}
					_, err := conn.Exec(t.Context(), statement, how)
					got := refusal(t, err)
					if last && got != test.want || !last && (got != "") != fails {
						t.Fatalf("%s: got %q, want %q", statement, got, test.want)
					}
				}
				_ = conn.Close(t.Context())
				if left := db.Value(`select count(*) from notes`); left != test.left {
					t.Errorf("%s notes are left, want %s", left, test.left)
				}
			})
		}
	}
}

func TestConflicts(t *testing.T) {
	const want = "40001 mutation conflicts with another transaction, please retry: (OC000)"
	for protocol, mode := range protocols {
		t.Run(protocol, func(t *testing.T) {
			db, p, conn := between(t, dsqlproxy.Options{ConflictEvery: 3})
			var got []int
			for n := range 9 {
				_, err := conn.Exec(t.Context(), `insert into notes values ($1, 'x')`, mode, n)
				if refusal(t, err) == want {
					got = append(got, n)
				} else if err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Exec(t.Context(), `select count(*) from notes`, mode); err != nil || conn.PgConn().TxStatus() != 'I' {
					t.Fatalf("a question after a commit: %v", err)
				}
			}
			if !slices.Equal(got, []int{2, 5, 8}) || p.Conflicts() != 3 || len(p.Refused()) != 0 {
				t.Errorf("conflicts at %v, %d counted, refused %v", got, p.Conflicts(), p.Refused())
			}
			if left := db.Value(`select string_agg(id::text, ' ' order by id) from notes`); left != "0 1 3 4 6 7" {
				t.Errorf("left are %s", left)
			}
		})
	}
}

// TestConflictOfAnExplicitTransaction: the commit fails, and the transaction is over.
func TestConflictOfAnExplicitTransaction(t *testing.T) {
	db, p, conn := between(t, dsqlproxy.Options{ConflictEvery: 2})
	for n := range 4 {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `insert into notes values ($1)`, n); err != nil {
			t.Fatal(err)
		}
		err = tx.Commit(t.Context())
		if fails := n%2 == 1; (err != nil) != fails || conn.PgConn().TxStatus() != 'I' {
			t.Errorf("commit %d: %v, state %c", n, err, conn.PgConn().TxStatus())
		}
	}
	if left := db.Value(`select string_agg(id::text, ' ' order by id) from notes`); left != "0 2" || p.Conflicts() != 2 {
		t.Errorf("left are %s, %d conflicts", left, p.Conflicts())
	}
}

// TestConflictOfAPipeline: results come before the error, and what follows up to the next Sync is a transaction of its own.
func TestConflictOfAPipeline(t *testing.T) {
	db, _, conn := between(t, dsqlproxy.Options{ConflictEvery: 2})
	pipeline := conn.PgConn().StartPipeline(t.Context())
	for _, sync := range [][]string{{"1", "2"}, {"3", "4"}, {"5"}} {
		for _, id := range sync {
			pipeline.SendQueryParams(`insert into notes values ($1) returning id`, [][]byte{[]byte(id)}, nil, nil, nil)
		}
		if err := pipeline.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for {
		result, err := pipeline.GetResults()
		if result == nil && err == nil {
			break
		}
		switch r := result.(type) {
		case *pgconn.ResultReader:
			read := r.Read()
			got = append(got, string(read.Rows[0][0])+read.CommandTag.String())
		case *pgconn.PipelineSync:
			got = append(got, "sync")
		}
		if err != nil {
			got = append(got, refusal(t, err)[:5])
		}
	}
	if err := pipeline.Close(); err != nil {
		t.Error(err)
	}
	want := []string{"1INSERT 0 1", "2INSERT 0 1", "sync", "3INSERT 0 1", "4INSERT 0 1", "40001", "sync", "5INSERT 0 1", "sync"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if left := db.Value(`select string_agg(id::text, ' ' order by id) from notes`); left != "1 2 5" {
		t.Errorf("left are %s", left)
	}
}

// TestRefusalInAPipeline: what follows is skipped, and what came before is undone.
func TestRefusalInAPipeline(t *testing.T) {
	db, _, conn := between(t, dsqlproxy.Options{})
	batch := &pgx.Batch{}
	batch.Queue(`insert into notes values (1)`)
	batch.Queue(`truncate parts`)
	batch.Queue(`insert into notes values (2)`)
	conn.Config().DefaultQueryExecMode = pgx.QueryExecModeExec
	err := conn.SendBatch(t.Context(), batch).Close()
	if want := "0A000 unsupported statement: Truncate"; refusal(t, err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if left := db.Value(`select count(*) from notes`); left != "0" {
		t.Errorf("%s notes are left", left)
	}
	if _, err := conn.Exec(t.Context(), `insert into notes values ($1)`, 3); err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	_, _, conn := between(t, dsqlproxy.Options{})
	running := make(chan error, 1)
	go func() {
		_, err := conn.Exec(context.Background(), `select pg_sleep(30)`)
		running <- err
	}()
	for {
		if err := conn.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-running:
			if want := "57014 canceling statement due to user request"; refusal(t, err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
			return
		default:
		}
	}
}
