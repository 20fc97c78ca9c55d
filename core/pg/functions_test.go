package pg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/pg"
)

// signature says what a function takes and gives, in one line.
func signature(f *catalog.Function) string {
	var params []string
	for _, p := range f.Params {
		text := strings.TrimSpace(p.Name + " " + p.Type)
		if p.TypeMod != p.Type {
			text += " as " + p.TypeMod
		}
		if p.Variadic {
			text = "variadic " + text
		}
		if !p.Required {
			text += "?"
		}
		params = append(params, text)
	}
	return f.Name.Name + "(" + strings.Join(params, ", ") + ") " + result(f.Returns)
}

func result(r catalog.Returns) string {
	text := [...]string{"scalar", "composite", "void"}[r.Kind]
	if r.Set {
		text = "set of " + text
	}
	text += " " + r.Type.String()
	if r.Relation {
		text += " relation"
	}
	if r.Text != r.Type.String() && "pg_catalog."+r.Text != r.Type.String() {
		text += " text " + r.Text
	}
	var columns []string
	for _, c := range r.Columns {
		columns = append(columns, describe(c))
	}
	if columns != nil {
		text += " {" + strings.Join(columns, ", ") + "}"
	}
	return text
}

func TestFunctions(t *testing.T) {
	s := introspect(t, functionsSchema, public)
	var got []string
	for _, f := range s.Source.Functions {
		got = append(got, signature(f))
	}
	same(t, got, `
		a01() scalar pg_catalog.int4 text integer
		a02(x integer, y text?, z character as bpchar?) scalar pg_catalog._text text text[]
		a03(x integer, variadic rest bit[] as "bit"[]) void pg_catalog.void
		a04(json) scalar public.word
		a07(x integer, text?) scalar pg_catalog.int4 text integer
		a08(x integer) composite pg_catalog.record text integer {one: integer}
		a09(x integer, two text) composite pg_catalog.record {one: integer, two: text}
		a10() set of composite pg_catalog.record {p: integer, q: public.pair composite}
		a11() set of composite public.t relation
		a12() composite public.t relation
		a13() composite public.pair text public.pairs2 {x: integer, y: text[] array}
		a14() set of composite public.parted_1 {id: integer}
		a15() scalar pg_catalog.record
		a17(x anyelement) set of scalar pg_catalog.anyelement
		a18() composite public.t relation
		a19(x integer) scalar pg_catalog.int4 text integer
		a19(x text) scalar pg_catalog.int4 text integer`)
	if n := len(s.Functions(catalog.Name{Schema: "public", Name: "a19"})); n != 2 {
		t.Errorf("a19 has %d overloads", n)
	}
}

const functionsSchema = `
	create schema hidden;
	create table t (id int primary key, a text);
	create table parted (id int) partition by list (id); create table parted_1 partition of parted for values in (1);
	create type pair as (x int, y text[]);
	create domain pairs as pair; create domain pairs2 as pairs; create domain word as text;
	create function a01() returns int language sql as 'select 1';
	create function a02(x int, y text default 'z', z char(3) default null) returns text[] language sql as 'select null::text[]';
	create function a03(x int, variadic rest bit[]) returns void language sql as 'select 1';
	create function a04(json) returns word language sql as 'select null::word';
	create function a05(int) returns int language sql as 'select 1';
	create function a06(int, text) returns int language sql as 'select 1';
	create function a07(x int, text default 'y') returns int language sql as 'select 1';
	create function a08(x int, out one int) language sql as 'select 1';
	create function a09(out one int, x int, inout two text) language sql as 'select 1, $2';
	create function a10() returns table (p int, q pair) language sql as 'select 1, null::pair';
	create function a11() returns setof t language sql as 'select * from t';
	create function a12() returns t language sql as 'select * from t';
	create function a13() returns pairs2 language sql as 'select null::pairs2';
	create function a14() returns setof parted_1 language sql as 'select * from parted_1';
	create function a15() returns record language sql as 'select 1, 2';
	create function a16(anyelement) returns anyelement language sql as 'select $1';
	create function a17(x anyelement) returns setof anyelement language sql as 'select $1';
	create function a18(out r t) language sql as 'select row(t.*)::t from t';
	create function a19(x int) returns int language sql as 'select 1';
	create function a19(x text) returns int language sql as 'select 1';
	create function a20() returns trigger language plpgsql as 'begin return null; end';
	create function a21() returns event_trigger language plpgsql as 'begin end';
	create procedure a22() language sql as 'select 1';
	create aggregate a23(int) (sfunc = int4pl, stype = int);
	create function hidden.a24() returns int language sql as 'select 1';`

func TestFunctionProperties(t *testing.T) {
	s := introspect(t, `
		create function v() returns int language sql volatile as 'select 1';
		create function s() returns int language sql stable as 'select 1';
		create function i() returns int language sql immutable as 'select 1';
		create function c() returns int language sql set default_transaction_isolation to 'SERIALIZABLE'
			set work_mem to '8MB' set statement_timeout to '3s' set search_path to a, b set "plan.x" to 'k=v' as 'select 1';
		comment on function c() is 'configured';`,
		pg.Scope{Schemas: []string{"public"}, HoistedSettings: []string{"statement_timeout", "plan.x", "search_path", "default_transaction_isolation"}})
	for name, want := range map[string]catalog.Volatility{"v": catalog.Volatile, "s": catalog.Stable, "i": catalog.Immutable} {
		if got := s.Functions(catalog.Name{Schema: "public", Name: name})[0].Volatility; got != want {
			t.Errorf("%s has volatility %d, want %d", name, got, want)
		}
	}
	c := s.Functions(catalog.Name{Schema: "public", Name: "c"})[0]
	want := []catalog.Setting{{Name: "plan.x", Value: "k=v"}, {Name: "search_path", Value: "a, b"}, {Name: "statement_timeout", Value: "3s"}}
	if diff := cmp.Diff(want, c.Settings); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if c.Isolation != "serializable" || c.Comment != "configured" {
		t.Errorf("isolation %q, comment %q", c.Isolation, c.Comment)
	}
}

func TestComputedFields(t *testing.T) {
	s := introspect(t, `
		create schema extra; create schema other;
		create type pair as (x int, y int); create domain word as text;
		create table a (id int); create view v as select id from a; create table other.o (id int);
		create function one(a) returns int language sql as 'select 1';
		create function one(v) returns word language sql as 'select null::word';
		create function two(a) returns pair language sql as 'select null::pair';
		create function three(a) returns text[] language sql as 'select null::text[]';
		create function four(a) returns setof int language sql as 'select 1';
		create function five(a, int) returns int language sql as 'select 1';
		create function extra.six(public.a) returns int language sql as 'select 1';
		create function other.seven(public.a) returns int language sql as 'select 1';
		create function extra.both(public.a) returns int language sql as 'select 1';
		create function public.both(public.a) returns text language sql as 'select null::text';
		create function public.wrong_schema(other.o) returns int language sql as 'select 1';`,
		pg.Scope{Schemas: []string{"public", "other"}, ExtraSearchPath: []string{"extra"}})
	var got []string
	for _, name := range []catalog.Name{{Schema: "public", Name: "a"}, {Schema: "public", Name: "v"}, {Schema: "other", Name: "o"}} {
		r, _ := s.Relation(name)
		for _, field := range []string{"one", "two", "three", "four", "five", "six", "seven", "both", "wrong_schema"} {
			if c, ok := r.Computed[field]; ok {
				got = append(got, fmt.Sprintf("%s.%s by %s: %s composite=%t array=%t", r.Name, field, c.Function, c.Type, c.Composite, c.Array))
			}
		}
	}
	same(t, got, `
		public.a.one by public.one: integer composite=false array=false
		public.a.two by public.two: public.pair composite=true array=false
		public.a.three by public.three: text[] composite=false array=true
		public.a.six by extra.six: integer composite=false array=false
		public.a.both by public.both: text composite=false array=false
		public.v.one by public.one: public.word composite=false array=false`)
}

func TestRepresentations(t *testing.T) {
	s := introspect(t, `
		create domain color as int; create domain quiet as int;
		create function json(color) returns json language sql immutable as 'select null::json';
		create function color(json) returns color language sql immutable as 'select null::color';
		create function color(text) returns color language sql immutable as 'select null::color';
		create function quiet(json) returns quiet language sql immutable as 'select null::quiet';
		create cast (color as json) with function json(color) as implicit;
		create cast (json as color) with function color(json) as implicit;
		create cast (text as color) with function color(text) as implicit;
		create cast (json as quiet) with function quiet(json) as assignment;`, public)
	for _, tt := range []struct {
		from, to string
		want     catalog.Name
	}{
		{"public.color", "json", catalog.Name{Schema: "public", Name: "json"}},
		{"json", "public.color", catalog.Name{Schema: "public", Name: "color"}},
		{"text", "public.color", catalog.Name{Schema: "public", Name: "color"}},
		{"public.color", "text", catalog.Name{}},
		{"json", "public.quiet", catalog.Name{}},
	} {
		if got, _ := s.Representation(tt.from, tt.to); got != tt.want {
			t.Errorf("%s to %s: got %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestMediaHandlers(t *testing.T) {
	s := introspect(t, `
		create schema hidden; create schema extra;
		create domain "text/CSV" as text; create domain "*/*" as bytea; create domain "application/vnd.x+json" as json;
		create domain "not a media type/" as text;
		create table a (id int); create table hidden.h (id int);
		create function csv_step("text/CSV", a) returns "text/CSV" language sql as 'select $1';
		create function any_step("application/vnd.x+json", anyelement) returns "application/vnd.x+json" language sql as 'select $1';
		create function hidden_step("text/CSV", hidden.h) returns "text/CSV" language sql as 'select $1';
		create aggregate csv_agg(a) (sfunc = csv_step, stype = "text/CSV");
		create aggregate extra.any_agg(anyelement) (sfunc = any_step, stype = "application/vnd.x+json");
		create aggregate hidden_agg(hidden.h) (sfunc = hidden_step, stype = "text/CSV");
		create aggregate hidden.csv_agg(a) (sfunc = csv_step, stype = "text/CSV");
		create function raw(x int) returns "*/*" language sql as 'select null::"*/*"';
		create function odd() returns "not a media type/" language sql as 'select null::"not a media type/"';`, pg.Scope{Schemas: []string{"public"}, ExtraSearchPath: []string{"extra"}})
	var got []string
	for _, h := range s.MediaHandlers {
		over := "any row"
		if h.Relation != (catalog.Name{}) {
			over = h.Relation.String()
		}
		got = append(got, fmt.Sprintf("%s by %s aggregate=%t over %s", h.MediaType, h.Function, h.Aggregate, over))
	}
	same(t, got, `
		application/vnd.x+json by extra.any_agg aggregate=true over any row
		application/vnd.x+json by public.any_step aggregate=false over any row
		text/csv by public.csv_agg aggregate=true over public.a
		text/csv by public.csv_step aggregate=false over any row
		text/csv by public.hidden_step aggregate=false over any row
		*/* by public.raw aggregate=false over any row`)
}
