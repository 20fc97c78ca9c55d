// Package sqlgen writes the SQL of a guarded plan: the only package that writes SQL for users' data.
//
// One plan becomes one statement, which builds the body, the counts and the response settings in the database. Values are
// parameters, numbered once, in the order of their places; names pass through one quoting function; equal plans give equal
// text. Compile is pure.
package sqlgen
