package security_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/films"
)

// benign is the text of the twins. Nothing in the schema has its name.
const benign = "harmless"

// TestNothingOfAClientIsInSQL feeds every hostile text through every position of every kind of request, up to the
// statement that would be sent, and compares its SQL with that of the same request with a benign text.
func TestNothingOfAClientIsInSQL(t *testing.T) {
	texts := hostile()
	if len(texts) < 2000 {
		t.Fatalf("%d hostile texts, which is too few to mean anything", len(texts))
	}
	ours := vocabulary(t)
	for _, p := range positions() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			twin := outcomeOf(p.send(benign))
			p.checkTwin(t, twin)
			made := 0
			for _, text := range texts {
				got := outcomeOf(p.send(text))
				if got.statement != nil {
					made++
				}
				if problem := p.compare(twin, got, text, ours); problem != "" {
					t.Fatalf("%.200q: %s", text, problem)
				}
			}
			if made == 0 && (p.kind == value || p.kind == output) {
				t.Error("no text became a statement, so nothing was shown")
			}
		})
	}
	t.Logf("%d texts in %d positions", len(texts), len(positions()))
}

// outcome is what came of a request.
type outcome struct {
	statement *stmt.Statement // nil where the request was refused
	status    int
	body      string
}

// sql are the texts of all that a statement sends.
func (o outcome) sql() []string {
	texts := []string{o.statement.SQL, o.statement.PreRequest, o.statement.Isolation}
	if o.statement.Estimate != nil {
		texts = append(texts, o.statement.Estimate.SQL)
	}
	for _, s := range o.statement.Settings {
		texts = append(texts, s.Name)
	}
	return texts
}

// checkTwin demands of the twin of an output that its name stands in the SQL as quoted identifiers alone.
func (p position) checkTwin(t *testing.T, twin outcome) {
	t.Helper()
	if p.kind != output || twin.statement == nil {
		return
	}
	for _, sql := range twin.sql() {
		tokens, err := lex(sql)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, tok := range tokens {
			if tok == (token{identifier, quotedIdent(benign)}) {
				n++
			}
		}
		if n != strings.Count(sql, benign) {
			t.Fatalf("the name stands elsewhere too: %s", sql)
		}
	}
}

// compare says what is wrong with the outcome of a hostile text, "" for nothing.
func (p position) compare(twin, got outcome, text string, ours map[token]bool) string {
	if got.status >= 500 {
		return fmt.Sprintf("status %d: %s", got.status, got.body)
	}
	if p.kind == lookup {
		return mustRefuse(twin, got)
	}
	if p.kind == syntax {
		return onlyOurs(got, ours)
	}
	if strings.Trim(text, "\x00") == "" {
		return onlyOurs(got, ours) // nothing of it is left for a name, so some positions refuse it
	}
	switch {
	case twin.statement == nil:
		return "the benign twin was refused: " + twin.body
	case got.statement == nil:
		return "refused: " + got.body
	case len(got.statement.Args) != len(twin.statement.Args):
		return fmt.Sprintf("%d parameters, the twin has %d", len(got.statement.Args), len(twin.statement.Args))
	case p.kind == output:
		return sameButFor(twin.sql(), got.sql(), text)
	case !slices.Equal(twin.sql(), got.sql()):
		return fmt.Sprintf("%q\nis not the twin's\n%q", got.sql(), twin.sql())
	}
	return ""
}

func mustRefuse(twin, got outcome) string {
	for _, o := range []outcome{twin, got} {
		if o.statement != nil {
			return "a name that does not exist became a statement: " + o.statement.SQL
		}
		if o.status < 400 {
			return fmt.Sprintf("status %d", o.status)
		}
	}
	return ""
}

// sameButFor demands that two lists of SQL texts differ in nothing but one name: where the twin has the benign one as a
// quoted identifier, the other has the hostile one, quoted as SQL quotes names.
func sameButFor(twin, got []string, text string) string {
	want := make([]string, len(twin))
	for i := range twin {
		want[i] = strings.ReplaceAll(twin[i], quotedIdent(benign), quotedIdent(text))
	}
	switch {
	case slices.Equal(twin, want):
		return "the name is nowhere in the SQL"
	case !slices.Equal(got, want):
		return fmt.Sprintf("%q\nis not the twin's\n%q", got, want)
	}
	return ""
}

// onlyOurs demands that a statement has no token that our own statements do not have, other than names of outputs.
func onlyOurs(got outcome, ours map[token]bool) string {
	if got.statement == nil {
		return ""
	}
	for _, sql := range got.sql() {
		tokens, err := lex(sql)
		if err != nil {
			return err.Error() + " in " + sql
		}
		outputs := outputsOf(tokens)
		for _, t := range tokens {
			known := ours[t] || t.kind == parameter || t.kind == number && len(t.text) <= 2
			if !known && !(t.kind == identifier && outputs[t.text]) {
				return fmt.Sprintf("%s is none of our words, in %s", t.text, sql)
			}
		}
	}
	return ""
}

// outputsOf are the names that a statement gives to values: those that follow "as".
func outputsOf(tokens []token) map[string]bool {
	names := map[string]bool{}
	for i, t := range tokens {
		if t.kind == identifier && i > 0 && tokens[i-1] == (token{word, "as"}) {
			names[t.text] = true
		}
	}
	return names
}

// vocabulary are the tokens of the statements of benign requests, and the names of the schema.
func vocabulary(t *testing.T) map[token]bool {
	t.Helper()
	ours := map[token]bool{}
	for _, p := range append(positions(), ordinary()...) {
		got := outcomeOf(p.send(benign))
		if got.statement == nil {
			continue
		}
		for _, sql := range got.sql() {
			tokens, err := lex(sql)
			if err != nil {
				t.Fatalf("%s: %v in %s", p.name, err, sql)
			}
			for _, tok := range tokens {
				ours[tok] = true
			}
		}
	}
	for _, rel := range films.Catalog().Relations {
		for _, c := range rel.Columns {
			ours[token{identifier, quotedIdent(c.Name)}] = true
		}
	}
	delete(ours, token{identifier, quotedIdent(benign)})
	return ours
}

// ordinary are requests whose statements have words that no position's twin has.
func ordinary() []position {
	return []position{
		{"an index", syntax, query("/films", "select", "data->1,x:data->>-1")},
		{"an order", syntax, query("/films", "order", "id.desc.nullslast,title.asc.nullsfirst")},
		{"a null", syntax, query("/films", "id", "is.null", "title", "not.is.null")},
		{"a logic tree", syntax, query("/films", "or", "(id.eq.1,not.and(id.gt.1,title.like.x))")},
		{"a page", syntax, query("/films", "limit", "1", "offset", "1")},
		{"a body", syntax, write(http.MethodPost, "/films", `[{"title":"a"}]`)},
		{"an empty body", syntax, write(http.MethodPost, "/films", `[]`)},
		{"a body without columns", syntax, write(http.MethodPost, "/films", `{}`)},
		{"CSV", syntax, with(query("/films"), "Accept", "text/csv")},
		{"a plan", syntax, with(query("/films"), "Accept", "application/vnd.pgrst.plan; options=analyze|verbose|settings|buffers|wal")},
		{"an object", syntax, with(query("/films"), "Accept", "application/vnd.pgrst.object+json")},
		{"stripped nulls", syntax, with(query("/films"), "Accept", "application/vnd.pgrst.array+json;nulls=stripped")},
		{"lines", syntax, with(query("/films"), "Accept", "application/x-ndjson")},
	}
}

// outcomeOf takes a request through the pipeline up to the statement.
func outcomeOf(r *http.Request) outcome {
	run := &recorder{}
	h := rest.New(engine.New(run, schema{}, engine.Session{}), rest.Options{Schemas: []string{films.Schema}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), identity.Anonymous("anon"))))
	return outcome{run.statement, w.Code, strings.TrimSpace(w.Body.String())}
}

// recorder is a Runner that keeps the statement and gives an answer of one row.
type recorder struct{ statement *stmt.Statement }

func (r *recorder) Run(_ context.Context, s stmt.Statement) (stmt.Result, error) {
	r.statement = &s
	return stmt.Result{Rows: 1, Body: []byte("[]")}, nil
}

// schema is the films, on a database that can do everything.
type schema struct{}

var (
	filmsCatalog = films.Catalog() // never changed
	rules        = plan.Rules{
		Dialect:    dialect.Facts{Version: 150000, Settings: true, RoleSwitch: true, AbortInStatement: true, Notify: true},
		Aggregates: true, Explain: true, MaxDepth: 10, MaxFilters: 1000,
	}
)

func (schema) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	return filmsCatalog, rules, nil
}

// TestNumbersOfAClientAreNotInSQL shows that a number of a client chooses among a handful of statements at most: the text
// may say how large a page is, in round numbers of ours, and nothing more.
func TestNumbersOfAClientAreNotInSQL(t *testing.T) {
	for name, send := range map[string]func(string) *http.Request{
		"a limit":           query("/films", "limit", "$r"),
		"an offset":         query("/films", "limit", "7", "offset", "$r"),
		"a limit of embeds": query("/directors", "select", "id,films(id)", "films.limit", "$r"),
		"a range":           with(query("/films"), "Range", "0-$r"),
		"a bound of rows":   with(write(http.MethodPatch, "/films", `{"title":"a"}`), "Prefer", "handling=strict, max-affected=$r"),
		"an index":          query("/films", "select", "x:data->$r"),
		"a value":           query("/films", "id", "eq.$r"),
		"a list":            query("/films", "id", "in.($r,$r)"),
	} {
		t.Run(name, func(t *testing.T) {
			texts := map[string]bool{}
			for n := 1; n < 1_000_000_000; n += 1 + n/7 {
				got := outcomeOf(send(fmt.Sprint(n)))
				if got.statement == nil {
					t.Fatalf("%d: %s", n, got.body)
				}
				texts[strings.Join(got.sql(), ";")] = true
			}
			if len(texts) > 6 {
				t.Errorf("%d statements", len(texts))
			}
		})
	}
}
