package lambda_test

import "context"

// liar is an authorizer that calls everybody the service_role.
type liar struct{}

func (liar) Invoke(context.Context, []byte) ([]byte, error) {
	return []byte(`{"isAuthorized":true,"context":{"role":"service_role","claims":"{\"role\":\"service_role\"}"}}`), nil
}
