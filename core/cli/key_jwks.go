package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/token"
)

const keyJWKSText = `Prints the public keys of JWT_SECRET (or PGRST_JWT_SECRET) as a JWKS, for others who verify our tokens.`

// errTextSecret is why a text secret has no JWKS.
var errTextSecret = errors.New("the key is a text secret: whoever verifies with it could sign too, so it has no public part")

// runKeyJWKS prints the public part of the configured keys.
func runKeyJWKS(ctx context.Context, args []string, io IO) error {
	f := newFlags("key jwks [FLAGS]", keyJWKSText)
	data := f.String("data", "", "data `DIR` of \"pergola dev\", to use its keys")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	jwt, err := signing(ctx, *data, io)
	if err != nil {
		return err
	}
	if jwt.Base64 || !isJSON(string(jwt.Secret)) {
		return errTextSecret
	}
	set, err := token.PublicSet([]byte(jwt.Secret))
	if err != nil {
		return fmt.Errorf("reading the keys: %w", err)
	}
	_, err = fmt.Fprintf(io.Stdout, "%s\n", set)
	return err
}

// isJSON says whether a secret is a JWK or a set of them, rather than a text.
func isJSON(secret string) bool {
	trimmed := strings.TrimSpace(secret)
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}
