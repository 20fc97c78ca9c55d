package openapi

import (
	"encoding/json"

	"github.com/pergola-dev/pergola/core/api/openapi/ordered"
)

// The types of this file are the objects of the OpenAPI 2.0 specification that a description is made of, with the members
// that it uses, in the order in which they are written.

type document struct {
	Swagger             string                    `json:"swagger"`
	Info                info                      `json:"info"`
	Host                string                    `json:"host,omitempty"`
	BasePath            string                    `json:"basePath,omitempty"`
	Schemes             []string                  `json:"schemes,omitempty"`
	Consumes            []string                  `json:"consumes"`
	Produces            []string                  `json:"produces"`
	Paths               map[string]pathItem       `json:"paths"`
	Definitions         map[string]*schema        `json:"definitions,omitempty"`
	Parameters          map[string]parameter      `json:"parameters"`
	SecurityDefinitions map[string]securityScheme `json:"securityDefinitions,omitempty"`
	Security            []map[string][]string     `json:"security,omitempty"`
	ExternalDocs        externalDocs              `json:"externalDocs"`
}

type info struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Version     string `json:"version"`
}

type externalDocs struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type securityScheme struct {
	Description string `json:"description"`
	Type        string `json:"type"`
	Name        string `json:"name"`
	In          string `json:"in"`
}

type pathItem struct {
	Get    *operation `json:"get,omitempty"`
	Post   *operation `json:"post,omitempty"`
	Delete *operation `json:"delete,omitempty"`
	Patch  *operation `json:"patch,omitempty"`
}

type operation struct {
	Tags        []string            `json:"tags"`
	Summary     string              `json:"summary,omitempty"`
	Description string              `json:"description,omitempty"`
	Produces    []string            `json:"produces,omitempty"`
	Parameters  []input             `json:"parameters,omitempty"`
	Responses   map[string]response `json:"responses"`
}

type response struct {
	Description string  `json:"description"`
	Schema      *schema `json:"schema,omitempty"`
}

// input is what an operation takes: a parameter of its own, or a reference to one of the document. The set is closed.
//
//sumtype:decl
type input interface{ input() }

type reference struct {
	Ref string `json:"$ref"`
}

type parameter struct {
	Name             string   `json:"name"`
	Description      string   `json:"description,omitempty"`
	Required         bool     `json:"required"`
	Default          string   `json:"default,omitempty"`
	Enum             []string `json:"enum,omitempty"`
	In               string   `json:"in"`
	Type             string   `json:"type,omitempty"`
	Format           string   `json:"format,omitempty"`
	Items            *schema  `json:"items,omitempty"`
	CollectionFormat string   `json:"collectionFormat,omitempty"`
	Schema           *schema  `json:"schema,omitempty"`
}

func (reference) input() {}
func (parameter) input() {}

type schema struct {
	Ref         string          `json:"$ref,omitempty"`
	Description string          `json:"description,omitempty"`
	Required    []string        `json:"required,omitempty"`
	Properties  properties      `json:"properties,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Enum        []string        `json:"enum,omitempty"`
	Format      string          `json:"format,omitempty"`
	MaxLength   int             `json:"maxLength,omitempty"`
	Type        string          `json:"type,omitempty"`
	Items       *schema         `json:"items,omitempty"`
}

// properties are the members of an object, in the order of the columns or parameters that they stand for.
type (
	properties = ordered.Object[*schema]
	property   = ordered.Member[*schema]
)
