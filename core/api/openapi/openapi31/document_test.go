package openapi31_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/api/openapi/openapi31"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/internal/golden"
)

// TestDocument describes a schema of the shop. A file says what the caller may do (everything where the section "rights" is
// missing), the options and the schema.
func TestDocument(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(golden.Name(file), func(t *testing.T) {
			rights := openapi31.Everything()
			if golden.Has(t, file, "rights") {
				rights = parseRights(t, golden.Section(t, file, "rights"))
			}
			var o openapi31.Options
			if err := json.Unmarshal([]byte(golden.Section(t, file, "options")), &o); err != nil {
				t.Fatal(err)
			}
			doc, err := openapi31.Document(shop(), golden.Section(t, file, "schema"), rights, o)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, file, "document", layOut(t, doc, ""))
		})
	}
}

// layOut breaks a document into lines for the reader's sake: whatever fits stands on one.
func layOut(t *testing.T, value json.RawMessage, indent string) string {
	t.Helper()
	const width = 160
	if len(value) <= width || value[0] != '{' {
		return string(value)
	}
	var out strings.Builder
	out.WriteString("{\n")
	d := json.NewDecoder(bytes.NewReader(value))
	_, _ = d.Token() // the brace
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var member json.RawMessage
		if err := d.Decode(&member); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %q: %s\n", indent, key, layOut(t, member, indent+" "))
	}
	return out.String() + indent + "}"
}

func parseRights(t *testing.T, text string) openapi31.Rights {
	t.Helper()
	r, err := openapi31.ParseRights([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// described is what these tests read of a document.
type described struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas    map[string]json.RawMessage
		Parameters map[string]struct{ Name string }
	}
}

type operation struct {
	OperationID string
	Parameters  []struct {
		Ref  string `json:"$ref"`
		Name string
	}
}

func describe(t *testing.T, rights string) described {
	t.Helper()
	doc, err := openapi31.Document(shop(), "public", parseRights(t, rights), openapi31.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestOperations shows which operations are described for which rights.
func TestOperations(t *testing.T) {
	tests := []struct {
		name, rights string
		want         []string // "METHOD PATH"
	}{
		{"nothing", `{"relations": [], "functions": {}}`, nil},
		{"an answer about a schema that is gone", ``, nil},
		{"reading", `{"relations": [{"name": "log", "insert": [], "update": []}]}`, []string{"get /log"}},
		{"reading a column", `{"relations": [{"name": "log", "select": ["line"], "insert": [], "update": []}]}`, []string{"get /log"}},
		{"reading no column", `{"relations": [{"name": "log", "select": [], "insert": [], "update": []}]}`, nil},
		{"inserting", `{"relations": [{"name": "log", "select": [], "update": []}]}`, []string{"post /log"}},
		{"changing", `{"relations": [{"name": "log", "select": [], "insert": []}]}`, []string{"patch /log"}},
		{"removing", `{"relations": [{"name": "log", "select": [], "insert": [], "update": [], "delete": true}]}`, []string{"delete /log"}},
		{
			"writing what takes no writes", `{"relations": [{"name": "recent {now}", "delete": true}]}`,
			[]string{"get /recent%20%7Bnow%7D"},
		},
		{
			"all of a table with a key", `{"relations": [{"name": "artists", "delete": true}]}`,
			[]string{"delete /artists", "get /artists", "patch /artists", "post /artists", "put /artists"},
		},
		{
			"all but changing the key", `{"relations": [{"name": "artists", "update": ["name"]}]}`,
			[]string{"get /artists", "patch /artists", "post /artists"},
		},
		{"setting what is computed alone", `{"relations": [{"name": "albums", "select": [], "insert": ["tax"], "update": ["tax"]}]}`, nil},
		{"a function that may write", `{"functions": {"14": []}}`, []string{"post /rpc/both"}},
		{"a function that does not", `{"functions": {"13": []}}`, []string{"get /rpc/find", "post /rpc/find"}},
		{"a function that no request can call", `{"functions": {"17": []}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for path, item := range describe(t, tt.rights).Paths {
				for method := range item {
					got = append(got, method+" "+path)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestHidden shows that what the caller may not read is not even named.
func TestHidden(t *testing.T) {
	d := describe(t, `{"relations": [{"name": "albums", "select": ["id", "artist"], "insert": [], "update": ["code"]}]}`)
	all, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"mood", "artists", "log", "recent"} {
		if strings.Contains(string(all), hidden) {
			t.Errorf("%s is named in %s", hidden, all)
		}
	}
	want := []string{"albums", "albums.update"}
	var got []string
	for name := range d.Components.Schemas {
		if !strings.HasPrefix(name, "pergola.") {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the schemas (-want +got):\n%s", diff)
	}
}

// TestOverloads shows the arguments of a call by GET: one is required where every overload needs it.
func TestOverloads(t *testing.T) {
	tests := []struct {
		name, rights string
		want         []string
	}{
		{"both", `{"functions": {"11": [], "12": []}}`, []string{"a", "b"}},
		{"one", `{"functions": {"11": []}}`, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			for _, p := range describe(t, tt.rights).Paths["/rpc/add"]["get"].Parameters {
				names = append(names, p.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestNamesAreApart shows that no two components, operations or parameters of an operation have one name, whatever
// relations and columns are called.
func TestNamesAreApart(t *testing.T) {
	names := []string{"a.b", "a", "a.insert", "pergola", "pergola.error", "a b", "a.20.b", "rpc", "é", "{a}", `"`, "filter", ".2e."}
	src := catalog.Source{Schemas: []string{"public"}}
	for _, n := range names {
		rel := table(n, "id")
		rel.Columns = append(rel.Columns, column("id", "integer"))
		for _, c := range append(names, "select", "order", "and") {
			rel.Columns = append(rel.Columns, column(c, "text"))
		}
		src.Relations = append(src.Relations, rel)
		src.Functions = append(src.Functions, &catalog.Function{Name: name(n), Volatility: catalog.Stable})
	}
	plain, err := openapi31.Document(catalog.New(src), "public", openapi31.Everything(), openapi31.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(plain, &d); err != nil {
		t.Fatal(err)
	}
	none, err := openapi31.Document(catalog.New(catalog.Source{Schemas: []string{"public"}}), "public", openapi31.Everything(), openapi31.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var empty described
	if err := json.Unmarshal(none, &empty); err != nil {
		t.Fatal(err)
	}
	if want, got := 2*len(names), len(d.Paths); got != want {
		t.Errorf("there are %d paths, want %d", got, want)
	}
	if want, got := 3*len(names), len(d.Components.Schemas)-len(empty.Components.Schemas); got != want {
		t.Errorf("there are %d schemas of relations, want %d", got, want)
	}
	if want, got := len(names)*(len(names)+4), len(d.Components.Parameters)-len(empty.Components.Parameters); got != want {
		t.Errorf("there are %d filters, want %d", got, want)
	}
	ids := map[string]bool{}
	for path, item := range d.Paths {
		for method, o := range item {
			if ids[o.OperationID] {
				t.Errorf("%s %s has the identifier of another operation, %s", method, path, o.OperationID)
			}
			ids[o.OperationID] = true
			seen := map[string]bool{}
			for _, p := range o.Parameters {
				n := p.Name
				if key, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					n = d.Components.Parameters[key].Name
				}
				if n == "" || seen[n] {
					t.Errorf("%s %s has two parameters %q, or one that is nowhere (%s)", method, path, n, p.Ref)
				}
				seen[n] = true
			}
		}
	}
	if len(ids) != 7*len(names) {
		t.Errorf("there are %d operations: %v", len(ids), slices.Sorted(maps.Keys(ids)))
	}
}

func TestParseRights(t *testing.T) {
	for name, answer := range map[string]string{"no JSON": "{", "relations that are no list": `{"relations": 1}`, "a list": `[]`} {
		if _, err := openapi31.ParseRights([]byte(answer)); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}
