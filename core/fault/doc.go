// Package fault is the one error a caller of Pergola may see.
//
// It stands at the bottom of the house: every stage makes its errors here, where the cause is known, and one writer per
// protocol turns them into a wire problem. An error of any other type is internal: it leaves as a bare failure with a
// request id, and its text stays in the log.
//
// Codes are PostgREST's own (PGRST000 to PGRSTX00) where it has one, SQLSTATEs where the database spoke, and PERGOLA_*
// where neither does. A code is never reused for another meaning.
package fault
