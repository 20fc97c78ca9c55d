package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/api/openapi"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/internal/golden"
)

// options are what the goldens say of the server, as far as they say anything.
type options struct {
	Address  string
	Security bool
}

// TestDocument describes the schema of a small library. A file says what the caller may use (all of it where the section
// "usable" is missing), the options, and the schema; the answer is the document, broken into lines.
func TestDocument(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(golden.Name(file), func(t *testing.T) {
			usable := openapi.Everything()
			if golden.Has(t, file, "usable") {
				var err error
				if usable, err = openapi.ParseUsable([]byte(golden.Section(t, file, "usable"))); err != nil {
					t.Fatal(err)
				}
			}
			var o options
			if err := json.Unmarshal([]byte(golden.Section(t, file, "options")), &o); err != nil {
				t.Fatal(err)
			}
			doc, err := openapi.Document(library(), golden.Section(t, file, "schema"), usable,
				openapi.Options{Server: openapi.ServerAt(o.Address), Security: o.Security})
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, file, "document", layOut(t, doc, "", breaks{"paths": 2, "definitions": 3, "parameters": 1}))
		})
	}
}

// breaks says how many levels of objects below the members of that name stand on lines of their own.
type breaks map[string]int

// layOut breaks a document into lines, for the reader's sake only.
func layOut(t *testing.T, doc json.RawMessage, indent string, into breaks) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return string(doc)
	}
	var out strings.Builder
	out.WriteString("{\n")
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		text, below := string(value), into[key.(string)]
		if below == 0 {
			below = into[""]
		}
		if below > 0 {
			text = layOut(t, value, indent+"  ", breaks{"": below - 1})
		}
		fmt.Fprintf(&out, "%s  %q: %s\n", indent, key, text)
	}
	return out.String() + indent + "}"
}

func TestParseUsable(t *testing.T) {
	for name, answer := range map[string]string{"no JSON": "{", "relations that are no list": `{"relations": 1}`, "a list": `[]`} {
		if _, err := openapi.ParseUsable([]byte(answer)); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
	none, err := openapi.ParseUsable(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/"}, paths(t, none)); diff != "" {
		t.Errorf("the paths of an answer without a body (-want +got):\n%s", diff)
	}
}

// TestOverloads shows which overload stands for a function: of those that the caller may run the one with the most
// parameters.
func TestOverloads(t *testing.T) {
	tests := []struct {
		name, usable string
		want         []string
	}{
		{"all", `{"functions": {"11": ["integer"], "12": ["integer", "boolean"]}}`, []string{"copies", "damaged"}},
		{"one", `{"functions": {"11": ["integer"]}}`, []string{"copies"}},
		{"none", `{"functions": {}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			usable, err := openapi.ParseUsable([]byte(tt.usable))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, p := range parse(t, usable).Paths["/rpc/order"].Get.Parameters {
				names = append(names, p.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("the parameters (-want +got):\n%s", diff)
			}
		})
	}
}

// described is what these tests read of a document.
type described struct {
	Paths map[string]struct {
		Get struct{ Parameters []struct{ Name string } }
	}
}

func parse(t *testing.T, usable openapi.Usable) described {
	t.Helper()
	doc, err := openapi.Document(library(), "public", usable, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func paths(t *testing.T, usable openapi.Usable) []string {
	t.Helper()
	var all []string
	for path := range parse(t, usable).Paths {
		all = append(all, path)
	}
	return all
}

func TestServerAt(t *testing.T) {
	tests := []struct {
		address string
		want    openapi.Server
	}{
		{"https://api.example.com", openapi.Server{Scheme: "https", Host: "api.example.com:443", BasePath: "/"}},
		{"HTTP://api.example.com/rest/v1", openapi.Server{Scheme: "http", Host: "api.example.com:80", BasePath: "/rest/v1"}},
		{"https://[::1]:8443/", openapi.Server{Scheme: "https", Host: "[::1]:8443", BasePath: "/"}},
		{"https://[::1]", openapi.Server{Scheme: "https", Host: "[::1]:443", BasePath: "/"}},
		{"ftp://example.com", openapi.Server{}},
		{"https://", openapi.Server{}},
		{"://", openapi.Server{}},
		{"", openapi.Server{}},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, openapi.ServerAt(tt.address)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// name is one of the schema "public".
func name(n string) catalog.Name { return catalog.Name{Schema: "public", Name: n} }
