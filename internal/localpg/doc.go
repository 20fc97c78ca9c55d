// Package localpg runs a PostgreSQL server on this machine, from server programs that are installed or, as the last
// resort, downloaded once.
//
// It stands outside the pipeline: `pergola dev` and the test kit use it to have a database, the API never does. A server
// listens on 127.0.0.1 over TCP only, so there is no socket file to place or to clean up. It ends with the process that
// started it, and a data directory that a killed run left behind is taken over. Under root, which PostgreSQL refuses to
// run as, the server belongs to an unprivileged user.
//
// Unix only: it relies on flock, signals and user ids.
package localpg
