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

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
)

const serveText = `Runs the production server: the REST API at /rest/v1, the probes at /healthz (process) and /readyz (database).
Settings come from the environment: DATABASE_URL, JWT_SECRET, PERGOLA_* and PGRST_*. SIGTERM and SIGINT let open
requests finish first; SIGUSR1 reads the schema anew.

"pergola serve rest" takes PostgREST's place: the REST API at /, with the settings PGRST_* alone and PostgREST's
defaults.`

const serveRESTText = `Takes PostgREST's place: the REST API at /, with the settings PGRST_* alone and PostgREST's defaults. SIGTERM and
SIGINT let open requests finish first; SIGUSR1 reads the schema anew.`

// runServe serves Pergola's surfaces; with the word "rest" behind it, REST alone as PostgREST does.
func runServe(ctx context.Context, args []string, io IO) error {
	if len(args) > 0 && args[0] == "rest" {
		return runServeREST(ctx, args[1:], io)
	}
	f := newFlags("serve [rest] [FLAGS]", serveText)
	where := f.String("listen", "", "`ADDR` to listen on, host:port or :port; without it, that of the settings")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	cfg, err := config.Load(config.Serve, io.Environ)
	if err != nil {
		return err
	}
	if cfg.Database.URL == "" {
		return errors.New("DATABASE_URL is not set: it says which database to serve")
	}
	if *where != "" {
		if err := overrideAddress(&cfg, *where); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, io)
}

func runServeREST(ctx context.Context, args []string, io IO) error {
	f := newFlags("serve rest", serveRESTText)
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	cfg, err := config.Load(config.PostgREST, io.Environ)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, io, app.RESTAlone())
}

// overrideAddress makes an argument win over the settings.
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
func serve(ctx context.Context, cfg config.Config, io IO, options ...app.Option) (err error) {
	log := newLogger(io.Stderr, cfg.Log.Level)
	options = append(options, app.WithLogger(log), app.WithResolver(&awssecret.Resolver{Log: log}), app.WithStreaming())
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

// onSignals reads the schema anew on SIGUSR1. SIGUSR2, on which PostgREST reads its settings anew, is answered in the log:
// settings are read at the start alone, and without an answer the signal would end the process.
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
	if s == syscall.SIGUSR2 {
		log.Warn("settings are read at the start alone: restart to change them")
		return
	}
	if err := api.Reload(ctx); err != nil {
		log.Error("the schema could not be read anew", "error", err)
	}
}
