// Package docs runs the examples of the manual.
//
// Every request in docs/rest.md is sent to a server over a database of examples/todos, in the order of the page, and must be
// answered as the page says. Whatever SQL the page gives is run in between. `go test ./test/docs -update` writes the answers
// into the page; a person reads them before they are committed.
//
// docs/auth.md is tested likewise, with an answer's "..." for what differs each time; its blocks of settings start the service,
// and its commands, as those of docs/moving-from-supabase.md, run in one shell. JavaScript is the business of test/e2e
// (manual.test.mjs). Settings and links that pages name have to be there.
package docs
