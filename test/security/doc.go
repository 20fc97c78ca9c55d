// Package security holds the tests of what a hostile or unlucky client must not be able to do, whatever door it comes
// through: write SQL, see what another request left behind, hold on to a connection, or learn more from a failure than
// its request id. docs/security.md says what is promised; the tests here prove it, through HTTP and against a real
// database where one is needed.
package security
