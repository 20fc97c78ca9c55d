// Package gateway lets an http.Handler answer Lambda invocations: a gateway's event becomes an *http.Request, and what the
// handler writes becomes the response of that kind of event.
//
// It is the first and the last arrow of a request's way in a Lambda; everything between speaks net/http and does not know
// where it runs. One file holds one kind of event; httpapi.go is API Gateway's HTTP API (payload format 2.0). An event of
// another kind is refused by name.
//
// The request is built from the raw parts of the event: the query string verbatim, the path as the gateway decoded it,
// header values unsplit. What the gateway has lost cannot be restored: on an HTTP API an encoded slash in a path is a
// slash, and repeated header fields are one field joined by commas.
//
// An answer is collected in memory and leaves as a whole, so it never starts before the handler is done. Answers that are
// sent while they are made are not this package's business.
package gateway
