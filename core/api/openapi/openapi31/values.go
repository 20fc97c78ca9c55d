package openapi31

import (
	"encoding/json"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// The types of JSON Schema, and the one that stands for any.
const (
	arrayType   = "array"
	booleanType = "boolean"
	integerType = "integer"
	nullType    = "null"
	numberType  = "number"
	objectType  = "object"
	stringType  = "string"
)

// value is the schema of a value of a PostgreSQL type, as the database writes it into JSON. What has no JSON type of its own
// is a string; json and jsonb may be anything.
func value(typeName string) *schema {
	if element, ok := strings.CutSuffix(typeName, "[]"); ok {
		return &schema{Type: types{arrayType}, Items: value(element)}
	}
	switch typeName {
	case "json", "jsonb":
		return &schema{}
	case "boolean":
		return &schema{Type: types{booleanType}}
	case "smallint", "integer", "bigint":
		return &schema{Type: types{integerType}, Format: format(typeName)}
	case "numeric", "real", "double precision":
		return &schema{Type: types{numberType}, Format: format(typeName)}
	}
	return &schema{Type: types{stringType}, Format: format(typeName)}
}

// format is the format of a PostgreSQL type: as the OpenAPI format registry or JSON Schema name it, else the type's own
// name. Plain text has none.
func format(typeName string) string {
	switch typeName {
	case "smallint":
		return "int16"
	case "integer":
		return "int32"
	case "bigint":
		return "int64"
	case "real":
		return "float"
	case "double precision":
		return "double"
	case "timestamp with time zone":
		return "date-time"
	case "text", "character varying", "character", `"char"`, "name", "citext", "numeric":
		return ""
	}
	return typeName
}

// enum is the schema of a type with labels.
func enum(labels []string) *schema {
	s := &schema{Type: types{stringType}}
	for i := range labels {
		s.Enum = append(s.Enum, &labels[i])
	}
	return s
}

// argument is the schema of a value of a type that is known by its name alone.
func (d describer) argument(typeName string) *schema {
	if element, ok := strings.CutSuffix(typeName, "[]"); ok {
		return &schema{Type: types{arrayType}, Items: d.argument(element)}
	}
	if labels := d.enums[typeName]; len(labels) > 0 {
		return enum(labels)
	}
	return value(typeName)
}

// column is the schema of a column's values.
func column(c *catalog.Column) *schema {
	s := value(c.PlainType)
	if len(c.Enum) > 0 {
		s = enum(c.Enum)
	}
	s.Description, s.Default = c.Comment, literal(c)
	s.ReadOnly = c.Generated
	if s.Type != nil && s.Type[0] == stringType {
		s.MaxLength = c.MaxLen
	}
	if !c.Nullable || s.Type == nil {
		return s
	}
	s.Type = append(s.Type, nullType)
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// literal is a column's default as JSON; nil where it is computed.
func literal(c *catalog.Column) json.RawMessage {
	text := c.Default
	if i := strings.LastIndex(text, "'::"); i > 0 && text[0] == '\'' {
		text = strings.ReplaceAll(text[1:i], "''", "'")
		if t := value(c.PlainType).Type; len(t) > 0 && t[0] == stringType {
			quoted, _ := json.Marshal(text) // a string always encodes
			return quoted
		}
	}
	if !json.Valid([]byte(text)) || !fits(c, text) {
		return nil
	}
	return json.RawMessage(text)
}

// fits reports whether valid JSON is of the column's own JSON type: PostgreSQL's text for a value may happen to be JSON.
func fits(c *catalog.Column, text string) bool {
	t := value(c.PlainType).Type
	switch {
	case t == nil:
		return true
	case t[0] == booleanType:
		return text == "true" || text == "false"
	case t[0] == integerType, t[0] == numberType:
		return strings.Trim(text, "-+.eE0123456789") == ""
	}
	return false
}
