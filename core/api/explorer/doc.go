// Package explorer serves a page on which a person reads what the API offers and runs requests with a key.
//
// It stands beside the front doors: app puts it at /docs, and the page asks the REST front door for everything else. All of
// the page is in the binary, so that it works without any network but that to the server. Its Content-Security-Policy lets
// it speak to its own origin alone.
//
// The page is Scalar's API reference, in the version that assets/pin names, and a few lines of ours that hand it the OpenAPI
// document of whoever's key the reader gives. scripts/explorer-update.sh fetches another version.
package explorer
