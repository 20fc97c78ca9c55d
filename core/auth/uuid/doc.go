// Package uuid makes and reads the ids of the Auth service's rows (RFC 9562), in the form that PostgreSQL writes.
package uuid
