// Package openapi31 describes an exposed schema as an OpenAPI 3.1 document: every operation that the caller may do, and no
// other.
//
// It stands behind the REST front door's path openapi.json, beside package openapi, whose document is PostgREST's own and
// says of a relation only that the caller may use it somehow. The request goes through the pipeline as a query.Describe that
// asks for rights; Document puts the answer beside the catalog. Generators of clients, contract tests and the explorer read
// what comes out.
package openapi31
