package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is the "iss" claim of minted keys that are not told another one.
const Issuer = "pergola"

// Claims are what a minted token says.
type Claims struct {
	Role    string         // "role": the database role that acts; required
	Subject string         // "sub"; left out when empty
	Issuer  string         // "iss"; Issuer when empty
	Issued  time.Time      // "iat"; required
	Expires time.Time      // "exp"; left out when zero
	Extra   map[string]any // further claims; none of the above may be among them
}

var (
	errNoRole     = errors.New("a token needs a role")
	errNoIssued   = errors.New("a token needs the time it was issued at")
	errExpired    = errors.New("the token would expire before it is issued")
	errNoSigner   = errors.New("none of the keys can sign: a private key or a secret is needed")
	errReserved   = errors.New("the claim has a field of its own")
	errUnknownAlg = errors.New("unknown algorithm")
)

// Mint signs a token in the form of Supabase's legacy keys: a JWT with iss, role, iat and exp. alg chooses the
// algorithm and with it the key; "" takes the first key that can sign, with its own algorithm (HS256 for a secret).
func Mint(keys *Keys, c Claims, alg string) (string, error) {
	payload, err := c.encode()
	if err != nil {
		return "", err
	}
	return keys.sign(payload, jose.SignatureAlgorithm(alg))
}

// sign signs a payload; alg chooses the key as in Mint.
func (s *Keys) sign(payload []byte, alg jose.SignatureAlgorithm) (string, error) {
	k, chosen, err := s.signer(alg)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if k.id != "" {
		options = options.WithHeader("kid", k.id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: chosen, Key: k.sign}, options)
	if err != nil {
		return "", fmt.Errorf("preparing to sign: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return signed.CompactSerialize()
}

// signer is the first key that can sign with alg, and the algorithm it signs with.
func (s *Keys) signer(alg jose.SignatureAlgorithm) (key, jose.SignatureAlgorithm, error) {
	if alg != "" && !slices.Contains(algorithms(), alg) {
		return key{}, "", fmt.Errorf("%w %q: it is one of %s", errUnknownAlg, alg, joined(algorithms()))
	}
	for _, k := range s.keys {
		switch {
		case k.sign == nil:
		case alg == "":
			return k, k.defaultAlgorithm(), nil
		case k.can(alg):
			return k, alg, nil
		}
	}
	if alg != "" {
		return key{}, "", fmt.Errorf("%w with %s", errNoSigner, alg)
	}
	return key{}, "", errNoSigner
}

// encode gives the claims as a JSON object: iss, role, sub, iat and exp in this order, the further ones by name.
func (c Claims) encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var b strings.Builder
	add := func(name string, value any) error {
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("encoding the claim %q: %w", name, err)
		}
		label, _ := json.Marshal(name) // a string always encodes
		fmt.Fprintf(&b, "%s%s:%s", separator(b.Len()), label, encoded)
		return nil
	}
	for _, claim := range c.ordered() {
		if err := add(claim.name, claim.value); err != nil {
			return nil, err
		}
	}
	return []byte(b.String() + "}"), nil
}

func separator(written int) string {
	if written == 0 {
		return "{"
	}
	return ","
}

type claim struct {
	name  string
	value any
}

func (c Claims) ordered() []claim {
	issuer := c.Issuer
	if issuer == "" {
		issuer = Issuer
	}
	all := []claim{{"iss", issuer}, {"role", c.Role}}
	if c.Subject != "" {
		all = append(all, claim{"sub", c.Subject})
	}
	all = append(all, claim{"iat", c.Issued.Unix()})
	if !c.Expires.IsZero() {
		all = append(all, claim{"exp", c.Expires.Unix()})
	}
	extra := make([]claim, 0, len(c.Extra))
	for name, value := range c.Extra {
		extra = append(extra, claim{name, value})
	}
	slices.SortFunc(extra, func(a, b claim) int { return strings.Compare(a.name, b.name) })
	return append(all, extra...)
}

func (c Claims) check() error {
	for _, name := range []string{"iss", "role", "sub", "iat", "exp"} {
		if _, ok := c.Extra[name]; ok {
			return fmt.Errorf("claim %q: %w", name, errReserved)
		}
	}
	switch {
	case c.Role == "":
		return errNoRole
	case c.Issued.IsZero():
		return errNoIssued
	case !c.Expires.IsZero() && !c.Expires.After(c.Issued):
		return errExpired
	}
	return nil
}

func joined(algs []jose.SignatureAlgorithm) string {
	names := make([]string, len(algs))
	for i, a := range algs {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}
