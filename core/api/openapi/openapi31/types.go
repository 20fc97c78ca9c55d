package openapi31

import (
	"encoding/json"

	"github.com/pergola-dev/pergola/core/api/openapi/ordered"
)

// The types of this file are the objects of the OpenAPI 3.1 specification that a description is made of, with the members
// that it uses, in the order in which they are written.

type document struct {
	OpenAPI      string                `json:"openapi"`
	Info         info                  `json:"info"`
	Servers      []server              `json:"servers"`
	Security     []map[string][]string `json:"security"`
	Tags         []tag                 `json:"tags,omitempty"`
	Paths        map[string]pathItem   `json:"paths"`
	Components   components            `json:"components"`
	ExternalDocs externalDocs          `json:"externalDocs"`
}

type info struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Version     string `json:"version"`
}

type server struct {
	URL string `json:"url"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type externalDocs struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type components struct {
	Schemas         map[string]*schema        `json:"schemas"`
	Responses       map[string]response       `json:"responses"`
	Parameters      map[string]parameter      `json:"parameters"`
	Headers         map[string]header         `json:"headers"`
	SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type         string `json:"type"`
	Description  string `json:"description"`
	Name         string `json:"name,omitempty"`
	In           string `json:"in,omitempty"`
	Scheme       string `json:"scheme,omitempty"`
	BearerFormat string `json:"bearerFormat,omitempty"`
}

type pathItem struct {
	Get    *operation `json:"get,omitempty"`
	Put    *operation `json:"put,omitempty"`
	Post   *operation `json:"post,omitempty"`
	Delete *operation `json:"delete,omitempty"`
	Patch  *operation `json:"patch,omitempty"`
}

// empty reports whether there is nothing to do at the path.
func (p pathItem) empty() bool { return p == pathItem{} }

type operation struct {
	Tags        []string            `json:"tags"`
	Summary     string              `json:"summary,omitempty"`
	Description string              `json:"description,omitempty"`
	OperationID string              `json:"operationId"`
	Parameters  []parameter         `json:"parameters,omitempty"`
	RequestBody *requestBody        `json:"requestBody,omitempty"`
	Responses   map[string]response `json:"responses"`
}

// parameter is one of an operation's own, or a reference to one of the components: then nothing but Ref is set.
type parameter struct {
	Ref         string  `json:"$ref,omitempty"`
	Name        string  `json:"name,omitempty"`
	In          string  `json:"in,omitempty"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Schema      *schema `json:"schema,omitempty"`
}

type requestBody struct {
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required"`
	Content     content `json:"content"`
}

// content are bodies by their media types.
type content map[string]media

type media struct {
	Schema *schema `json:"schema"`
}

// response is one of an operation's own, or a reference to one of the components.
type response struct {
	Ref         string            `json:"$ref,omitempty"`
	Description string            `json:"description,omitempty"`
	Headers     map[string]header `json:"headers,omitempty"`
	Content     content           `json:"content,omitempty"`
}

type header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *schema `json:"schema,omitempty"`
}

// schema is a JSON Schema (draft 2020-12).
type schema struct {
	Ref         string          `json:"$ref,omitempty"`
	Description string          `json:"description,omitempty"`
	Type        types           `json:"type,omitempty"`
	Format      string          `json:"format,omitempty"`
	Enum        []*string       `json:"enum,omitempty"`
	Pattern     string          `json:"pattern,omitempty"`
	MaxLength   int             `json:"maxLength,omitempty"`
	Minimum     *int            `json:"minimum,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	ReadOnly    bool            `json:"readOnly,omitempty"`
	Required    []string        `json:"required,omitempty"`
	Properties  properties      `json:"properties,omitempty"`
	Items       *schema         `json:"items,omitempty"`
	OneOf       []*schema       `json:"oneOf,omitempty"`
	AnyOf       []*schema       `json:"anyOf,omitempty"`
}

// types are the JSON types that a value may have. One alone is written as a string, which more programs understand.
type types []string

// MarshalJSON writes one type as a string, and several as an array.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// properties are the members of an object, in the order of the columns or parameters that they stand for.
type (
	properties = ordered.Object[*schema]
	property   = ordered.Member[*schema]
)
