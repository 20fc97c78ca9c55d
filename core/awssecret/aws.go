package awssecret

import (
	"context"
	"fmt"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sdkconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// aws is the two services, connected when the first of them is asked.
type aws struct {
	mu         sync.Mutex
	loaded     bool
	parameters *ssm.Client
	secrets    *secretsmanager.Client
}

// clients loads the SDK's configuration once. A failure is not remembered: the next request tries again.
func (a *aws) clients(ctx context.Context) (*ssm.Client, *secretsmanager.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.loaded {
		c, err := sdkconfig.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("loading the AWS configuration: %w", err)
		}
		a.parameters, a.secrets, a.loaded = ssm.NewFromConfig(c), secretsmanager.NewFromConfig(c), true
	}
	return a.parameters, a.secrets, nil
}

// get fetches the text of what a reference names.
func (a *aws) get(ctx context.Context, ref reference) (string, error) {
	parameters, secrets, err := a.clients(ctx)
	if err != nil {
		return "", err
	}
	var text *string
	if ref.service == "ssm" {
		text, err = parameter(ctx, parameters, ref.id)
	} else {
		text, err = secret(ctx, secrets, ref.id)
	}
	if err == nil && text == nil {
		err = errNoText
	}
	return sdk.ToString(text), err
}

func parameter(ctx context.Context, c *ssm.Client, name string) (*string, error) {
	out, err := c.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: sdk.Bool(true)})
	if err != nil {
		return nil, err
	}
	if out.Parameter == nil {
		return nil, nil
	}
	return out.Parameter.Value, nil
}

func secret(ctx context.Context, c *secretsmanager.Client, id string) (*string, error) {
	out, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return nil, err
	}
	return out.SecretString, nil
}
