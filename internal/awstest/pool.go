package awstest

import (
	"testing"

	"github.com/pergola-dev/pergola/core/awsapi"
)

// Pool is a user pool of an emulator's, which takes addresses for names.
type Pool struct {
	ID, ClientID, Secret string
}

// NewPool makes a user pool, with a client that has a secret, in the emulator that the SDK is pointed to.
func NewPool(t testing.TB) Pool {
	t.Helper()
	var made struct{ UserPool struct{ Id string } }
	Cognito(t, "CreateUserPool", map[string]any{
		"PoolName": "test", "UsernameAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		"Policies": map[string]any{"PasswordPolicy": map[string]any{"MinimumLength": 8}},
	}, &made)
	var client struct {
		UserPoolClient struct{ ClientId, ClientSecret string }
	}
	Cognito(t, "CreateUserPoolClient", map[string]any{
		"UserPoolId": made.UserPool.Id, "ClientName": "test", "GenerateSecret": true, "ReadAttributes": []string{"email", "email_verified"},
		"ExplicitAuthFlows": []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &client)
	return Pool{made.UserPool.Id, client.UserPoolClient.ClientId, client.UserPoolClient.ClientSecret}
}

// Cognito calls an operation of Amazon Cognito's, and fails the test if that is refused.
func Cognito(t testing.TB, operation string, in, out any) {
	t.Helper()
	if err := new(awsapi.Client).Call(t.Context(), "cognito-idp", "AWSCognitoIdentityProviderService."+operation, in, out); err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
}
