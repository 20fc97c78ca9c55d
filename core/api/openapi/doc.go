// Package openapi describes an exposed schema as an OpenAPI 2.0 document (once called Swagger), as PostgREST does.
//
// It stands behind the REST front door's root path. The request goes through the pipeline as a query.Describe, whose answer
// says what the caller may use; Document puts that beside the catalog and writes the rest. Which members the document has,
// and what stands in them, is PostgREST's (its Response/OpenAPI module), because generators of clients read it.
package openapi
