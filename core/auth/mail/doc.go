// Package mail makes the messages that the Auth service sends and hands them to somebody who delivers: an SMTP server, or the
// inbox of `pergola dev`, where they can be read instead.
//
// Templates are GoTrue's: Go templates with the same variables and the same names of settings. They are read and tried once,
// at start, so that a broken one stops the start and not a user's sign-up. When a message is due, and that it goes out once,
// is the business of flows.
package mail
