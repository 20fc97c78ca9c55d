// Package cli is the command line: one file per command.
//
// It stands at the front of the house. main asks it with the arguments and the environment; it reads the configuration,
// has app build the API, and serves it. It knows no SQL for users' data and no HTTP routes: those are app's.
//
// What a command prints on standard output is its result, and only that; messages go to standard error.
package cli
