package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/internal/localpg"
)

//go:embed schema.sql
var schemaSQL string

// database is the PostgreSQL server of a run, with the benchmark's schema in it.
type database struct {
	server *localpg.Server
	dir    string
	conn   *pgx.Conn
	pid    int // of the server; 0 where it is not known
}

// openDatabase starts a server that is forgotten afterwards and fills it.
func openDatabase(ctx context.Context, port int) (*database, error) {
	dir, err := os.MkdirTemp("", "pergola-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the database: %w", err)
	}
	d := &database{dir: dir}
	d.server, err = localpg.Start(ctx, localpg.Options{
		Dir: dir, Port: port, Scratch: true,
		Settings: map[string]string{"shared_buffers": "256MB", "autovacuum": "off"}, // nothing happens behind a measurement
	})
	if err == nil {
		err = d.fill(ctx)
	}
	if err != nil {
		d.close()
		return nil, fmt.Errorf("preparing the database: %w", err)
	}
	d.pid = d.readPID()
	return d, nil
}

// url is the address of the database.
func (d *database) url() string { return d.server.URL(localpg.Superuser) }

func (d *database) fill(ctx context.Context) error {
	var err error
	if d.conn, err = pgx.Connect(ctx, d.url()); err != nil {
		return err
	}
	if _, err := d.conn.Exec(ctx, schemaSQL); err != nil {
		return err
	}
	_, err = d.conn.Exec(ctx, "vacuum analyze")
	return err
}

// readPID reads the server's process id from its lock file.
func (d *database) readPID() int {
	text, err := os.ReadFile(filepath.Join(d.server.DataDir(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// reset takes out what inserts have left, so that each begins with an empty table.
func (d *database) reset(ctx context.Context) error {
	_, err := d.conn.Exec(ctx, "truncate events")
	return err
}

func (d *database) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if d.conn != nil {
		_ = d.conn.Close(ctx)
	}
	if d.server != nil {
		d.server.Stop(ctx)
		_ = os.RemoveAll(filepath.Dir(d.server.DataDir()))
	}
	_ = os.RemoveAll(d.dir)
}
