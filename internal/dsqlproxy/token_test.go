package dsqlproxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/internal/dsqlproxy"
)

func TestTokens(t *testing.T) {
	tests := []struct {
		name, sql string
		want      []string
	}{
		{"words and symbols", "SELECT a.b::Text, $12", []string{"select", "a", ".", "b", ":", ":", "text", ",", "$12"}},
		{"a comment to the end of the line", "select 1 -- savepoint\n, 2", []string{"select", "1", ",", "2"}},
		{"comments in comments", "a /* b /* c */ d */ e", []string{"a", "e"}},
		{"a comment that is open", "a /* b /* c */", []string{"a"}},
		{"a quote in a string", "'it''s' x", []string{"it's", "x"}},
		{"a backslash in a string", `'\' x '`, []string{`\`, "x", ""}},
		{"a backslash in a string with escapes", `E'\' x' y`, []string{`\' x`, "y"}},
		{"a quoted name", `"Do ""it""" u&"x"`, []string{`Do "it"`, "x"}},
		{"a string in dollars", "$$ do; $$ $a$ $$ $b$ $a$", []string{" do; ", " $$ $b$ "}},
		{"a string in dollars that is open", "$a$ x $a", []string{" x $a"}},
		{"a dollar in a name", "a$b$c $1", []string{"a$b$c", "$1"}},
		{"numbers", "1.5e3 0xff 1_000", []string{"1.5e3", "0xff", "1_000"}},
		{"letters beyond ASCII", "größe", []string{"größe"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, dsqlproxy.Tokens(test.sql)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	tests := []struct {
		name, sql string
		want      []string
	}{
		{"nothing", " ; -- x\n ; ", nil},
		{"two", "select 1; select ';' ; ", []string{"select 1", "select ';'"}},
		{"a body of SQL", "create function f() returns int begin atomic select case when true then 1 end; end; select 2", []string{
			"create function f() returns int begin atomic select case when true then 1 end; end", "select 2",
		}},
		{"a rule", "create rule r as on insert to t do (select 1; select 2); select 3", []string{
			"create rule r as on insert to t do (select 1; select 2)", "select 3",
		}},
		{"a block of the transaction", "begin; select 1; end; select 2", []string{"begin", "select 1", "end", "select 2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, dsqlproxy.Split(test.sql)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzTokens shows that tokens lie in order, that nothing but white space and comments lies between them, and that a
// statement means alone what it means among others.
func FuzzTokens(f *testing.F) {
	for _, seed := range []string{
		"select 'a''b', E'\\'', $$x$$, $t$ $$ $t$, $1; do $x$", `u&"a" "b""c" /* /* */ */ -- d`, "set_config($1, '', true)",
		"create table t (a int[], b pg_catalog.inet, c text collate x)", "alter table t add b inet, add c text[]", "e'\\", "create function f begin atomic; end;",
		"create unique index async i on t using hash (a)", "select for no key update of a, b.c skip locked", "set local role x; set time zone 'UTC'", "((;))", "set_config(",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		rest, ordered := dsqlproxy.Uncovered(sql)
		if !ordered {
			t.Fatalf("tokens of %q overlap or lie outside", sql)
		}
		for _, line := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t\n\r\f\v", r) }) {
			if !strings.Contains(rest, "--") && !strings.Contains(rest, "/*") {
				t.Fatalf("%q lies between the tokens of %q", line, sql)
			}
		}
		if !dsqlproxy.Judge(sql) {
			t.Fatalf("a statement of %q has other tokens alone", sql)
		}
	})
}
