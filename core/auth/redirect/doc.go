// Package redirect decides where a person may be sent after a link was followed or a sign-in ended, and writes what the
// application there has to be told into the target.
//
// It stands beside Auth's flows: whoever answers with a redirect, or puts a target into a mail, asks a Policy first. A
// target that leads elsewhere would hand a session to whoever wrote the link, so everything that two readers of a URL could
// understand differently is refused. The rules are GoTrue's (site URL, allow list of globs, loopback), with the gaps
// closed that a browser's way of reading a URL leaves there.
//
// The package is pure: no request, no clock, no look-up of names.
package redirect
