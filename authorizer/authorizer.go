package authorizer

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
)

// Config is what an Authorizer needs to know.
type Config struct {
	JWT        config.JWT        // how tokens are verified; the secret may be a reference, which is resolved at the first request
	Sessions   token.SessionKeys // keys of the Auth service, which verify too; references are resolved like the secret
	APIKeys    config.APIKeys    // opaque API keys; lists may be references too
	AnonRole   string            // the role of callers without a token; "" refuses them
	RequireKey bool              // a request without any credential is refused
	Strict     bool              // what is refused is refused at the gateway, with its own body; else the function answers
	IAM        bool              // payload 2.0 is answered with an IAM policy; else with the simple form, which is the default there

	Resolver config.Resolver  // fetches referenced secrets; nil for AWS
	Clock    func() time.Time // nil for time.Now
	Log      *slog.Logger     // nil for slog.Default()
}

// FromConfig takes what an authorizer needs from the settings that it shares with the API function.
func FromConfig(c config.Config) Config {
	return Config{
		JWT: c.JWT, Sessions: token.SessionKeys{Set: c.Auth.JWT.Keys, Secret: c.Auth.JWT.Secret}, APIKeys: c.APIKeys,
		AnonRole: c.REST.AnonRole, RequireKey: c.REST.RequireKey,
		Strict: c.Authorizer == config.AuthorizerStrict,
	}
}

// Authorizer answers API Gateway's questions who is calling. It is safe for concurrent use.
type Authorizer struct {
	config   Config
	verifier *token.Verifier
}

// New makes an Authorizer. It reports a bad secret or role claim path at once; a reference is not resolved yet.
func New(c Config) (*Authorizer, error) {
	if c.Resolver == nil {
		c.Resolver = &awssecret.Resolver{Clock: c.Clock, Log: c.Log}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	keys, err := token.NewAPIKeys(c.APIKeys, c.Resolver)
	if err != nil {
		return nil, fmt.Errorf("setting up the authorizer: %w", err)
	}
	v, err := token.NewVerifier(token.Settings{JWT: c.JWT, Sessions: c.Sessions, AnonRole: c.AnonRole, APIKeys: keys, Resolver: c.Resolver})
	if err != nil {
		return nil, fmt.Errorf("setting up the authorizer: %w", err)
	}
	return &Authorizer{config: c, verifier: v}, nil
}

// Handle answers one authorizer event: HTTP APIs with payload 2.0 or 1.0, REST APIs of type REQUEST or TOKEN. It is what
// lambda.Start takes.
//
// An error means that the gateway has to answer 500: the event is none of these, or the secret cannot be fetched. A bad
// token is no error.
func (a *Authorizer) Handle(ctx context.Context, event json.RawMessage) (any, error) {
	q, err := parseQuestion(event)
	if err != nil {
		return nil, err
	}
	caller, err := a.identify(ctx, q)
	refusal, isFault := asFault(err)
	if err != nil && !isFault {
		a.config.Log.LogAttrs(ctx, slog.LevelError, "the caller cannot be identified", slog.String("error", err.Error()))
		return nil, err
	}
	return a.answer(q, caller, refusal)
}

// identify gives the caller of a question.
func (a *Authorizer) identify(ctx context.Context, q question) (identity.Principal, error) {
	shown := token.Shown{Authorization: q.header("authorization"), APIKey: q.header("apikey"), UserAgent: q.header("user-agent")}
	raw, ok, err := shown.Credential()
	switch {
	case err != nil:
		return identity.Principal{}, err
	case ok:
		return a.verifier.Verify(ctx, raw, a.config.Clock())
	case a.config.RequireKey:
		return identity.Principal{}, fault.KeyRequired()
	}
	return a.verifier.Anonymous()
}

// maxClaims bounds the claims in the context, in bytes: the gateway takes about 8 KiB for all of it.
const maxClaims = 6 << 10

// describe is the authorizer context: texts alone, because REST APIs take nothing else. Claims that are too long are left
// out; the function has the token.
func describe(p identity.Principal, refusal *fault.Error) map[string]any {
	if refusal != nil {
		return map[string]any{"authError": refusal.Code, "authMessage": refusal.Message}
	}
	values := map[string]any{"role": p.Role}
	if p.Subject != "" {
		values["sub"] = p.Subject
	}
	if len(p.Claims) <= maxClaims {
		values["claims"] = string(p.Claims)
	}
	if !p.Expires.IsZero() {
		values["exp"] = strconv.FormatInt(p.Expires.Unix(), 10)
	}
	return values
}
