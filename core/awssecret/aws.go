package awssecret

import (
	"context"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// fetch gives the text that one of the services has for a name; nil where it has none.
type fetch func(ctx context.Context, id string) (*string, error)

// aws is the two services, connected when the first of them is asked. They are kept as functions and not as the clients
// of the SDK: whatever a field can lead to is linked in full, all of a client's hundred operations, into a program that
// calls any method by its name, as text/template does. That would be 6 MB of the Auth function.
type aws struct {
	mu                  sync.Mutex
	loaded              bool
	parameters, secrets fetch
}

// services connects once. A failure is not remembered: the next request tries again.
func (a *aws) services(ctx context.Context, connect func(context.Context) (sdk.Config, error)) (parameters, secrets fetch, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.loaded {
		c, err := connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		a.parameters, a.secrets, a.loaded = parametersOf(c), secretsOf(c), true
	}
	return a.parameters, a.secrets, nil
}

// get fetches the text of what a reference names.
func (r *Resolver) get(ctx context.Context, ref reference) (string, error) {
	connect := r.Connect
	if connect == nil {
		connect = Environment
	}
	parameters, secrets, err := r.aws.services(ctx, connect)
	if err != nil {
		return "", err
	}
	service := secrets
	if ref.service == "ssm" {
		service = parameters
	}
	text, err := service(ctx, ref.id)
	if err == nil && text == nil {
		err = errNoText
	}
	return sdk.ToString(text), err
}

// parametersOf is Parameter Store.
func parametersOf(c sdk.Config) fetch {
	client := ssm.NewFromConfig(c)
	return func(ctx context.Context, name string) (*string, error) {
		out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: sdk.Bool(true)})
		if err != nil || out.Parameter == nil {
			return nil, err
		}
		return out.Parameter.Value, nil
	}
}

// secretsOf is Secrets Manager.
func secretsOf(c sdk.Config) fetch {
	client := secretsmanager.NewFromConfig(c)
	return func(ctx context.Context, id string) (*string, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil {
			return nil, err
		}
		return out.SecretString, nil
	}
}
