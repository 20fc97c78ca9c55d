package gateway

import "context"

type authorizerKey struct{}

func withAuthorizer(ctx context.Context, values map[string]any) context.Context {
	return context.WithValue(ctx, authorizerKey{}, values)
}

// AuthorizerContext gives what a Lambda authorizer in front of the function put into the request's context, by name, with
// the values as encoding/json decodes them; false when there is none. The map must not be changed.
//
// It is information and no proof: who may invoke the function may write what they like into an event. Whoever decides by it
// must have verified the caller's token too.
func AuthorizerContext(ctx context.Context) (map[string]any, bool) {
	values, ok := ctx.Value(authorizerKey{}).(map[string]any)
	return values, ok
}
