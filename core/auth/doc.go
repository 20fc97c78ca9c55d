// Package auth is the HTTP side of the Auth service, which stands where GoTrue stood: its paths, bodies, header fields and
// errors are GoTrue's, so that supabase-js works against it unchanged.
//
// A request takes this way:
//
//	routes (here) --> flow: what is done --> store: in SQL --> the database
//	      <-- wire: how it looks from outside <--
//
// Routes read a request, call one flow and send what came of it. They decide nothing about users and know no SQL. Beside
// them stand leaves that flows use: access (tokens), refresh (refresh tokens), password, totp (codes of authenticator apps),
// redirect, mail, webhook, schema (the tables).
//
// Paths are without the mount: whoever serves the Service at /auth/v1 takes that away before. CORS, request ids and the log
// of requests are package web's, around it.
package auth
