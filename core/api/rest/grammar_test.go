package rest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/query"
)

// agree fails when printing and parsing again changed something.
func agree(t *testing.T, text, printed string, err error, before, after any) {
	t.Helper()
	if err != nil {
		t.Fatalf("%q was read, but not what it was printed as, %q: %v", text, printed, err)
	}
	if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q, printed as %q (-read +read again):\n%s", text, printed, diff)
	}
}

func FuzzSelect(f *testing.F) {
	for _, seed := range []string{
		"", "*", "id,name", "a:b::text", "data->x->>0", "films!inner(title,actors!roles(*))", "...directors(name)", "count()",
		"rating.avg()::int", `"a \" b":c`, "a(b(c(d", "films(),x", "a->-1", "id::int.sum()", "a b , c-d->e", "count( )", `"count"()`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		items, err := rest.ParseSelect(text)
		if err != nil {
			return
		}
		printed := printItems(items)
		again, err := rest.ParseSelect(printed)
		agree(t, text, printed, err, items, again)
	})
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"eq.1", "not.in.(1,\"a,b\",)", "is.NULL", "fts(english).a & b", "like(any).{a,b}", "isdistinct.x", "eq", "in.(", "adj.[1,2)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := rest.ParseFilter(query.Operand{Column: "c"}, text)
		if err != nil {
			return
		}
		printed := printFilter(filter, func(value string) string { return value })
		again, err := rest.ParseFilter(query.Operand{Column: "c"}, printed)
		agree(t, text, printed, err, filter, again)
	})
}

func FuzzLogic(f *testing.F) {
	for _, seed := range []string{
		"(a.eq.1,b.not.in.(1,2))", "(and(a.is.null,not.or(b.cs.{1,2},c->>d.eq.\"x,y\")))", "()", "(a.eq.{1,{2}})", "(or.eq.1)", "( a.eq.1 , b.eq.2 )",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		logic, err := rest.ParseLogic(true, false, text)
		if err != nil {
			return
		}
		printed := printLogic(logic)
		again, err := rest.ParseLogic(true, false, printed)
		agree(t, text, printed, err, logic, again)
	})
}

func FuzzOrder(f *testing.F) {
	for _, seed := range []string{"a", "a.desc.nullslast,b.asc", "films(title).desc", "data->x->>y", "a.up", "a.nullsfirst"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := rest.ParseOrder(text)
		if err != nil {
			return
		}
		printed := printOrder(terms)
		again, err := rest.ParseOrder(printed)
		agree(t, text, printed, err, terms, again)
	})
}

func FuzzKey(f *testing.F) {
	for _, seed := range []string{"id", "films.title", "a.b.data->x->>0", `"a.b".c`, ".", "a->"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, operand, err := rest.ParseKey(text)
		if err != nil {
			return
		}
		printed := ""
		for _, name := range path {
			printed += quote(name) + "."
		}
		printed += printOperand(operand)
		pathAgain, again, err := rest.ParseKey(printed)
		agree(t, text, printed, err, append(path, operand.Column), append(pathAgain, again.Column))
		agree(t, text, printed, err, operand, again)
	})
}

// FuzzParams reads whole query strings, for which the only promise is an error rather than a panic.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{"select=id,films(title)&films.order=title&films.limit=3&or=(a.eq.1)", "a=eq.1&%zz=1&&=", "limit=-1", "x.y.z.not.or=(a.is.null)"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, raw string) { _ = rest.ParseParams(raw) })
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"text/csv, */*;q=0.5", `a/b;for="c,d/e";q=1`, ";;=,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, m := range rest.ParseAccept([]string{line}) {
			if m.Name == "" {
				t.Errorf("%q: a media type without a name", line)
			}
		}
	})
}
