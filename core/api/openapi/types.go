package openapi

import (
	"encoding/json"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// The types of the document, as JSON Schema names them. A type of "" is any.
const (
	anyType     = ""
	arrayType   = "array"
	booleanType = "boolean"
	integerType = "integer"
	numberType  = "number"
	objectType  = "object"
	stringType  = "string"
)

// jsonType is the JSON type of a PostgreSQL type. What has no JSON type of its own is a string.
func jsonType(name string) string {
	switch name {
	case "boolean":
		return booleanType
	case "smallint", "integer", "bigint":
		return integerType
	case "numeric", "real", "double precision":
		return numberType
	case "json", "jsonb":
		return anyType
	}
	if strings.HasSuffix(name, "[]") {
		return arrayType
	}
	return stringType
}

// format is the format of a PostgreSQL type: its name, but for integers, for which the specification has formats.
func format(name string) string {
	switch name {
	case "smallint", "integer":
		return "int32"
	case "bigint":
		return "int64"
	}
	return name
}

// elementOf is the type of an array's elements.
func elementOf(array string) string { return strings.TrimSuffix(array, "[]") }

// typed is the schema of a value of a PostgreSQL type.
func typed(name string) *schema {
	s := &schema{Type: jsonType(name), Format: format(name)}
	if s.Type == arrayType {
		s.Items = &schema{Type: jsonType(elementOf(name))}
	}
	return s
}

// defaultOf is a column's default as JSON; nil where its expression is none. An expression that computes a string stands in
// the document as its own text, and one of any other type not at all.
func defaultOf(c *catalog.Column) json.RawMessage {
	text := c.Default
	if jsonType(c.PlainType) == stringType && text != "" {
		if literal, ok := strings.CutSuffix(text, "::"+c.PlainType); ok {
			text = strings.Trim(literal, "'")
		}
		text = `"` + text + `"`
	}
	if !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}
