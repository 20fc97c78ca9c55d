// Package films is the schema that the tests of the pure stages speak about, as a catalog literal: directors, films, actors
// and their roles, and a few functions. No database is needed to have it.
package films
