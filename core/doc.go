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
// A request to the Auth service takes another way behind web, through the rooms under auth:
//
//	auth       its routes: a request is read, one flow called, what came of it sent; hosts mount it at /auth/v1 or at /
//	wire       the forms of requests, answers and errors, which are GoTrue's
//	flow       what a sign-up, a sign-in, a refresh or a verification does, and what it refuses
//	access     who is calling: the access token is verified, and another one signed at the end
//	password, refresh, totp, redirect
//	           one question each, without a database: is this the password, the token, the code, a place to be sent to
//	oauth      what a provider says of a person; cognito, what a user pool of Amazon's does that keeps the passwords
//	hooks      the application is asked, over webhook, which signs and keeps to public addresses
//	store      one statement for each step, the only SQL about users; pg runs it, as it runs REST's
//	mail, ses  templates become messages, which a mail server, Amazon SES or the inbox of "pergola dev" takes
//
// schema makes their tables, before anything is served. app/authapp puts the service together out of a Config, for serve, dev
// and its own Lambda function; app itself does not link it.
//
// A request moves forward through that list and an answer moves back; nothing calls back. The leaves (fault, identity,
// dialect, catalog, stmt, config) say what things are and import nothing of ours. plan, policy and sqlgen are pure:
// no context, no clock, no input or output.
//
// deps_test.go holds the rules of import, each with its reason.
package core
