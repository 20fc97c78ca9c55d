package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/plan"
)

// known is one state of the API: what is known of the database at one moment, the configuration as it was then, and what
// answers by both. It is never changed.
type known struct {
	configured
	catalog *catalog.Snapshot
	rules   plan.Rules
	api     http.Handler // the REST surface
	front   http.Handler // everything, with the REST surface at its place
}

// Current gives what a request that came to this state is answered by, whatever has been read since.
func (k *known) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	return k.catalog, k.rules, nil
}

// schema holds what is known of the database, and reads it anew. Requests take one value of it and never wait for a reload;
// only while nothing is known yet do they wait for the reading that is under way.
type schema struct {
	read    func(ctx context.Context) (*known, error)
	log     *slog.Logger
	current atomic.Pointer[known]
	counted readings

	mu      sync.Mutex
	reading *reading // under way; nil for none
	again   bool     // something changed since it began
	closed  bool
}

// reading is one attempt to read the schema.
type reading struct {
	done chan struct{}
	err  error // valid when done is closed
}

const (
	readTimeout = 30 * time.Second // for one reading
	retryAfter  = time.Second      // after one that failed
)

// Current gives what is known, and waits for the first reading where there has been none.
func (s *schema) Current(ctx context.Context) (*catalog.Snapshot, plan.Rules, error) {
	if k := s.current.Load(); k != nil {
		return k.catalog, k.rules, nil
	}
	if err := s.wait(ctx, s.begin()); err != nil {
		return nil, plan.Rules{}, err
	}
	k := s.current.Load()
	if k == nil {
		return nil, plan.Rules{}, fault.NoCatalog(context.Canceled)
	}
	return k.catalog, k.rules, nil
}

// Reload reads the schema as it is from now on, and waits for that.
func (s *schema) Reload(ctx context.Context) error {
	s.mu.Lock()
	before := s.reading
	s.again = before != nil
	s.mu.Unlock()
	if before != nil {
		_ = s.wait(ctx, before) // what it found is out of date either way
	}
	return s.wait(ctx, s.begin())
}

// begin joins the reading that is under way, or starts one.
func (s *schema) begin() *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading == nil && !s.closed {
		s.reading = &reading{done: make(chan struct{})}
		go s.run(s.reading)
	}
	if s.reading == nil {
		done := make(chan struct{})
		close(done)
		return &reading{done: done, err: fault.NoCatalog(context.Canceled)}
	}
	return s.reading
}

func (s *schema) wait(ctx context.Context, r *reading) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return fault.NoCatalog(ctx.Err())
	}
}

// run reads once. A failure is tried again by itself; a change in the meantime leads to another reading.
func (s *schema) run(r *reading) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	began := time.Now()
	k, err := s.read(ctx)
	s.counted.add(time.Since(began), err)
	s.mu.Lock()
	again, closed := s.again, s.closed
	if err == nil {
		s.current.Store(k)
	} else if !closed {
		s.log.Warn("the schema could not be read", "error", err, "retry_after", retryAfter)
	}
	s.again, s.reading = false, nil
	r.err = err
	close(r.done)
	s.mu.Unlock()
	switch {
	case again:
		s.begin()
	case err != nil:
		time.AfterFunc(retryAfter, func() { s.begin() })
	}
}

// close lets no further reading begin.
func (s *schema) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}
