package awssecret

import (
	"context"

	"github.com/pergola-dev/pergola/core/awsapi"
)

// get fetches the text of what a reference names.
func (r *Resolver) get(ctx context.Context, ref reference) (string, error) {
	ask := secret
	if ref.service == "ssm" {
		ask = parameter
	}
	text, err := ask(ctx, r.client(), ref.id)
	switch {
	case err != nil:
		return "", err
	case text == nil:
		return "", errNoText
	}
	return *text, nil
}

// client is the way to both services.
func (r *Resolver) client() *awsapi.Client {
	r.connected.Do(func() { r.aws.Connect = r.Connect })
	return &r.aws
}

// parameter asks Parameter Store.
func parameter(ctx context.Context, c *awsapi.Client, name string) (*string, error) {
	in := struct {
		Name           string
		WithDecryption bool
	}{name, true}
	var out struct{ Parameter struct{ Value *string } }
	err := c.Call(ctx, "ssm", "AmazonSSM.GetParameter", in, &out)
	return out.Parameter.Value, err
}

// secret asks Secrets Manager.
func secret(ctx context.Context, c *awsapi.Client, id string) (*string, error) {
	in := struct{ SecretId string }{id}
	var out struct{ SecretString *string }
	err := c.Call(ctx, "secretsmanager", "secretsmanager.GetSecretValue", in, &out)
	return out.SecretString, err
}
