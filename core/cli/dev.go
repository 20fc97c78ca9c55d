package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/pergola-dev/pergola/core/api/explorer"
	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
)

const devText = `Runs everything on this machine: a PostgreSQL database, the REST API and its keys, and prints a first request to paste.

The database is --db or DATABASE_URL; else one of its own in the data directory, with server programs that are installed
or, where there are none, downloaded once. Changes of the schema are served without a restart.`

// devPort is where the API listens unless somebody else does: that of Supabase's own local development.
const devPort = 54321

// readyTimeout bounds the wait until the API can answer.
const readyTimeout = time.Minute

// devOptions are the arguments of `pergola dev`.
type devOptions struct {
	host      string
	port      int
	portGiven bool
	data      string
	setup     bool
	empty     bool
	json      bool
}

// devRun is one run of `pergola dev`: what it was told, and what it found out so far.
type devRun struct {
	devOptions
	io     IO
	log    *slog.Logger
	config config.Config
	keys   devKeys
	ready  bool // it has been announced
}

// runDev runs until ctx ends.
func runDev(ctx context.Context, args []string, io IO) error {
	d, err := newDevRun(ctx, args, io)
	if err != nil {
		return err
	}
	err = d.run(ctx)
	if err != nil && ctx.Err() != nil && !d.ready {
		return errors.New("interrupted before it was ready") // which is why whatever was under way has failed
	}
	return err
}

func newDevRun(ctx context.Context, args []string, io IO) (*devRun, error) {
	d := &devRun{io: io}
	f := newFlags("dev [FLAGS]", devText)
	f.IntVar(&d.port, "port", devPort, "`PORT` of the API; without it, another one where that is taken; 0 picks a free one")
	f.StringVar(&d.host, "listen", "127.0.0.1", "`HOST` or address to listen on")
	f.StringVar(&d.data, "data", defaultData, "`DIR` for the database and the keys")
	db := f.String("db", "", "`URL` of a database to use instead of one of our own")
	f.BoolVar(&d.setup, "setup", false, "add to that database what the API needs")
	f.BoolVar(&d.empty, "empty", false, "do not load the example into a new database")
	f.BoolVar(&d.json, "json", false, "print one line of JSON when ready, and nothing else on standard output")
	if err := f.parse(args, io.Stdout); err != nil {
		return nil, err
	}
	d.portGiven = f.given("port")
	cfg, err := config.Load(config.Serve, io.Environ)
	if err != nil {
		return nil, err
	}
	if *db != "" {
		cfg.Database.URL = config.Secret(*db)
	}
	if d.setup && cfg.Database.URL == "" {
		return nil, usagef("--setup is for a database of yours (--db): our own is always set up")
	}
	d.log = newLogger(io.Stderr, cfg.Log.Threshold())
	d.config, err = cfg.Resolve(ctx, &awssecret.Resolver{Log: d.log, Connect: awsapi.Anywhere})
	return d, err
}

// run brings everything up, says so, and takes it down again when ctx ends or a part of it fails.
func (d *devRun) run(ctx context.Context) (err error) {
	if d.keys, err = ensureDevKeys(d.data, time.Now()); err != nil {
		return err
	}
	d.useKeys()
	l, err := d.listen(ctx)
	if err != nil {
		return err
	}
	db, err := d.openDatabase(ctx)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer db.close()
	d.config.Database.URL = config.Secret(db.api)
	users, err := d.newAuth(ctx, "http://"+address(l), db)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer users.close()
	options := []app.Option{app.WithLogger(d.log), app.WithStreaming(), app.WithExplorer(explorer.Handler())}
	if users != nil {
		options = append(options, app.WithAuth(users.Handler()))
	}
	api, err := app.New(ctx, d.config, options...)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer func() { err = errors.Join(err, closeApp(api, d.config)) }()
	return d.serve(ctx, l, devAPI{api, users}, db)
}

// useKeys puts our own keys where the environment gives none. Sessions are signed with our key for ES256, unless the
// environment has a key or a secret for just them; the JWT secret verifies beside it.
func (d *devRun) useKeys() {
	cfg, secret := &d.config, config.Secret(d.keys.JWTSecret)
	if cfg.JWT.Secret == "" {
		cfg.JWT.Secret, cfg.Auth.JWT.Secret = secret, cmp.Or(cfg.Auth.JWT.Secret, secret)
	}
	if cfg.Auth.JWT.Keys == "" && cfg.Origins["GOTRUE_JWT_SECRET"] != "environment" {
		cfg.Auth.JWT.Keys = config.Secret(d.keys.JWTKeys)
	}
	cfg.APIKeys.Publishable = cmp.Or(cfg.APIKeys.Publishable, config.Secret(d.keys.PublishableKey))
	cfg.APIKeys.Secret = cmp.Or(cfg.APIKeys.Secret, config.Secret(d.keys.SecretKey))
}

// serve answers requests until ctx ends.
func (d *devRun) serve(ctx context.Context, l net.Listener, api devAPI, db *devDatabase) (err error) {
	server := serveHTTP(l, api.users.handler(api.Handler()), d.log)
	defer func() { err = errors.Join(err, server.drain(d.config.Server.ShutdownTimeout)) }()
	ready, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := api.WaitReady(ready); err != nil {
		return fmt.Errorf("waiting for the API: %w", err)
	}
	watcher := d.newWatcher(ctx, db, api.App)
	if err := d.announce(ctx, "http://"+address(l), db); err != nil {
		return err
	}
	d.ready = true
	defer d.forget()
	stop := watcher.start(ctx, db)
	defer stop()
	stopSignals := onSignals(ctx, api.App, d.log)
	defer stopSignals()
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.failed:
		return err
	case <-db.ended():
		return fmt.Errorf("the database server has ended by itself; its log is %s", db.server.LogFile())
	}
}

// listen takes the port that was asked for, or another one where nobody asked for that very one.
func (d *devRun) listen(ctx context.Context) (net.Listener, error) {
	l, err := listenTCP(ctx, d.host, d.port)
	if errors.Is(err, syscall.EADDRINUSE) && !d.portGiven {
		return listenTCP(ctx, d.host, 0)
	}
	return l, err
}
