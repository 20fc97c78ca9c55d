package cli

import (
	"context"
	"fmt"

	"github.com/pergola-dev/pergola/core/token"
)

const keyGenerateText = `Makes a new key for JWT_SECRET and prints it: a text secret for HS256, or with --alg a private JWK.`

// runKeyGenerate prints a new secret or key.
func runKeyGenerate(_ context.Context, args []string, io IO) error {
	f := newFlags("key generate [FLAGS]", keyGenerateText)
	alg := f.String("alg", "", "`ALGORITHM` of a JWK: HS256, ES256, RS256 or EdDSA")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	key := token.GenerateSecret()
	if *alg != "" {
		jwk, err := token.GenerateKey(*alg)
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		key = string(jwk)
	}
	_, err := fmt.Fprintln(io.Stdout, key)
	return err
}
