package openapi31

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/pergola-dev/pergola/core/api/openapi/ordered"
	"github.com/pergola-dev/pergola/core/catalog"
)

// Options are what a description says of the server.
type Options struct {
	// Server is the address of the API, absolute or relative to that of the document (OpenAPI 3.1, "Server Object").
	Server string
	// Anonymous: a request without any credential is answered too.
	Anonymous bool
}

// The texts about the API that stand where the schema has no comment.
const (
	defaultTitle       = "Pergola REST API"
	defaultDescription = "The tables, views and functions of the database that the reader of this document may use."
	manual             = "https://docs.postgrest.org/en/stable/references/api.html"
)

// Document describes what a caller may do in one schema of the catalog. The error is one of encoding, which no catalog that
// introspection makes can cause.
func Document(cat *catalog.Snapshot, schemaName string, r Rights, o Options) ([]byte, error) {
	d := describer{cat: cat, schema: schemaName, rights: r, enums: enums(cat)}
	relations, functions := d.relations(), d.functions()
	doc := document{
		OpenAPI: "3.1.1", Info: about(cat, schemaName), Servers: []server{{cmp.Or(o.Server, "/")}}, Security: security(o),
		Tags: tags(relations, functions), Paths: d.paths(relations, functions),
		Components: components{
			Schemas: d.schemas(relations), Responses: d.responses(relations), Parameters: d.parameters(relations),
			Headers: sharedHeaders(), SecuritySchemes: securitySchemes(),
		},
		ExternalDocs: externalDocs{Description: "The grammar of requests", URL: manual},
	}
	out, err := ordered.Encode(doc)
	if err != nil {
		return nil, fmt.Errorf("describing schema %s: %w", schemaName, err)
	}
	return out, nil
}

// about makes title and description out of the schema's comment. The version is the beginning of the catalog's fingerprint: it
// changes with the schema.
func about(cat *catalog.Snapshot, schemaName string) info {
	const digits = 12
	version := cmp.Or(cat.Fingerprint, "0")
	i := info{Title: defaultTitle, Description: defaultDescription, Version: version[:min(digits, len(version))]}
	if comment := cat.SchemaComments[schemaName]; comment != "" {
		first, rest, _ := strings.Cut(comment, "\n")
		i.Title, i.Description = first, strings.TrimLeft(rest, "\n")
	}
	return i
}

// The names of the ways to say who is calling.
const (
	apiKey = "apikey"
	bearer = "bearer"
)

// security lists the ways to call, any of which will do.
func security(o Options) []map[string][]string {
	ways := []map[string][]string{{apiKey: {}}, {bearer: {}}}
	if o.Anonymous {
		ways = append(ways, map[string][]string{})
	}
	return ways
}

func securitySchemes() map[string]securityScheme {
	return map[string]securityScheme{
		apiKey: {Type: "apiKey", Description: "The key of an application.", Name: "apikey", In: "header"},
		bearer: {Type: "http", Description: "The token of a user. It wins over the key.", Scheme: "bearer", BearerFormat: "JWT"},
	}
}

// functionsTag gathers the functions.
const functionsTag = "Functions"

// tags gather the operations of each relation, with its comment, and the functions.
func tags(relations []relation, functions []function) []tag {
	all := make([]tag, 0, len(relations)+1)
	seen := false
	for _, r := range relations {
		seen = seen || r.Name.Name == functionsTag
		all = append(all, tag{Name: r.Name.Name, Description: r.Comment})
	}
	if len(functions) > 0 && !seen {
		all = append(all, tag{Name: functionsTag})
	}
	return all
}

// describer is one Document in the making.
type describer struct {
	cat    *catalog.Snapshot
	schema string
	rights Rights
	enums  map[string][]string // labels by the name of the type
}

// enums finds the labels of the types that columns have: functions name their types alone.
func enums(cat *catalog.Snapshot) map[string][]string {
	all := map[string][]string{}
	for _, rel := range cat.Relations {
		for i := range rel.Columns {
			if c := &rel.Columns[i]; len(c.Enum) > 0 {
				all[c.BaseType] = c.Enum
			}
		}
	}
	return all
}

// paths describe what can be done at each address.
func (d describer) paths(relations []relation, functions []function) map[string]pathItem {
	all := make(map[string]pathItem, len(relations)+len(functions))
	for _, r := range relations {
		if item := d.relationPath(r); !item.empty() {
			all["/"+url.PathEscape(r.Name.Name)] = item
		}
	}
	for _, f := range functions {
		all["/rpc/"+url.PathEscape(f.name)] = d.functionPath(f)
	}
	return all
}

// key makes the name of a component, for which the specification allows letters, digits, "-", "_" and "." alone, out of any
// name. Different names give different keys, and no key has a single dot, so that ours may follow one.
func key(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(&b, ".%x.", c)
	}
	return b.String()
}
