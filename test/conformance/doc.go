// Package conformance runs PostgREST's own specification, as HTTP cases, against `pergola serve rest`.
//
// The cases and their runner are not part of this repository: they are looked for beside it, in ../shared/conformance.
// How many cases pass stands in the file floor, below which the test fails. No case is treated differently from another.
package conformance
