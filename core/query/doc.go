// Package query says what was asked, with its names still unresolved: the language between the front doors and the
// pipeline.
//
// A front door turns its wire text into a Request; plan gives the names their meaning. Nothing here knows HTTP, SQL or the
// schema, so every surface (REST now, others later) asks in the same words.
package query
