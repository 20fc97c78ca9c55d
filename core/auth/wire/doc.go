// Package wire is how Auth looks from outside: the JSON of a user and of a session, the header fields that go with them, the
// two shapes of an error, and how a body and what is in it are read. All is GoTrue's: names, order of members, what is left
// out and what is empty, texts and statuses.
//
// It stands between the routes and the flows. It routes nothing and decides nothing: a route reads with Decode, calls a flow,
// and sends what NewUser or NewSession makes of the answer, or WriteFault of the error.
//
// GoTrue writes metadata with sorted names, and so does this package; numbers keep all their digits, which GoTrue rounds.
package wire
