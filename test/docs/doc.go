// Package docs runs the examples of the manual: every request in docs/rest.md is sent to a server over a database of
// examples/todos, in the order of the page, and must be answered as the page says. Whatever SQL the page gives is run in
// between. `go test ./test/docs -update` writes the answers into the page; a person reads them before they are committed.
package docs
