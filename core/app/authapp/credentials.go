package authapp

import (
	"errors"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/cognito"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
)

// An account in the user pool has an address, and nothing else to sign in by.
var (
	errAnonymousElsewhere = errors.New("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: with PERGOLA_AUTH_PROVIDER=cognito nobody can be " +
		"anonymous: set it to false")
	errPhoneElsewhere = errors.New("GOTRUE_EXTERNAL_PHONE_ENABLED: with PERGOLA_AUTH_PROVIDER=cognito people sign in by mail address: set it to false")
)

// credentials is who keeps passwords; nil for the table auth.users. The id of a user pool begins with its region.
func (a *Auth) credentials() (flow.Credentials, error) {
	c := a.config.Auth
	if c.Provider != config.AuthCognitoProvider {
		return nil, nil
	}
	switch {
	case c.SignUp.Anonymous:
		return nil, errAnonymousElsewhere
	case c.SignUp.Phone:
		return nil, errPhoneElsewhere
	}
	region := c.Cognito.Region
	if region == "" {
		region, _, _ = strings.Cut(c.Cognito.UserPoolID, "_")
	}
	return &cognito.Pool{
		Client: &awsapi.Client{Region: region, Endpoint: c.Cognito.Endpoint, Connect: a.options.AWS}, ID: c.Cognito.UserPoolID, ClientID: c.Cognito.ClientID,
		Secret: string(c.Cognito.ClientSecret),
	}, nil
}
