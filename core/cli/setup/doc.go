// Package setup holds the SQL that makes a database fit for the API: the roles that requests act as, the functions that
// policies ask about the caller, privileges, and the trigger that reports schema changes.
//
// `pergola dev` runs it on the database that it makes itself, and on another one only when it is asked to; the test kit
// uses the same. The package only gives out text: it never connects. The names are Supabase's, so that policies written
// there work here.
package setup
