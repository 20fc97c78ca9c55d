package config

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Secret is a value that must not be shown, or a reference to one: "ssm:NAME", "secretsmanager:ID",
// "secretsmanager:ID#field". It prints as "[redacted]", whatever the verb or the encoder; string(s) is the value.
type Secret string

const redacted = "[redacted]"

// String hides the value, so that a Config can be printed.
func (Secret) String() string { return redacted }

// Format hides the value from every fmt verb, %#v and %d included, which do not ask String.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the value from encoders: encoding/json and log/slog both ask it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// IsReference reports whether the secret names a value that is kept elsewhere.
func (s Secret) IsReference() bool {
	return strings.HasPrefix(string(s), "ssm:") || strings.HasPrefix(string(s), "secretsmanager:")
}

// Resolver fetches what a Secret refers to. A Secret that holds its value needs none.
type Resolver interface {
	// Resolve gives the secret's value; the reference as the error's subject when it cannot.
	Resolve(ctx context.Context, s Secret) (string, error)
}

// Resolve gives a copy of c in which every reference is replaced by the value that r fetches, and checks the values as
// Load does those that are given outright. It does not ask r when there is no reference, so r may then be nil.
func (c Config) Resolve(ctx context.Context, r Resolver) (Config, error) {
	c.Auth.External.Issuers = slices.Clone(c.Auth.External.Issuers)
	shared := c.standsIn() && c.Auth.JWT.Secret.IsReference()
	fetched := map[Secret]Secret{}
	for _, s := range c.settings() {
		if s.value.secret == nil {
			continue
		}
		if err := resolve(ctx, r, s.value.secret(&c), fetched); err != nil {
			return Config{}, err
		}
	}
	if shared {
		c.Auth.JWT.Secret = c.signing(c.Auth.JWT.Secret)
	}
	if faults := append(c.checkSecrets(), c.checkSharedSecret()...); len(faults) > 0 {
		return Config{}, &Error{Faults: faults}
	}
	return c, nil
}

// resolve replaces a reference by its value. What was fetched before is not fetched again.
func resolve(ctx context.Context, r Resolver, s *Secret, fetched map[Secret]Secret) error {
	if !s.IsReference() {
		return nil
	}
	if value, ok := fetched[*s]; ok {
		*s = value
		return nil
	}
	if r == nil {
		return fmt.Errorf("resolving %s: this program cannot fetch referenced secrets", string(*s))
	}
	value, err := r.Resolve(ctx, *s)
	if err != nil {
		return fmt.Errorf("resolving %s: %w", string(*s), err)
	}
	fetched[*s] = Secret(value)
	*s = Secret(value)
	return nil
}
