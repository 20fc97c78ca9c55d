// Package stmt holds the only two values that cross the database line: a Statement goes in, a Result comes out.
//
// A Statement is made by sqlgen alone (and wrapped by engine with the settings of the request); pg runs it and knows
// nothing of plans.
package stmt
