// Package dsqlproxy stands between a client and a real PostgreSQL on the same machine and refuses what Aurora DSQL
// refuses, so that tests find out without AWS. It belongs to the test kit and must not reach the binary.
//
// A statement passes the tokenizer, the rules about its text (rules) and those about its transaction (transaction), and
// then goes to the server. The proxy asks the server one thing at a time and opens a transaction around what the client
// leaves to the server to commit, so that it decides about every commit: a conflict that it makes up really undoes the
// work, and the client sees what a server would send.
//
// What it does not do: it knows no catalog, so it sees types only where columns are declared, and takes any equality for
// one with a key. Rows are counted by what statements report, so those that a common table expression writes, or a
// foreign key's action, are not counted. COPY and calls of functions by message are not carried. An index that is asked
// for asynchronously is built at once, and gives no job. The parameter disable_sync_create_index passes, but PostgreSQL
// does not have it. That the server ended a connection is noticed when the client next speaks.
package dsqlproxy
