package cli

import (
	"context"
	"errors"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
)

const keyText = `Makes keys and tokens. "mint" and "jwks" use JWT_SECRET (or PGRST_JWT_SECRET); with --data, the keys of "pergola dev".`

// runKey runs the command that the next word names.
func runKey(ctx context.Context, args []string, io IO) error {
	among := []command{
		{"mint", "sign a token for a role", runKeyMint},
		{"generate", "make a new secret or signing key", runKeyGenerate},
		{"jwks", "print the public keys that verify our tokens", runKeyJWKS},
	}
	c, rest, err := words("key", keyText, among, args, io.Stdout)
	if err != nil {
		return err
	}
	return c.run(ctx, rest, io)
}

// signing finds the configuration of the keys: data's where that is given, else the environment's, else those of
// `pergola dev` in the usual place.
func signing(ctx context.Context, data string, io IO) (config.JWT, error) {
	if data != "" {
		return devSigning(data)
	}
	cfg, err := config.Load(config.Serve, io.Environ)
	if err != nil {
		return config.JWT{}, err
	}
	if cfg.JWT.Secret == "" {
		jwt, err := devSigning(defaultData)
		if errors.Is(err, errNoKeys) {
			err = errors.New("there is no key to use: set JWT_SECRET, or name the data directory of \"pergola dev\" with --data")
		}
		return jwt, err
	}
	if cfg.JWT.Secret.IsReference() {
		secret, err := (&awssecret.Resolver{Connect: awsapi.Anywhere}).Resolve(ctx, cfg.JWT.Secret)
		if err != nil {
			return config.JWT{}, err
		}
		cfg.JWT.Secret = config.Secret(secret)
	}
	return cfg.JWT, nil
}

func devSigning(data string) (config.JWT, error) {
	k, err := readDevKeys(data)
	if err != nil {
		return config.JWT{}, err
	}
	secret, err := k.signing()
	return config.JWT{Secret: secret}, err
}
