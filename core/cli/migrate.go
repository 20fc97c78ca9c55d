package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
)

const migrateText = `Brings the tables of the Auth service, in the schemas auth and auth_internal, to the version of this program. A schema that
Supabase's Auth has made is taken over as it is. On an up-to-date database nothing changes. "serve auth" does this when it
starts, as Supabase's Auth does; "serve" and the functions on Lambda never do.

It connects as GOTRUE_DB_DATABASE_URL says, or DATABASE_URL; the role owns the tables, and is the one that the service has to
connect as. --hand-over is for those who go back: it tells Supabase's Auth that its migrations are done.`

// runMigrate makes or updates the tables of the Auth service.
func runMigrate(ctx context.Context, args []string, io IO) error {
	f := newFlags("migrate [FLAGS]", migrateText)
	target := f.String("db", "", "`URL` of the database; without it, that of the settings")
	dry := f.Bool("dry-run", false, "say what there is to do, and change nothing")
	handOver := f.Bool("hand-over", false, "fill the ledger of Supabase's Auth, so that it can take the tables over")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	if *target == "" {
		var err error
		if *target, err = migrateTarget(ctx, io); err != nil {
			return err
		}
	}
	conn, err := pg.Connect(ctx, *target)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	switch {
	case *dry:
		return reportMigrations(ctx, conn, io)
	case *handOver:
		return schema.HandOver(ctx, conn)
	}
	return migrate(ctx, conn, io)
}

// migrateTarget is the database of the settings.
func migrateTarget(ctx context.Context, io IO) (string, error) {
	cfg, err := config.Load(config.Serve, io.Environ)
	if err != nil {
		return "", err
	}
	if cfg, err = cfg.Resolve(ctx, &awssecret.Resolver{Connect: awsapi.Anywhere}); err != nil {
		return "", err
	}
	if cfg.Auth.Database.URL != "" {
		return string(cfg.Auth.Database.URL), nil
	}
	if cfg.Database.URL == "" {
		return "", errors.New("DATABASE_URL is not set: it says which database to migrate; --db does, too")
	}
	return string(cfg.Database.URL), nil
}

func migrate(ctx context.Context, conn *pg.Conn, io IO) error {
	before, err := schema.Level(ctx, conn)
	if err != nil {
		return err
	}
	if err := schema.Apply(ctx, conn); err != nil {
		return err
	}
	after, err := schema.Level(ctx, conn)
	if err != nil {
		return err
	}
	said := fmt.Sprintf("The tables of the Auth service were brought from version %d to %d.", before.Version, after.Version)
	if before.Version == after.Version {
		said = fmt.Sprintf("The tables of the Auth service are at version %d already.", after.Version)
	}
	_, err = fmt.Fprintln(io.Stdout, said)
	return err
}

// reportMigrations lists the migrations that Apply would run.
func reportMigrations(ctx context.Context, conn *pg.Conn, io IO) error {
	state, err := schema.Level(ctx, conn)
	if err != nil {
		return err
	}
	if err := state.Newer(); err != nil {
		return err
	}
	dialect, err := schema.Detect(ctx, conn)
	if err != nil {
		return err
	}
	for _, m := range schema.Migrations(dialect) {
		if m.Version > state.Version {
			_, _ = fmt.Fprintf(io.Stdout, "%04d %s: %d statements\n", m.Version, m.Name, len(m.Statements))
		}
	}
	if state.Current() {
		_, err = fmt.Fprintln(io.Stdout, "There is nothing to do.")
	}
	return err
}
