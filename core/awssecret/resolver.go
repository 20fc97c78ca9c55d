package awssecret

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
)

// TTL is how long a fetched value is used before it is asked for again: AWS's own caches default to the same.
const TTL = 5 * time.Minute

// retryAfter is how long an old value is used on when it could not be fetched anew.
const retryAfter = 30 * time.Second

// fetchTimeout bounds one fetch with its retries. A Lambda authorizer has 10 s for everything.
const fetchTimeout = 5 * time.Second

// Resolver is a config.Resolver over AWS. The zero value is ready; it is safe for concurrent use and must not be copied.
type Resolver struct {
	Clock func() time.Time // nil for time.Now
	Log   *slog.Logger     // where failures to renew a value go; nil for slog.Default()

	// Connect says where AWS is and as whom it is asked; nil for what Lambda tells a function.
	Connect awsapi.Connect

	aws       awsapi.Client
	connected sync.Once
	mu        sync.Mutex
	known     map[config.Secret]*value
}

// value is one reference's value. Its lock is held while it is fetched, so that many requests make one call.
type value struct {
	mu    sync.Mutex
	text  string
	until time.Time // zero until it was fetched once
}

// Resolve gives the value that s refers to, or s itself when it is no reference. A value is kept for TTL; one that cannot
// be renewed is used on, because a secret that was right a moment ago is better than no service. The error of a first
// fetch names the reference and never a value.
func (r *Resolver) Resolve(ctx context.Context, s config.Secret) (string, error) {
	if !s.IsReference() {
		return string(s), nil
	}
	v := r.slot(s)
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := r.now(); now.Before(v.until) {
		return v.text, nil
	}
	text, err := r.fetch(ctx, s)
	switch {
	case err == nil:
		v.text, v.until = text, r.now().Add(TTL)
	case v.until.IsZero():
		return "", fmt.Errorf("resolving %s: %w", string(s), err)
	default:
		v.until = r.now().Add(retryAfter)
		r.logger().LogAttrs(ctx, slog.LevelWarn, "a secret cannot be renewed; its last value is used on",
			slog.String("reference", string(s)), slog.String("error", err.Error()))
	}
	return v.text, nil
}

func (r *Resolver) slot(s config.Secret) *value {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[config.Secret]*value{}
	}
	v, ok := r.known[s]
	if !ok {
		v = &value{}
		r.known[s] = v
	}
	return v
}

func (r *Resolver) fetch(ctx context.Context, s config.Secret) (string, error) {
	ref, err := parse(s)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	text, err := r.get(ctx, ref)
	if err != nil {
		return "", err
	}
	return ref.pick(text)
}

func (r *Resolver) now() time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

func (r *Resolver) logger() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.Default()
}
