// Package dialect says what the database in front of us can do: a struct of facts, probed once at start and frozen.
//
// A fact exists only if code branches on it. plan refuses what cannot be done and names the feature, sqlgen picks a
// fragment, pg picks the transaction mode.
package dialect
