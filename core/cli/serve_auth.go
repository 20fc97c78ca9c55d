package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
)

const serveAuthText = `Takes GoTrue's place: the Auth API at /, with the settings GOTRUE_* alone and GoTrue's defaults. As GoTrue does when it starts,
it makes the tables that are missing, unless --migrate=false leaves that to "pergola migrate". SIGTERM and SIGINT let open
requests finish first.`

// runServeAuth serves the Auth API alone.
func runServeAuth(ctx context.Context, args []string, io IO) (err error) {
	f := newFlags("serve auth [FLAGS]", serveAuthText)
	where := f.String("listen", "", "`ADDR` to listen on, host:port or :port; without it, that of the settings")
	tables := authTables{}
	f.BoolVar(&tables.make, "migrate", true, "make the tables that are missing")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	settings := &source{profile: config.GoTrue, from: config.Sources{Environ: io.Environ}, address: *where}
	cfg, err := settings.load()
	if err != nil {
		return err
	}
	log := newLogger(io.Stderr, &settings.level)
	tables.log = log
	a, err := newAuth(ctx, cfg, tables, io.Version)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	l, err := listen(ctx, cfg.Server)
	if err != nil {
		return err
	}
	server := serveHTTP(l, a.Alone(""), log)
	announce(io, l)
	select {
	case <-ctx.Done():
		return server.drain(cfg.Server.ShutdownTimeout)
	case err := <-server.failed:
		return err
	}
}

// newAuth makes the Auth service of a server, and looks whether its tables are there.
func newAuth(ctx context.Context, cfg config.Config, tables authTables, version string) (*authapp.Auth, error) {
	resolver := &awssecret.Resolver{Log: tables.log, Connect: awsapi.Anywhere}
	cfg, err := cfg.Resolve(ctx, resolver)
	if err != nil {
		return nil, err
	}
	if cfg.Database.URL == "" && cfg.Auth.Database.URL == "" {
		return nil, errors.New("DATABASE_URL is not set: it says where the Auth service keeps its users")
	}
	if err := tables.check(ctx, string(cmp.Or(cfg.Auth.Database.URL, cfg.Database.URL))); err != nil {
		return nil, err
	}
	return authapp.New(ctx, cfg, authapp.Options{Log: tables.log, Resolver: resolver, AWS: awsapi.Anywhere, Version: version})
}

// authTables is what a server does about the tables of the Auth service when it starts.
type authTables struct {
	make bool // make what is missing, rather than refuse to serve without
	log  *slog.Logger
}

// check refuses to serve on tables that are not as this program needs them. A database that cannot be reached now may be
// later.
func (a authTables) check(ctx context.Context, url string) error {
	conn, err := pg.Connect(ctx, url)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Unavailable {
		a.log.Warn("the tables of the Auth service were not checked: the database cannot be reached", "error", f.Unwrap())
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	err = schema.Ready(ctx, conn)
	if errors.Is(err, schema.ErrBehind) && a.make {
		a.log.Info("making the tables of the Auth service")
		if err = schema.Apply(ctx, conn); err == nil {
			err = schema.Ready(ctx, conn)
		}
	}
	if err != nil {
		return fmt.Errorf("looking at the tables of the Auth service: %w", err)
	}
	return nil
}

// authAddress is where clients find the Auth service of a server whose settings do not say it: on this machine.
func authAddress(s config.Server) string {
	host := s.Host
	switch host {
	case "", "*", "*4", "!4", "*6", "!6", "0.0.0.0", "::":
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(s.Port)) + "/auth/v1"
}
