package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/pergola-dev/pergola/core/api/explorer"
	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
)

const serveText = `Runs the production server: the REST API at /rest/v1, the Auth API at /auth/v1 where a GOTRUE_* setting is given, the probes at
/healthz (process) and /readyz (database). Settings come from the environment: DATABASE_URL, JWT_SECRET, PERGOLA_*, PGRST_* and
GOTRUE_*. SIGTERM and SIGINT let open requests finish first; SIGUSR1 reads the schema anew, SIGUSR2 the settings too.

"pergola serve rest" takes PostgREST's place: the REST API at /, with the settings PGRST_* alone and PostgREST's defaults.
"pergola serve auth" takes GoTrue's place: the Auth API at /, with the settings GOTRUE_* alone and GoTrue's defaults.`

const serveRESTText = `Takes PostgREST's place: the REST API at /, with the settings PGRST_* alone and PostgREST's defaults. FILE is a configuration
file as PostgREST has them; the environment wins over it. SIGTERM and SIGINT let open requests finish first; SIGUSR1 reads the
schema anew, SIGUSR2 the settings too.`

// runServe serves Pergola's surfaces; with the word "rest" behind it, REST alone as PostgREST does.
func runServe(ctx context.Context, args []string, io IO) error {
	if len(args) > 0 && args[0] == "rest" {
		return runServeREST(ctx, args[1:], io)
	}
	if len(args) > 0 && args[0] == "auth" {
		return runServeAuth(ctx, args[1:], io)
	}
	f := newFlags("serve [rest|auth] [FLAGS]", serveText)
	where := f.String("listen", "", "`ADDR` to listen on, host:port or :port; without it, that of the settings")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	settings := &source{profile: config.Serve, from: config.Sources{Environ: io.Environ, Auth: true}, address: *where}
	cfg, err := settings.load()
	if err != nil {
		return err
	}
	if cfg.Database.URL == "" {
		return errors.New("DATABASE_URL is not set: it says which database to serve")
	}
	if !cfg.Auth.Given {
		return serve(ctx, cfg, settings, io)
	}
	if cfg.Auth.ExternalURL == "" {
		cfg.Auth.ExternalURL = authAddress(cfg.Server)
	}
	users, err := newAuth(ctx, cfg, authTables{log: newLogger(io.Stderr, &settings.level)}, io.Version)
	if err != nil {
		return err
	}
	defer users.Close(context.WithoutCancel(ctx))
	return serve(ctx, cfg, settings, io, app.WithAuth(users.Handler()))
}

func runServeREST(ctx context.Context, args []string, io IO) error {
	f := newFlags("serve rest [FILE]", serveRESTText)
	file, err := f.parseFile(args, io.Stdout)
	if err != nil {
		return err
	}
	settings := &source{profile: config.PostgREST, from: config.Sources{Environ: io.Environ, File: file}}
	cfg, err := settings.load()
	if err != nil {
		return err
	}
	return serve(ctx, cfg, settings, io, app.RESTAlone())
}

// source is where the settings of a server come from, at the start and at every reload.
type source struct {
	profile config.Profile
	from    config.Sources
	address string        // an argument that wins over the settings; "" for none
	level   slog.LevelVar // of the log, as the settings had it when they were read last
}

func (s *source) load() (config.Config, error) {
	cfg, err := config.LoadFrom(s.profile, s.from)
	if err != nil {
		return config.Config{}, err
	}
	s.level.Set(cfg.Log.Threshold())
	if s.address == "" {
		return cfg, nil
	}
	err = overrideAddress(&cfg, s.address)
	return cfg, err
}

// overrideAddress puts the argument of --listen in the place of the settings.
func overrideAddress(cfg *config.Config, where string) error {
	host, text, err := net.SplitHostPort(where)
	if err != nil {
		return usagef("--listen %s: it is host:port or :port", where)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return usagef("--listen %s: %q is no port", where, text)
	}
	if host == "" {
		host = "*"
	}
	cfg.Server.Host, cfg.Server.Port, cfg.Server.UnixSocket = host, int(port), ""
	return nil
}

// serve answers until ctx ends, and then lets open requests finish.
func serve(ctx context.Context, cfg config.Config, settings *source, io IO, options ...app.Option) (err error) {
	letGarbagePile()
	log := newLogger(io.Stderr, &settings.level)
	options = append(options, app.WithLogger(log), app.WithSource(settings.load), app.WithResolver(&awssecret.Resolver{Log: log, Connect: awsapi.Anywhere}), app.WithStreaming(),
		app.WithExplorer(explorer.Handler()))
	api, err := app.New(ctx, cfg, options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeApp(api, cfg)) }()
	l, err := listen(ctx, cfg.Server)
	if err != nil {
		return err
	}
	admin, err := startAdmin(ctx, cfg, api, log)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer admin.stop()
	server := serveHTTP(l, api.Handler(), log)
	announce(io, l)
	stopSignals := onSignals(ctx, api, log)
	defer stopSignals()
	select {
	case <-ctx.Done():
		return server.drain(cfg.Server.ShutdownTimeout)
	case err := <-server.failed:
		return err
	}
}

// announce says where the server listens, whatever the level of the log: with port 0 nobody could know otherwise.
func announce(io IO, l net.Listener) {
	if l.Addr().Network() == "unix" {
		_, _ = fmt.Fprintf(io.Stderr, "listening on the socket %s\n", l.Addr())
		return
	}
	_, _ = fmt.Fprintf(io.Stderr, "listening on http://%s\n", l.Addr())
}

// closeApp gives up what the API holds. The requests have ended, so it has little to wait for.
func closeApp(api *app.App, cfg config.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Server.ShutdownTimeout)
	defer cancel()
	return api.Close(ctx)
}

// onSignals reads the schema anew on SIGUSR1, and the settings with it on SIGUSR2, as PostgREST does.
func onSignals(ctx context.Context, api *app.App, log *slog.Logger) (stop func()) {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGUSR1, syscall.SIGUSR2)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-received:
				handleSignal(ctx, s, api, log)
			}
		}
	}()
	return func() {
		signal.Stop(received)
		cancel()
	}
}

func handleSignal(ctx context.Context, s os.Signal, api *app.App, log *slog.Logger) {
	reload, what := api.Reload, "the schema"
	if s == syscall.SIGUSR2 {
		reload, what = api.ReloadConfig, "the settings"
	}
	if err := reload(ctx); err != nil {
		log.Error(what+" could not be read anew", "error", err)
		return
	}
	log.Info("read anew", "what", what)
}
