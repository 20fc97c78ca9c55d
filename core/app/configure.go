package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/core/web"
)

// configured is a configuration in force, with those who turn credentials into callers by it.
type configured struct {
	config   config.Config
	verifier web.Verifier
}

// ReloadConfig reads the settings anew, where New was told how (WithSource), then those that are kept in the database, and
// the schema with them, and waits for all that. What counts at the start alone stays as it was, which is logged. After an
// error everything stays as it was.
func (a *App) ReloadConfig(ctx context.Context) error {
	if err := a.readSource(); err != nil {
		return err
	}
	return a.schema.Reload(ctx)
}

func (a *App) readSource() error {
	if a.settings.source == nil {
		return nil
	}
	next, err := a.settings.source()
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	next, fixed := a.given.Load().Reload(next)
	if _, err := a.settings.verify(next); err != nil {
		return err
	}
	if len(fixed) > 0 {
		a.settings.log.Warn("some settings have changed that count at the start alone", "settings", strings.Join(fixed, " "))
	}
	a.given.Store(&next)
	return nil
}

// configure gives the configuration that holds from now on: the one that was given, and over it what the database keeps.
// Where that is of no use, it stays as it was; at the start it has to be right.
func (a *App) configure(ctx context.Context) (configured, error) {
	last := a.schema.current.Load()
	cfg, err := a.overlaid(ctx)
	var verifier web.Verifier
	if err == nil {
		verifier, err = a.verifier(cfg, last)
	}
	switch {
	case err == nil:
		a.db.Prepare(cfg.Database.Prepared)
		return configured{cfg, verifier}, nil
	case last == nil:
		return configured{}, err
	}
	a.settings.log.Error("the settings stay as they were", "error", err)
	return last.configured, nil
}

// overlaid is the configuration that was given, with the settings that are kept in the database over it.
func (a *App) overlaid(ctx context.Context) (config.Config, error) {
	cfg := *a.given.Load()
	if !cfg.Database.Stored {
		return cfg, nil
	}
	return cfg.WithStored(cfg.Database.PreConfig, func(preConfig string) (map[string]string, error) {
		stored, err := pg.StoredSettings(ctx, a.db, config.StoredNames(), preConfig)
		if err != nil && preConfig == "" && refused(err) {
			a.settings.log.Warn("the database does not tell which settings it keeps: PGRST_DB_CONFIG=false does not ask", "error", err)
			return nil, nil
		}
		return stored, err
	})
}

// refused reports whether the database itself said no, and not the way to it: it is one that keeps no settings.
func refused(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Kind != fault.Unavailable && f.Kind != fault.Timeout
}

// verifier is the one of the last state where it would be the same, for the sake of what it remembers.
func (a *App) verifier(cfg config.Config, last *known) (web.Verifier, error) {
	if last != nil && recognitionOf(last.config) == recognitionOf(cfg) {
		return last.verifier, nil
	}
	return a.settings.verify(cfg)
}

// verify makes the verifier of a configuration, or gives the one that was set.
func (s settings) verify(cfg config.Config) (web.Verifier, error) {
	if s.verifier != nil {
		return s.verifier, nil
	}
	by := recognitionOf(cfg)
	given := token.Settings{JWT: by.jwt, AnonRole: by.anonRole, Sessions: by.sessions, Resolver: s.resolver}
	if !s.restAlone {
		var err error
		if given.APIKeys, err = token.NewAPIKeys(by.keys, s.resolver); err != nil {
			return nil, err
		}
	}
	v, err := token.NewVerifier(given)
	if err != nil {
		return nil, fmt.Errorf("reading the JWT keys: %w", err)
	}
	return v, nil
}

// recognition is the part of a configuration by which callers are recognised.
type recognition struct {
	jwt      config.JWT
	sessions token.SessionKeys
	keys     config.APIKeys
	anonRole string
}

func recognitionOf(cfg config.Config) recognition {
	return recognition{
		jwt: cfg.JWT, sessions: token.SessionKeys{Set: cfg.Auth.JWT.Keys, Secret: cfg.Auth.JWT.Secret},
		keys: cfg.APIKeys, anonRole: cfg.REST.AnonRole,
	}
}
