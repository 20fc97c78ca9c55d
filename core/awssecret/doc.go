// Package awssecret fetches the secrets that settings refer to: "ssm:NAME" from Systems Manager's Parameter Store,
// "secretsmanager:ID" and "secretsmanager:ID#field" from Secrets Manager.
//
// It stands beside the pipeline: app and the authorizer hand its Resolver to those who need a secret's value. Nothing is
// asked before the first reference is resolved. Where AWS is, and with which credentials it is asked, a function of Lambda is
// told (awsapi.Environment), and other programs look for (awsapi.Anywhere).
package awssecret
