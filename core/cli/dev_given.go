package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/cli/setup"
	"github.com/pergola-dev/pergola/core/pg"
)

// givenDatabase uses a database of somebody else. Nothing in it changes unless --setup says so.
func (d *devRun) givenDatabase(ctx context.Context) (*devDatabase, error) {
	target := string(d.config.Database.URL)
	conn, err := pg.Connect(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("connecting to the given database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	missing, err := missingItems(ctx, conn)
	if err != nil {
		return nil, err
	}
	db := &devDatabase{owner: target, api: target, close: func() {}}
	if !d.setup {
		d.reportMissing(missing)
		d.findUsers(ctx, conn, db)
		return db, nil
	}
	if err := d.setUpGiven(ctx, conn, missing); err != nil {
		return nil, err
	}
	if err := makeUsers(ctx, conn, db); err != nil {
		return nil, fmt.Errorf("adding the tables of the Auth service to the database: %w", err)
	}
	db.api = d.preferAuthenticator(ctx, target)
	db.reports = d.addTrigger(ctx, conn)
	if db.reports {
		db.close = func() { withTimeout(func(ctx context.Context) { d.dropTrigger(ctx, target) }) }
	}
	return db, nil
}

// reportMissing lists what the API needs and the database lacks, and the SQL that would add it.
func (d *devRun) reportMissing(missing []string) {
	if len(missing) == 0 {
		return
	}
	vars := d.setupVars()
	vars.Password = "choose one"
	d.notice(fmt.Sprintf("The database lacks: %s.\nNothing was changed. \"--setup\" adds it, with this SQL:\n\n%s",
		strings.Join(missing, ", "), setup.Add(missing, vars)))
}

func (d *devRun) setUpGiven(ctx context.Context, conn *pg.Conn, missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	if err := conn.Exec(ctx, setup.Add(missing, d.setupVars())); err != nil {
		return fmt.Errorf("adding %s to the database: %w", strings.Join(missing, ", "), err)
	}
	d.notice("Added to the database: " + strings.Join(missing, ", ") + ".")
	return nil
}

// preferAuthenticator gives the URL of the role that --setup made, now or in an earlier run, when it lets us in; else the
// URL that was given. The password of a role that somebody else made is not ours to change.
func (d *devRun) preferAuthenticator(ctx context.Context, target string) string {
	candidate := asAuthenticator(target, d.keys.AuthenticatorPass)
	conn, err := pg.Connect(ctx, candidate)
	if err != nil {
		d.log.Info("the API connects as the given user: authenticator has another password", "error", err)
		return target
	}
	_ = conn.Close(ctx)
	return candidate
}

// addTrigger has the database report changes of its schema, where we may ask for that. Where not, the schema is looked at
// from time to time.
func (d *devRun) addTrigger(ctx context.Context, conn *pg.Conn) bool {
	vars := d.setupVars()
	if vars.Channel == "" {
		return false
	}
	if err := conn.Exec(ctx, setup.AddTrigger(vars)); err != nil {
		d.log.Info("the database cannot report changes of its schema: looking for them every second", "error", err)
		return false
	}
	return true
}

// dropTrigger takes back what addTrigger did.
func (d *devRun) dropTrigger(ctx context.Context, target string) {
	conn, err := pg.Connect(ctx, target)
	if err == nil {
		defer func() { _ = conn.Close(ctx) }()
		err = conn.Exec(ctx, setup.DropTrigger())
	}
	if err != nil {
		d.notice(fmt.Sprintf("The event trigger pergola_schema_changed is still in the database: %v", err))
	}
}
