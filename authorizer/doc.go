// Package authorizer is an API Gateway Lambda authorizer that knows Pergola's tokens and API keys. It is public: a
// function of your own can be
//
//	a, err := authorizer.New(authorizer.Config{JWT: config.JWT{Secret: "ssm:/app/jwt"}, AnonRole: "anon"})
//	...
//	lambda.Start(a.Handle)
//
// It stands before the gateway's integration and says who is calling: the role, the subject and the claims go to the
// function as the request's authorizer context. It decides nothing that the function does not decide again: the API
// function verifies the token itself, because whoever may invoke a function may write what they like into an event.
//
// So that callers get PostgREST's errors and not the gateway's, it lets requests with a bad token through by default,
// with the reason in the context; Strict refuses them at the gateway. Do not name both Authorization and apikey as
// identity sources: the gateway wants every source to be present. And as an answer may be cached beyond a token's end,
// keep the cache's lifetime short.
package authorizer
