// Package authapp builds the Auth service out of a configuration: keys, mail, hooks, flows, routes, and the connections that
// it has for itself. It is the part of app that only those who serve Auth link: the Lambda function for REST carries no mail
// and no password hashes.
package authapp
