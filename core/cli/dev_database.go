package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/cli/setup"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/examples/todos"
	"github.com/pergola-dev/pergola/internal/localpg"
)

// devDatabasePort is where our own database listens unless somebody else does: that of Supabase's local development.
const devDatabasePort = 54322

// cleanUpTimeout bounds what is done after the end was asked for.
const cleanUpTimeout = 10 * time.Second

// devDatabase is the database of a run of `pergola dev`.
type devDatabase struct {
	owner   string          // connection URL of its owner, for people and migrations
	api     string          // connection URL for the API
	reports bool            // it reports changes of the schema
	example bool            // the example is in it
	users   bool            // the tables of the Auth service are in it
	server  *localpg.Server // nil for a database of somebody else
	close   func()          // takes back what was done for this run alone
}

// ended is closed when a server of ours has ended by itself.
func (db *devDatabase) ended() <-chan struct{} {
	if db.server == nil {
		return nil
	}
	return db.server.Exited()
}

func (d *devRun) openDatabase(ctx context.Context) (*devDatabase, error) {
	if d.config.Database.URL == "" {
		return d.ownDatabase(ctx)
	}
	return d.givenDatabase(ctx)
}

func (d *devRun) setupVars() setup.Vars {
	return setup.Vars{Password: d.keys.AuthenticatorPass, Channel: d.config.Database.ReloadChannel}
}

// ownDatabase starts our own server and makes sure that the database has all that the API needs.
func (d *devRun) ownDatabase(ctx context.Context) (*devDatabase, error) {
	port, err := localpg.FreePort(devDatabasePort)
	if err != nil {
		return nil, err
	}
	server, err := localpg.Start(ctx, localpg.Options{
		Dir: d.data, Port: port, Password: d.keys.DatabasePassword, Mirror: d.config.Dev.Mirror, Notice: d.notice,
		Settings: localpg.SmallTables(),
	})
	if errors.Is(err, localpg.ErrInUse) {
		return nil, fmt.Errorf("another \"pergola dev\" runs in %s; --data names another directory", d.data)
	}
	if err != nil {
		return nil, fmt.Errorf("starting a database: %w", err)
	}
	db := &devDatabase{server: server, owner: server.URL(localpg.Superuser), reports: d.config.Database.ReloadChannel != ""}
	db.close = func() { withTimeout(server.Stop) }
	db.api = asAuthenticator(db.owner, d.keys.AuthenticatorPass)
	if err = d.setUpOwn(ctx, db); err != nil {
		db.close()
		return nil, fmt.Errorf("setting up the database: %w", err)
	}
	return db, nil
}

// setUpOwn adds what is missing, in one transaction, and the tables of the Auth service. A database that has nothing yet gets the example too, unless that is
// not wanted; later it is left as its owner has made it.
func (d *devRun) setUpOwn(ctx context.Context, db *devDatabase) error {
	conn, err := pg.Connect(ctx, db.owner)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	missing, err := missingItems(ctx, conn)
	if err != nil {
		return err
	}
	vars := d.setupVars()
	script := []string{setup.Add(missing, vars), setup.SetPassword(vars)}
	if vars.Channel != "" {
		script = append(script, setup.AddTrigger(vars))
	}
	if slices.Contains(missing, setup.First) && !d.empty {
		script = append(script, todos.Schema, todos.Seed)
	}
	if err := conn.Exec(ctx, strings.Join(script, "\n")); err != nil {
		return err
	}
	if err := makeUsers(ctx, conn, db); err != nil {
		return err
	}
	db.example, err = hasExample(ctx, conn)
	return err
}

// hasExample says whether the first request that is printed can ask for the example.
func hasExample(ctx context.Context, conn *pg.Conn) (bool, error) {
	rows, err := conn.Rows(ctx, `
		select 1
		from pg_attribute as a
		where a.attrelid in (to_regclass('public.lists'), to_regclass('public.todos'))
		  and a.attname in ('name', 'title', 'list_id')
		having count(*) = 3`)
	return len(rows) == 1, err
}

func missingItems(ctx context.Context, conn *pg.Conn) ([]string, error) {
	rows, err := conn.Rows(ctx, setup.Missing())
	if err != nil {
		return nil, fmt.Errorf("looking for what is missing: %w", err)
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row[0]
	}
	return names, nil
}

// asAuthenticator is the connection URL for the role that the API connects as.
func asAuthenticator(owner, password string) string {
	u, err := url.Parse(owner)
	if err != nil || u.Scheme == "" {
		// Keywords ("host=... user=...") rather than a URI: the last of two counts.
		return fmt.Sprintf("%s user=authenticator password=%s", owner, password)
	}
	u.User = url.UserPassword("authenticator", password)
	return u.String()
}

// withTimeout gives the end of something a time limit of its own: the context of the run is over by then.
func withTimeout(end func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTimeout)
	defer cancel()
	end(ctx)
}

// notice tells people what takes long.
func (d *devRun) notice(text string) { _, _ = fmt.Fprintln(d.io.Stderr, text) }

// dataDir is the data directory as people know it.
func (d *devRun) dataDir() string { return filepath.Clean(d.data) + string(filepath.Separator) }
