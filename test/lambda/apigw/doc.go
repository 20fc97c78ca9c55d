// Package apigw behaves as an API Gateway HTTP API in front of functions, for tests that need one without AWS.
//
// It does to a request and to a response what the real gateway does, above all what it loses: header names become lower
// case, repeated fields become one joined by commas, cookies are taken apart, the path is decoded. Its limits are the real
// ones. It answers with the real gateway's own errors, which no function can change. Its routes are those of template.yaml:
// ANY /{proxy+} behind the authorizer, OPTIONS /{proxy+} without it, and ANY /auth/v1 and ANY /auth/v1/{proxy+} of the Auth
// function, without it too.
//
// It does not throttle, cache authorizer answers, or end a request after 30 s.
package apigw
