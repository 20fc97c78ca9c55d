// Package pg is the database: pools of connections, transactions, retries, SQLSTATE -> fault, introspection -> catalog.
//
// It is the last stage before the wire and the only package that speaks the PostgreSQL protocol. engine hands it a
// stmt.Statement and gets a stmt.Result or a fault back; app asks it for a catalog.Snapshot and the dialect.Facts. It
// knows nothing of plans, policies or the SQL writer, and no caller's text reaches it but as a parameter.
//
// Run sends everything of one Statement in a single network write that ends in a single Sync, and answers only when the
// server is ready for the next query: a deferred constraint fails no sooner.
package pg
