package openapi31

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pergola-dev/pergola/core/catalog"
)

// filterFamily is what conditions on a column may ask, by the kind of its type.
type filterFamily struct {
	name, operators string
}

const (
	comparing = "eq|neq|gt|gte|lt|lte|in|is|isdistinct"
	searching = "fts|plfts|phfts|wfts"
	holding   = "cs|cd|ov"
	lying     = "sl|sr|nxl|nxr|adj"
)

// families are the kinds of types. Any operator is let through to the database, which decides: these are the ones that
// PostgreSQL's own types have.
func families() []filterFamily {
	return []filterFamily{
		{"any", comparing + "|like|ilike|match|imatch|" + searching + "|" + holding + "|" + lying},
		{"array", comparing + "|" + holding},
		{"boolean", "eq|neq|in|is|isdistinct"},
		{"json", "eq|neq|in|is|isdistinct|cs|cd"},
		{"ordered", comparing},
		{"range", comparing + "|" + holding + "|" + lying},
		{"search", "is|" + searching},
		{"text", comparing + "|like|ilike|match|imatch|" + searching},
	}
}

// family names the kind of a column's type.
func family(c *catalog.Column) string {
	switch t := value(c.PlainType).Type; {
	case c.Array || len(t) > 0 && t[0] == arrayType:
		return "array"
	case t == nil:
		return "json"
	case t[0] == booleanType:
		return "boolean"
	case t[0] != stringType, len(c.Enum) > 0:
		return "ordered"
	}
	switch name := c.PlainType; {
	case name == "tsvector":
		return "search"
	case slices.Contains([]string{"text", "character varying", "character", "citext", "name"}, name):
		return "text"
	case strings.HasSuffix(name, "range"):
		return "range"
	case name == "date", name == "uuid", name == "interval", strings.HasPrefix(name, "time"):
		return "ordered"
	}
	return "any"
}

// schema is that of a condition: OPERATOR.VALUE, perhaps negated, perhaps with a modifier in parentheses.
func (f filterFamily) schema() *schema {
	return &schema{
		Type:        types{stringType},
		Description: "`OPERATOR.VALUE`, or `not.OPERATOR.VALUE`, with one of: " + strings.ReplaceAll(f.operators, "|", ", ") + ".",
		Pattern:     `^(not\.)?(` + f.operators + `)(\([^)]+\))?\.`,
	}
}

// filterSchema is the name of a family's component.
func filterSchema(family string) string { return shared + "filter." + family }

// filter is the parameter that holds a condition on a column.
func filter(c *catalog.Column) parameter {
	description := nonEmpty(c.Comment)
	if len(c.Enum) > 0 {
		description = append(description, "One of: `"+strings.Join(c.Enum, "`, `")+"`.")
	}
	return parameter{
		Name: quoted(c.Name), In: "query", Description: strings.Join(description, "\n\n"),
		Schema: schemaRef(filterSchema(family(c))),
	}
}

// filterKey is the name of a filter's component.
func filterKey(relation, column string) string { return key(relation) + ".filter." + key(column) }

// filterRefs refer to the filters of columns.
func filterRefs(relation string, columns []*catalog.Column) []parameter {
	refs := make([]parameter, len(columns))
	for i, c := range columns {
		refs[i] = parameterRef(filterKey(relation, c.Name))
	}
	return refs
}

// reserved reports whether a query parameter of that name is something else than a condition on a column.
func reserved(name string) bool {
	return slices.Contains([]string{"select", "order", "limit", "offset", "and", "or", "columns", "on_conflict"}, name)
}

// quoted is a name as requests write it: in quotes where the grammar gives the name, or a character of it, a meaning.
func quoted(name string) string {
	plain := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || strings.ContainsRune("_$- ", c)
	}
	special := strings.ContainsFunc(name, func(c rune) bool { return !plain(c) })
	if !special && !reserved(name) && strings.TrimSpace(name) == name {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}
