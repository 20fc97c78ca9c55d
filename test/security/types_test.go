package security_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// values has values of a type: the type as SQL writes it, and each value as PostgreSQL reads it. Those in raw are sent as
// they stand; all others as JSON strings.
type values struct {
	typeName string
	texts    []string
	raw      []string
}

// builtIn are values of every type that PostgreSQL has and a client can write, with the ones that other servers lose.
var builtIn = []values{
	{"boolean", []string{"t"}, []string{"true", "false", "null"}},
	{"smallint", []string{"-32768"}, []string{"32767"}},
	{"integer", []string{"-2147483648"}, []string{"2147483647"}},
	{"bigint", []string{"9223372036854775807", "-9223372036854775808"}, []string{"9007199254740993"}},
	{"numeric", []string{"NaN", "Infinity", "-Infinity", "0.10", "1e-20"}, []string{"123456789012345678901234567890.123456789000", "1e5"}},
	{"numeric(10,2)", []string{"1.005"}, []string{"-0.1"}},
	{"real", []string{"NaN", "Infinity"}, []string{"1.1", "3.4e38"}},
	{"double precision", []string{"NaN", "-Infinity"}, []string{"0.1", "1.7976931348623157e308", "-0"}},
	{"money", []string{"$1,234.56"}, []string{"12.3"}},
	{"text", []string{"", "a\tb\n\"\\\u2028💥", "null"}, []string{`"\u00e9\ud83d\ude00"`, "7", "true", `{"a": 1}`}},
	{"character varying(3)", []string{"abc"}, nil},
	{"character(5)", []string{"ab"}, nil},
	{`"char"`, []string{"x"}, nil},
	{"name", []string{"abc"}, nil},
	{"bytea", []string{`\xdeadbeef00`, `\x`, `\\000abc`}, nil},
	{"uuid", []string{"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}, nil},
	{"date", []string{"infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2026-02-28"}, nil},
	{"time", []string{"23:59:59.999999", "24:00"}, nil},
	{"time with time zone", []string{"12:00+05:30"}, nil},
	{"timestamp", []string{"infinity", "2026-01-01 00:00:00.123456", "0044-03-15 BC"}, nil},
	{"timestamp with time zone", []string{"-infinity", "2026-06-01T12:00:00.5+02:00"}, nil},
	{"interval", []string{"1 year 2 mons 3 days 04:05:06.7", "-1 day", "P1Y2M3DT4H5M6S"}, nil},
	{"json", []string{`{"a": [1,  2], "a": null}`}, []string{`{"b": 1, "a": [{}, 9007199254740993]}`, "12", `[1]`}},
	{"jsonb", nil, []string{`{"b": 1, "a": [1.10, null, "x"]}`, "true", `[]`}},
	{"jsonpath", []string{`$.a[*] ? (@ > 1)`}, nil},
	{"xml", []string{`<a b="c">d</a>`}, nil},
	{"inet", []string{"10.0.0.1/8", "::1"}, nil},
	{"cidr", []string{"10.0.0.0/8"}, nil},
	{"macaddr", []string{"08:00:2b:01:02:03"}, nil},
	{"macaddr8", []string{"08:00:2b:01:02:03:04:05"}, nil},
	{"bit(3)", []string{"101"}, nil},
	{"bit varying", []string{"10101"}, nil},
	{"tsvector", []string{"'a':1 'b':2"}, nil},
	{"tsquery", []string{"'a' & !'b'"}, nil},
	{"point", []string{"(1,2.5)"}, nil},
	{"line", []string{"{1,2,3}"}, nil},
	{"lseg", []string{"[(1,2),(3,4)]"}, nil},
	{"box", []string{"(3,4),(1,2)"}, nil},
	{"path", []string{"((1,2),(3,4))", "[(1,2),(3,4)]"}, nil},
	{"polygon", []string{"((1,2),(3,4),(5,6))"}, nil},
	{"circle", []string{"<(1,2),3>"}, nil},
	{"int4range", []string{"[1,5)", "empty", "(,)"}, nil},
	{"int8range", []string{"[9007199254740993,]"}, nil},
	{"numrange", []string{"[1.10,2.20]"}, nil},
	{"tsrange", []string{"[2026-01-01,infinity]"}, nil},
	{"tstzrange", []string{"[2026-01-01 00:00+00,)"}, nil},
	{"daterange", []string{"[2026-01-01,2026-02-01)"}, nil},
	{"int4multirange", []string{"{[1,3),[5,7)}"}, nil},
	{"int8multirange", []string{"{}"}, nil},
	{"nummultirange", []string{"{[1.5,2.5]}"}, nil},
	{"tsmultirange", []string{"{[2026-01-01,2026-01-02)}"}, nil},
	{"tstzmultirange", []string{"{(,2026-01-01 00:00+00)}"}, nil},
	{"datemultirange", []string{"{[2026-01-01,2026-02-01)}"}, nil},
	{"oid", []string{"4294967295"}, nil},
	{"xid", []string{"4294967295"}, nil},
	{"xid8", []string{"18446744073709551615"}, nil},
	{"cid", []string{"1"}, nil},
	{"tid", []string{"(1,2)"}, nil},
	{"pg_lsn", []string{"16/B374D848"}, nil},
	{"pg_snapshot", []string{"10:20:10,14,15"}, nil},
	{"txid_snapshot", []string{"10:20:10,14,15"}, nil},
	{"int2vector", []string{"1 2 3"}, nil},
	{"oidvector", []string{"1 2 3"}, nil},
	{"refcursor", []string{"c"}, nil},
	{"regclass", []string{"pg_class"}, nil},
	{"regcollation", []string{`"C"`}, nil},
	{"regconfig", []string{"english"}, nil},
	{"regdictionary", []string{"simple"}, nil},
	{"regnamespace", []string{"public"}, nil},
	{"regoper", []string{"||/"}, nil},
	{"regoperator", []string{"+(integer,integer)"}, nil},
	{"regproc", []string{"now"}, nil},
	{"regprocedure", []string{"abs(integer)"}, nil},
	{"regrole", []string{"anon"}, nil},
	{"regtype", []string{"integer"}, nil},
	{"aclitem", []string{"anon=r/anon"}, nil},
	// Made of others.
	{"integer[]", []string{"{1,NULL,3}", "[2:3]={5,6}"}, []string{"[1,null,3]", "[[1,2],[3,4]]", "[]"}},
	{"text[]", []string{`{a,"b,c","d\"e",NULL}`}, []string{`["a","b,c","NULL",null,"{}"]`}},
	{"uuid[]", nil, []string{`["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]`}},
	{"jsonb[]", nil, []string{`[{"a":1},[2],"x"]`}},
	{"numeric[]", nil, []string{`["NaN",9007199254740993,0.10]`}},
	{"mood", []string{"so so"}, nil},
	{"positive", nil, []string{"9007199254740993"}},
	{"pair", []string{`(1,"x,y")`}, []string{`{"a":9007199254740993,"b":"x,\"y"}`, `{"b":"only"}`}},
	{"pair[]", nil, []string{`[{"a":1,"b":"x"},null]`}},
}

// unwritable are types whose values PostgreSQL itself takes from nobody, or has no other use for than its own catalog.
const unwritable = `'pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list', 'pg_brin_bloom_summary',
	'pg_brin_minmax_multi_summary', 'gtsvector'`

// TestTypesRoundTrip writes values of every type as JSON and reads them back: what is stored is what PostgreSQL reads from
// the same text, and what comes back is what PostgreSQL's row_to_json makes of it, byte for byte.
func TestTypesRoundTrip(t *testing.T) {
	db := pgtest.New(t)
	if db.Value("select current_setting('server_version_num')::int < 140000") == "true" {
		t.Skip("the list has types and values that came with PostgreSQL 14")
	}
	db.Supabase()
	db.Exec(`create type mood as enum ('so so', 'well'); create domain positive as bigint check (value > 0);
		create type pair as (a bigint, b text)`)
	for i, v := range builtIn {
		db.Exec(fmt.Sprintf(`create table v%d (v %s); grant all on v%d to anon`, i, v.typeName, i))
	}
	missing := db.Value(`select string_agg(typname, ', ') from pg_type where typnamespace = 'pg_catalog'::regnamespace
		and typtype in ('b', 'r', 'm') and typcategory <> 'A' and typname not in (` + unwritable + `)
		and oid not in (select a.atttypid from pg_attribute a join pg_class c on c.oid = a.attrelid
			where c.relname ~ '^v[0-9]+$' and a.attnum > 0)`)
	if missing != "" {
		t.Errorf("no values of %s", missing)
	}
	a := start(t, db.URLAs("authenticator"), nil)
	for i, v := range builtIn {
		t.Run(v.typeName, func(t *testing.T) {
			for _, text := range v.texts {
				encoded, _ := json.Marshal(text) // a string always encodes
				a.roundTrip(t, db, fmt.Sprintf("v%d", i), string(encoded))
				want := db.Value("select cast($1::text as "+v.typeName+")::text", text)
				if v.typeName == "json" {
					continue // a JSON string is a value of its own there, not the text of one
				}
				if got := db.Value(fmt.Sprintf("select v::text from v%d", i)); got != want {
					t.Errorf("%s was stored as %s", want, got)
				}
			}
			for _, text := range v.raw {
				a.roundTrip(t, db, fmt.Sprintf("v%d", i), text)
				want := db.Value("select v::text from json_to_record($1::text::json) as r(v "+v.typeName+")", `{"v":`+text+`}`)
				if got := db.Value(fmt.Sprintf("select v::text from v%d", i)); got != want {
					t.Errorf("%s was stored as %s", want, got)
				}
			}
		})
	}
}

// roundTrip writes one JSON value into an emptied table and compares every way of reading it with row_to_json.
func (a *api) roundTrip(t *testing.T, db *pgtest.DB, table, value string) {
	t.Helper()
	db.Exec("delete from " + table)
	wrote := a.call(t, http.MethodPost, "/rest/v1/"+table, `{"v":`+value+`}`, "Prefer", "return=representation")
	if wrote.status != http.StatusCreated {
		t.Errorf("%s: %d %s", value, wrote.status, wrote.body)
		return
	}
	want := "[" + db.Value("select row_to_json(r) from "+table+" as r") + "]"
	read := a.call(t, http.MethodGet, "/rest/v1/"+table, "")
	one := a.call(t, http.MethodGet, "/rest/v1/"+table, "", "Accept", "application/vnd.pgrst.object+json")
	for _, got := range []string{wrote.body, read.body, "[" + one.body + "]"} {
		if strings.TrimSpace(got) != want {
			t.Errorf("%s came back as %s, PostgreSQL says %s", value, got, want)
		}
	}
	if !json.Valid([]byte(read.body)) {
		t.Errorf("%s is no JSON", read.body)
	}
}
