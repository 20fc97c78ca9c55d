// Package schema makes the tables of the Auth service: the schema auth with the names, types and constraints that
// Supabase's has, and the schema auth_internal with what is ours alone (the ledger, and what is counted across
// instances).
//
// It stands beside the service, not in the way of a request: people, `pergola dev` and, in GoTrue's
// place, `pergola serve auth` run Apply; a function on Lambda never does. The files under sql are the only place that says what a table looks like. One file serves
// PostgreSQL and Aurora DSQL: a line that ends in "-- postgresql" or "-- dsql" is there for that database alone. A line
// that begins with "-- if" says when the statement after it is to be run. Every statement is a transaction of its own and
// does nothing where its work is done, so a run that broke off is simply run again.
//
// The tables are those of GoTrue at UpstreamLevel. A schema that GoTrue has made is adopted as it is. GoTrue's ledger,
// auth.schema_migrations, is made empty and left alone: a data dump of a Supabase project brings rows for it, which would
// collide with rows of ours. HandOver fills it for those who go back to GoTrue.
package schema
