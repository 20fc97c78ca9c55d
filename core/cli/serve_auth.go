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

const serveAuthText = `Takes GoTrue's place: the Auth API at /, with the settings GOTRUE_* alone and GoTrue's defaults. The tables are those that
"pergola migrate" makes, or GoTrue has made. SIGTERM and SIGINT let open requests finish first.`

// runServeAuth serves the Auth API alone.
func runServeAuth(ctx context.Context, args []string, io IO) (err error) {
	f := newFlags("serve auth [FLAGS]", serveAuthText)
	where := f.String("listen", "", "`ADDR` to listen on, host:port or :port; without it, that of the settings")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	settings := &source{profile: config.GoTrue, from: config.Sources{Environ: io.Environ}, address: *where}
	cfg, err := settings.load()
	if err != nil {
		return err
	}
	log := newLogger(io.Stderr, &settings.level)
	a, err := newAuth(ctx, cfg, log, io.Version)
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
func newAuth(ctx context.Context, cfg config.Config, log *slog.Logger, version string) (*authapp.Auth, error) {
	resolver := &awssecret.Resolver{Log: log, Connect: awsapi.Anywhere}
	cfg, err := cfg.Resolve(ctx, resolver)
	if err != nil {
		return nil, err
	}
	if cfg.Database.URL == "" && cfg.Auth.Database.URL == "" {
		return nil, errors.New("DATABASE_URL is not set: it says where the Auth service keeps its users")
	}
	if err := checkAuthTables(ctx, string(cmp.Or(cfg.Auth.Database.URL, cfg.Database.URL)), log); err != nil {
		return nil, err
	}
	return authapp.New(ctx, cfg, authapp.Options{Log: log, Resolver: resolver, AWS: awsapi.Anywhere, Version: version})
}

// checkAuthTables refuses to serve on tables that are not as this program needs them. A database that cannot be reached now
// may be later.
func checkAuthTables(ctx context.Context, url string, log *slog.Logger) error {
	conn, err := pg.Connect(ctx, url)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Unavailable {
		log.Warn("the tables of the Auth service were not checked: the database cannot be reached", "error", f.Unwrap())
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := schema.Ready(ctx, conn); err != nil {
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
