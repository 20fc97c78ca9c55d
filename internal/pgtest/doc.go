// Package pgtest gives a test a database of its own on a real PostgreSQL server.
//
// The first test of a test binary that asks starts one server for the binary (about 150 ms, from a data directory that
// all runs of this user share); every test gets a fresh database on it, dropped at its end. A package that uses pgtest
// says so once, so that the server is stopped and its data removed:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// PERGOLA_TEST_DATABASE_URL, a superuser's connection URI, makes the tests use that server instead; they give its role
// authenticator a password that everybody knows, so it must be a server for tests.
// PERGOLA_POSTGRES_MIRROR is where server programs are downloaded from when none are installed. Without either, and
// without programs, tests that need a database are skipped, and Main says how many; where CI is "true" they fail.
package pgtest
