// Package store is the only one of the Auth service that knows its tables. Flows say what shall be so; store says it in SQL.
//
// Each function is one fixed statement and so one round trip and one transaction: what belongs together, a user with an
// identity, a token and the line of the audit log, is written by one statement with data-modifying sub-statements. Such a
// statement can be run again as a whole when the database lost a race, without anything happening twice. Nothing a caller
// sends is in the text of a statement.
//
// Rows come back as JSON by the names of their columns. NULL reads as the zero value wherever it stands: rows that SQL or an
// import has made hold NULL where GoTrue writes an empty text.
package store
