// Package conformance runs PostgREST's own specification, as HTTP cases, against Pergola in four ways: every configuration
// against `pergola serve rest`, and the base configuration again with transactions that commit, through `pergola serve`
// under /rest/v1, and through the Lambda function behind a gateway.
//
// The cases and their runner are not part of this repository: they are looked for beside it, in ../shared/conformance.
// How many cases pass with `serve rest` stands in the file floor, below which the test fails; the other ways must give
// the same results, case by case. No case is treated differently from another because of its name. What fails is listed
// in docs/moving-from-postgrest.md.
package conformance
