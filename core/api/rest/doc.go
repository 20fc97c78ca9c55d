// Package rest is the PostgREST front door: wire text in, a query.Request out; an engine.Answer in, wire text out.
//
// It knows the grammar of the query string, the Prefer, Range, Accept and profile headers, and the forms of bodies. It
// does not know the schema: names pass through to plan as they came.
package rest
