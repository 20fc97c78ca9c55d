package cli

import (
	"context"
	"fmt"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

const keyGenerateText = `Makes a new key and prints it: for JWT_SECRET a text secret for HS256, or with --alg a private JWK (in brackets, one for
GOTRUE_JWT_KEYS); with --publishable and --secret an API key for PERGOLA_PUBLISHABLE_KEYS or PERGOLA_SECRET_KEYS.`

// runKeyGenerate prints a new secret or key.
func runKeyGenerate(_ context.Context, args []string, io IO) error {
	f := newFlags("key generate [FLAGS]", keyGenerateText)
	alg := f.String("alg", "", "`ALGORITHM` of a JWK: HS256, ES256, RS256 or EdDSA")
	publishable := f.Bool("publishable", false, "an API key that acts as the anonymous role: sb_publishable_...")
	secret := f.Bool("secret", false, "an API key that acts as service_role: sb_secret_...")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	if f.NFlag() > 1 {
		return usagef("--alg, --publishable and --secret exclude each other: they make different things")
	}
	key := token.GenerateSecret()
	switch {
	case *publishable:
		key = token.GenerateAPIKey(config.PublishablePrefix)
	case *secret:
		key = token.GenerateAPIKey(config.SecretPrefix)
	case *alg != "":
		jwk, err := token.GenerateKey(*alg)
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		key = string(jwk)
	}
	_, err := fmt.Fprintln(io.Stdout, key)
	return err
}
