// Package authtest gives tests a database with the tables of the Auth service. It stands on pgtest, and like that it never
// reaches the binary.
package authtest
