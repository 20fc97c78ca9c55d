// Package core is a map of Pergola's rooms, in the order in which a request walks through them. It holds no code.
//
//	config    the environment becomes a Config; every fault is reported at once
//	cli, app  main asks cli, cli asks app: the Config becomes an http.Handler and what it needs; a Lambda starts at app
//	gateway   an API Gateway event becomes an *http.Request, and the answer an event again; "serve" does without it
//	web       request id, CORS, limits, recovery, and who is calling: token verifies the credential, identity carries it
//	api/rest  the wire's text becomes a query.Request: names as they were written, nothing looked up
//	query     what was asked
//	engine    the pipeline itself: takes one catalog snapshot and calls the next four, in this order
//	plan      what it means here: relations, the embedding tree and typed expressions, resolved with catalog and dialect
//	policy    the only maker of a Guarded plan; nothing unguarded can be compiled
//	sqlgen    a Guarded plan becomes a stmt.Statement: the only package that writes SQL for users' data
//	pg        one statement, one round trip; a stmt.Result comes back, its body encoded by the database already
//	api/rest  the Result becomes the response: status, headers, body
//	fault     whatever went wrong on the way, as the one error that a caller may see
//
// Beside that way stand api/openapi, which makes a description out of what a caller may do, and api/explorer, the page that
// shows it.
//
// The Auth service is under auth, in layers of its own: flow says what a sign-in or a refresh does, store says it in SQL, one
// statement each, and runs it with pg; wire has the forms of its requests and answers. Beside them access, password, refresh, redirect, webhook and mail each know one thing;
// schema makes the tables. Nothing serves it yet.
//
// A request moves forward through that list and an answer moves back; nothing calls back. The leaves (fault, identity,
// dialect, catalog, stmt, config) say what things are and import nothing of ours. plan, policy and sqlgen are pure:
// no context, no clock, no input or output.
//
// deps_test.go holds the rules of import, each with its reason.
package core
