package cli

import (
	"context"
	"sync"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/pg"
)

// lookInterval is how often the schema is looked at where the database does not report its changes.
const lookInterval = time.Second

// watcher looks after the schema while `pergola dev` runs: it warns of tables that are open to everybody, and has the API
// read the schema anew where the database does not report changes. Where it does, the API listens by itself.
type watcher struct {
	run    *devRun
	owner  string
	api    *app.App
	warned map[string]bool
}

// newWatcher makes a watcher that has warned of what is there already.
func (d *devRun) newWatcher(ctx context.Context, db *devDatabase, api *app.App) *watcher {
	w := &watcher{run: d, owner: db.owner, api: api, warned: map[string]bool{}}
	w.warn(ctx)
	return w
}

// start begins to look, and gives a way to stop.
func (w *watcher) start(ctx context.Context, db *devDatabase) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { w.look(ctx, db.reports, db.server == nil) })
	return func() {
		cancel()
		done.Wait()
	}
}

// look follows the schema until ctx ends. A database of somebody else is looked at even where it reports changes: a
// pooler in between may swallow the reports.
func (w *watcher) look(ctx context.Context, reports, given bool) {
	cfg := w.run.config.Database
	cfg.PoolSize = 1
	db, err := pg.Open(ctx, cfg, nil)
	if err != nil {
		w.run.log.Error("changes of the schema are not followed", "error", err)
		return
	}
	defer withTimeout(db.Close)
	if given || !reports {
		w.poll(ctx, db)
		return
	}
	pg.Listen(ctx, db, cfg.ReloadChannel, func(string) { w.warn(ctx) })
}

// poll compares the schema with what it was a moment ago.
func (w *watcher) poll(ctx context.Context, db *pg.DB) {
	known := "" // what the API has read by now may be older than the first look
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		hash, err := pg.CatalogHash(ctx, db)
		if err != nil || hash == known {
			continue
		}
		if w.api.Reload(ctx) == nil {
			known = hash
		}
		w.warn(ctx)
	}
}

// warn names every open table once.
func (w *watcher) warn(ctx context.Context) {
	tables, err := w.unprotected(ctx)
	if err != nil && ctx.Err() == nil {
		w.run.log.Warn("row-level security was not checked", "error", err)
	}
	for _, table := range tables {
		if !w.warned[table] {
			w.run.notice(unprotectedWarning(table))
		}
		w.warned[table] = true
	}
}

func (w *watcher) unprotected(ctx context.Context) ([]string, error) {
	conn, err := pg.Connect(ctx, w.owner)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	return unprotected(ctx, conn, w.run.config.REST.Schemas)
}
