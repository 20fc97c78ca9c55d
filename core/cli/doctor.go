package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
)

const doctorText = `Shows what was understood of the settings and from where, with secrets hidden, and checks that the database answers, has
what the API needs, and protects its tables.`

// errAilments says that doctor has found something that must be mended.
var errAilments = errors.New("something has to be mended")

// runDoctor prints settings and findings. It changes nothing.
func runDoctor(ctx context.Context, args []string, io IO) error {
	f := newFlags("doctor [FLAGS] [FILE]", doctorText)
	rest := f.Bool("rest", false, "read the settings as \"pergola serve rest\" does, from FILE too")
	file, err := f.parseFile(args, io.Stdout)
	if err != nil {
		return err
	}
	profile := config.Serve
	if *rest {
		profile = config.PostgREST
	} else if file != "" {
		return usagef("a configuration file is for \"pergola doctor --rest FILE\"")
	}
	cfg, err := config.LoadFrom(profile, config.Sources{Environ: io.Environ, File: file})
	if err != nil {
		return err
	}
	if cfg.Database.URL == "" {
		if err := printSettings(io.Stdout, cfg); err != nil {
			return err
		}
		_, err := fmt.Fprintln(io.Stdout, "\nNo database is named: \"pergola dev\" makes one, \"pergola serve\" needs DATABASE_URL.")
		return err
	}
	return consult(ctx, cfg, io.Stdout)
}

// consult prints the settings with what the database keeps over them, and examines the database.
func consult(ctx context.Context, cfg config.Config, out io.Writer) error {
	resolved, err := cfg.Resolve(ctx, &awssecret.Resolver{Connect: awsapi.Anywhere})
	var conn *pg.Conn
	if err == nil {
		conn, err = connect(ctx, resolved)
	}
	if err != nil {
		return errors.Join(printSettings(out, cfg), err)
	}
	defer func() { _ = conn.Close(ctx) }()
	cfg, unread := withStored(ctx, conn, cfg)
	if err := printSettings(out, cfg); err != nil {
		return err
	}
	if unread != nil {
		return fmt.Errorf("the settings kept in the database are of no use: %w", unread)
	}
	return examine(ctx, conn, cfg, out)
}

func connect(ctx context.Context, cfg config.Config) (*pg.Conn, error) {
	conn, err := pg.Connect(ctx, string(cfg.Database.URL))
	if err != nil {
		return nil, fmt.Errorf("the database does not let us in: %w", err)
	}
	return conn, nil
}

// withStored puts the settings that the database keeps over cfg; after an error, cfg is as it was.
func withStored(ctx context.Context, conn *pg.Conn, cfg config.Config) (config.Config, error) {
	if !cfg.Database.Stored {
		return cfg, nil
	}
	read := func(preConfig string) (map[string]string, error) {
		return conn.StoredSettings(ctx, config.StoredNames(), preConfig)
	}
	overlaid, err := cfg.WithStored(cfg.Database.PreConfig, read)
	if err != nil {
		return cfg, err
	}
	return overlaid, nil
}

func printSettings(out io.Writer, cfg config.Config) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range cfg.Values() {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", v.Name, v.Text, v.Origin); err != nil {
			return err
		}
	}
	return w.Flush()
}

// versionSQL asks who answers, and as whom.
const versionSQL = `select current_setting('server_version'), current_user, current_database()`

// examine checks the database.
func examine(ctx context.Context, conn *pg.Conn, cfg config.Config, out io.Writer) error {
	rows, err := conn.Rows(ctx, versionSQL)
	if err != nil {
		return fmt.Errorf("asking for the version: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nPostgreSQL %s lets us in as %s to the database %s.\n", rows[0][0], rows[0][1], rows[0][2])
	mended, err := findings(ctx, conn, cfg, &b)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return err
	}
	if !mended {
		return errAilments
	}
	return nil
}

// rolesSQL says whether the connection may act as the anonymous role: "" where there is no such role.
const rolesSQL = `select coalesce(pg_has_role(to_regrole(quote_ident($1)), 'member')::text, '')`

// findings writes what it finds, and says whether the API can work. Open tables are warned of: they may be meant.
func findings(ctx context.Context, conn *pg.Conn, cfg config.Config, b *strings.Builder) (fit bool, err error) {
	fit = true
	if role := cfg.REST.AnonRole; role != "" {
		rows, err := conn.Rows(ctx, rolesSQL, role)
		if err != nil {
			return false, fmt.Errorf("looking for the anonymous role: %w", err)
		}
		switch rows[0][0] {
		case "":
			fit = false
			fmt.Fprintf(b, "There is no role %s (PGRST_DB_ANON_ROLE), which anonymous callers act as.\n", role)
		case "false":
			fit = false
			fmt.Fprintf(b, "The connection may not act as %s (PGRST_DB_ANON_ROLE): it needs the membership.\n", role)
		}
	}
	tables, err := unprotected(ctx, conn, cfg.REST.Schemas)
	for _, table := range tables {
		b.WriteString(unprotectedWarning(table) + "\n")
	}
	return fit, err
}
