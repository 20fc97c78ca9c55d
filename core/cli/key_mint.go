package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/token"
)

const keyMintText = `Signs a token with JWT_SECRET (or PGRST_JWT_SECRET); with --data, with the keys of "pergola dev". Prints it, and nothing
else. A key (without --sub) lasts ten years, as Supabase's do; a user's token (with --sub) one hour.`

// How long a token lasts when --exp does not say.
const (
	keyLife  = 10 * 365 * 24 * time.Hour
	userLife = time.Hour
)

// runKeyMint prints a token.
func runKeyMint(ctx context.Context, args []string, io IO) error {
	f := newFlags("key mint [FLAGS]", keyMintText)
	role := f.String("role", "", "`ROLE` that acts in the database: anon, authenticated, service_role or another")
	subject := f.String("sub", "", "`ID` of the user, the claim sub")
	issuer := f.String("iss", "", "`NAME` of the issuer, the claim iss (default "+token.Issuer+")")
	expires := f.String("exp", "", "end of life: a `DURATION` such as 90m or 720h, a time (RFC 3339), or seconds since 1970")
	alg := f.String("alg", "", "`ALGORITHM` to sign with; without it, the first key's own")
	data := f.String("data", "", "data `DIR` of \"pergola dev\", to use its keys")
	extra := claimsFlag{}
	f.Var(extra, "claim", "another claim, `NAME=VALUE`, as often as needed; the value is JSON where it can be read as such")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	if *role == "" {
		return usagef("--role is missing: it says which role acts in the database")
	}
	now := time.Now()
	end, err := expiry(*expires, *subject != "", now)
	if err != nil {
		return err
	}
	claims := token.Claims{Role: *role, Subject: *subject, Issuer: *issuer, Issued: now, Expires: end, Extra: extra}
	return mint(ctx, mintRequest{claims: claims, alg: *alg, data: *data}, io)
}

// mintRequest is what to sign, and with what.
type mintRequest struct {
	claims token.Claims
	alg    string // "" for the key's own
	data   string // of `pergola dev`; "" for the environment's secret
}

func mint(ctx context.Context, m mintRequest, io IO) error {
	jwt, err := signing(ctx, m.data, io)
	if err != nil {
		return err
	}
	keys, err := token.ParseKeys(string(jwt.Secret), jwt.Base64)
	if err != nil {
		return fmt.Errorf("reading the key to sign with: %w", err)
	}
	signed, err := token.Mint(keys, m.claims, m.alg)
	if err != nil {
		return fmt.Errorf("signing a token: %w", err)
	}
	_, err = fmt.Fprintln(io.Stdout, signed)
	return err
}

// expiry reads --exp: a duration from now, a moment in RFC 3339, or seconds since 1970. It must lie ahead.
func expiry(text string, user bool, now time.Time) (time.Time, error) {
	end, err := endOfLife(text, user, now)
	if err != nil {
		return time.Time{}, err
	}
	if !end.After(now) {
		return time.Time{}, usagef("--exp %s is in the past: nobody would accept the token", text)
	}
	return end, nil
}

func endOfLife(text string, user bool, now time.Time) (time.Time, error) {
	if text == "" && user {
		return now.Add(userLife), nil
	}
	if text == "" {
		return now.Add(keyLife), nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Time{}, usagef("--exp %s is neither a duration (90m, 720h), nor a time (2030-01-31T12:00:00Z), nor seconds since 1970", text)
}

// claimsFlag collects --claim NAME=VALUE.
type claimsFlag map[string]any

// String is asked for by flag.Value; the flag has no default to show.
func (claimsFlag) String() string { return "" }

// Set adds a claim. A value that is JSON counts as such: 7 is a number, "7" (with the quotes) and seven are texts.
func (c claimsFlag) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("it is NAME=VALUE")
	}
	if _, twice := c[name]; twice {
		return fmt.Errorf("the claim %q is given twice", name)
	}
	var decoded any
	if json.Unmarshal([]byte(value), &decoded) != nil {
		decoded = value
	}
	c[name] = decoded
	return nil
}
