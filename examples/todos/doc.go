// Package todos holds the example that `pergola dev` loads into a database that it has just made: lists of things to do,
// with tags, row-level security and two functions. It is data for the command line; nothing else imports it.
package todos

import _ "embed" // the files below

// Schema is the SQL of the tables, their policies and functions.
//
//go:embed schema.sql
var Schema string

// Seed is the SQL of some rows, of which everybody may read those in public lists.
//
//go:embed seed.sql
var Seed string
