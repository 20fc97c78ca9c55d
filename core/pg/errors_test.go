package pg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// raising makes functions that fail as their caller says.
const raising = `
create function fail(state text, message text, detail text, hint text) returns text language plpgsql as $$
begin
  raise exception using errcode = state, message = message, detail = detail, hint = hint;
end $$;
create function fail(state text) returns text language plpgsql as $$
begin
  raise exception using errcode = state, message = 'it failed';
end $$`

// failing is a statement that raises the SQLSTATE, with a message, a detail and a hint if given.
func failing(args ...string) stmt.Statement {
	s := answering(`fail($1)`)
	if len(args) > 1 {
		s = answering(`fail($1, $2, $3, $4)`)
	}
	for _, a := range args {
		s.Args = append(s.Args, []byte(a))
	}
	return s
}

func TestSQLStates(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(raising)
	db := open(t, settings(target.URL()))
	for _, tt := range []struct {
		state  string
		status int
	}{
		{"08000", 503},
		{"08006", 503},
		{"08P01", 503},
		{"09000", 500},
		{"0L000", 403},
		{"0LP01", 403},
		{"0P000", 403},
		{"21000", 500},
		{"22012", 400},
		{"22023", 400},
		{"22P02", 400},
		{"23502", 400},
		{"23503", 409},
		{"23505", 409},
		{"23514", 400},
		{"25001", 500},
		{"25006", 405},
		{"25P02", 500},
		{"28000", 403},
		{"28P01", 403},
		{"2D000", 500},
		{"38000", 500},
		{"39P01", 500},
		{"3B001", 500},
		{"40000", 500},
		{"40001", 500},
		{"40P01", 500},
		{"42501", 403},
		{"42601", 400},
		{"42703", 400},
		{"42883", 404},
		{"42P01", 404},
		{"42P17", 500},
		{"44000", 400},
		{"53000", 503},
		{"53300", 503},
		{"53400", 500},
		{"54000", 500},
		{"55006", 500},
		{"55P03", 500},
		{"57000", 500},
		{"57014", 500},
		{"57P01", 503},
		{"58030", 500},
		{"F0000", 500},
		{"HV000", 500},
		{"P0001", 400},
		{"P0002", 500},
		{"PT204", 204},
		{"PT402", 402},
		{"PT999", 999},
		{"PT0AB", 500},
		{"PT099", 500},
		{"XX000", 500},
		{"ABCDE", 400},
	} {
		t.Run(tt.state, func(t *testing.T) {
			_, err := db.Run(t.Context(), failing(tt.state))
			got := fault.From(err)
			if got.Code != tt.state || got.Status() != tt.status || got.Message != "it failed" || got.Details != nil || got.Hint != "" {
				t.Errorf("got %+v with status %d, want status %d", got, got.Status(), tt.status)
			}
			if retry := hasHeader(got, "Retry-After"); retry != (tt.status == 503) {
				t.Errorf("Retry-After present: %t", retry)
			}
		})
	}
}

func hasHeader(f *fault.Error, name string) bool {
	for _, h := range f.Header {
		if h.Name == name {
			return true
		}
	}
	return false
}

func TestSQLStateCarriesDetailAndHint(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(raising)
	db := open(t, settings(target.URL()))
	_, err := db.Run(t.Context(), failing("PT402", "Payment Required", "Quota exceeded", "Upgrade your plan"))
	got := fault.From(err)
	want := []any{"PT402", "Payment Required", "Quota exceeded", "Upgrade your plan", 402}
	if diff := cmp.Diff(want, []any{got.Code, got.Message, got.Details, got.Hint, got.Status()}); diff != "" {
		t.Error(diff)
	}
}

func TestSafeUpdateIsTheCallersMistake(t *testing.T) {
	e := &pgconn.PgError{Code: "21000", Message: "DELETE requires a WHERE clause", Routine: "delete_needs_where_check"}
	if got := pg.FromSQLState(e); got.Status() != 400 {
		t.Errorf("got status %d", got.Status())
	}
}

func TestRaisePGRST(t *testing.T) {
	const (
		unreadable    = `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`
		messageHint   = "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
		detailHint    = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
		goodMessage   = `{"code":"123","message":"ABC"}`
		goodDetail    = `{"status":404,"headers":{"X-Header":"str"}}`
		invalidDetail = "Invalid JSON value for DETAIL: "
	)
	type outcome struct {
		Status              int
		Code, Message, Hint string
		Details             any
		Header              []fault.Header
	}
	xHeader := []fault.Header{{Name: "X-Header", Value: "str"}}
	for _, tt := range []struct {
		name, message, detail string
		want                  outcome
	}{
		{
			"everything", `{"code":"123","message":"ABC","details":"DEF","hint":"XYZ"}`,
			`{"status":332,"status_text":"My Custom Status","headers":{"X-Header":"str","A":"b"}}`,
			outcome{332, "123", "ABC", "XYZ", "DEF", append([]fault.Header{{Name: "A", Value: "b"}}, xHeader...)},
		},
		{"only what is needed", goodMessage, goodDetail, outcome{404, "123", "ABC", "", nil, xHeader}},
		{"no headers", goodMessage, `{"status":404,"headers":{}}`, outcome{404, "123", "ABC", "", nil, nil}},
		{
			"message is no JSON", "INVALID", goodDetail,
			outcome{500, "PGRST121", unreadable, messageHint, "Invalid JSON value for MESSAGE: 'INVALID'", nil},
		},
		{
			"message lacks a key", `{"code":"123"}`, goodDetail,
			outcome{500, "PGRST121", unreadable, messageHint, `Invalid JSON value for MESSAGE: '{"code":"123"}'`, nil},
		},
		{
			"detail is no JSON", goodMessage, "INVALID",
			outcome{500, "PGRST121", unreadable, detailHint, invalidDetail + "'INVALID'", nil},
		},
		{
			"detail lacks a key", goodMessage, `{"status":404}`,
			outcome{500, "PGRST121", unreadable, detailHint, invalidDetail + `'{"status":404}'`, nil},
		},
		{
			"status that cannot be sent", goodMessage, `{"status":7,"headers":{}}`,
			outcome{500, "PGRST121", unreadable, detailHint, invalidDetail + `'{"status":7,"headers":{}}'`, nil},
		},
		{
			"no detail", goodMessage, "",
			outcome{500, "PGRST121", unreadable, detailHint, "DETAIL is missing in the RAISE statement", nil},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := pg.FromSQLState(&pgconn.PgError{Code: "PGRST", Message: tt.message, Detail: tt.detail})
			got := outcome{f.Status(), f.Code, f.Message, f.Hint, f.Details, f.Header}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSettingsThatFail(t *testing.T) {
	inEachWay(t, ``, func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		role := stmt.Setting{Name: "role", Value: "postgres"}
		for _, tt := range []struct {
			name     string
			settings []stmt.Setting
			status   int
			message  string
		}{
			{"a role that does not exist", []stmt.Setting{{Name: "role", Value: "nobody here"}}, 401, `role "nobody here" does not exist`},
			{
				"an unknown time zone",
				[]stmt.Setting{role, {Name: "timezone", Value: "Mars"}},
				400,
				`invalid value for parameter "TimeZone": "Mars"`,
			},
		} {
			t.Run(tt.name, func(t *testing.T) {
				s := as(answering(`'x'::text`))
				s.Settings = tt.settings
				_, err := db.Run(t.Context(), s)
				got := fault.From(err)
				if got.Code != "22023" || got.Status() != tt.status || got.Message != tt.message {
					t.Errorf("got %v with status %d", err, got.Status())
				}
				if challenged := hasHeader(got, "WWW-Authenticate"); challenged != (tt.status == 401) {
					t.Errorf("WWW-Authenticate present: %t", challenged)
				}
				if got := body(t, db, as(answering(`'good'::text`))); got != "good" {
					t.Errorf("the connection afterwards gives %q", got)
				}
			})
		}
	})
}

func TestForbiddenRole(t *testing.T) {
	target := pgtest.New(t)
	const drop = `drop role if exists pergola_plain; drop role if exists pergola_other`
	target.Exec(drop + `; create role pergola_plain login password '` + pgtest.Password + `'; create role pergola_other`)
	t.Cleanup(func() { target.Exec(drop) })
	db := open(t, settings(target.URLAs("pergola_plain")))
	s := answering(`'x'::text`)
	s.Settings = []stmt.Setting{{Name: "role", Value: "pergola_other"}}
	_, err := db.Run(t.Context(), s)
	if got := fault.From(err); got.Code != "42501" || got.Status() != 403 || !strings.Contains(got.Message, "pergola_other") {
		t.Errorf("got %v with status %d", err, got.Status())
	}
}
