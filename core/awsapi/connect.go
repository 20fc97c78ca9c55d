package awsapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkconfig "github.com/aws/aws-sdk-go-v2/config"
)

// Connect says where AWS is and as whom it is asked.
type Connect func(context.Context) (aws.Config, error)

var errNoCredentials = errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, by which AWS knows a function")

// Environment is what Lambda tells each function: AWS_REGION, AWS_ACCESS_KEY_ID and their kind, and AWS_ENDPOINT_URL for an
// emulator. It looks nowhere else, which makes a function 2 MB smaller than Anywhere does.
func Environment(context.Context) (aws.Config, error) {
	env, err := sdkconfig.NewEnvConfig()
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS variables: %w", err)
	}
	if !env.Credentials.HasKeys() {
		return aws.Config{}, errNoCredentials
	}
	c := aws.Config{
		Region: env.Region, ConfigSources: []any{env},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return env.Credentials, nil }),
	}
	if env.BaseEndpoint != "" {
		c.BaseEndpoint = &env.BaseEndpoint
	}
	return c, nil
}

// Anywhere looks wherever the SDK does: in the environment, the files of the home directory, at single sign-on, at the role of
// the machine or the container.
func Anywhere(ctx context.Context) (aws.Config, error) {
	c, err := sdkconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return c, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	return c, nil
}
