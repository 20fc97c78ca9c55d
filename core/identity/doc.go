// Package identity says who is calling: the role, the subject and the claims of a verified credential.
//
// A front door's authentication puts a Principal into the request's context once; from there on it is an argument. No
// stage of the pipeline reads it from a context.
package identity
