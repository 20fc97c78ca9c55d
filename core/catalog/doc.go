// Package catalog is an immutable snapshot of a database's schema: relations, columns, keys, relationships, functions, and
// what else decides the meaning of a request (types, data representations, media type handlers, role settings).
//
// pg introspects the database and fills a Source; New indexes it into a Snapshot. A request takes one Snapshot, once, and
// every later stage sees the same one. Nothing in a Snapshot may be changed after New.
package catalog
