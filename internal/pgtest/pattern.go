package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// patterns are the databases of a server that others are copied from.
type patterns struct {
	mu   sync.Mutex
	made map[string]string // the database of each pattern
}

// pattern gives the database of a pattern, and makes it for the first who asks. Those who ask meanwhile wait.
func (s *server) pattern(t testing.TB, name string, prepare func(*DB)) string {
	t.Helper()
	s.patterns.mu.Lock()
	defer s.patterns.mu.Unlock()
	if made, ok := s.patterns.made[name]; ok {
		return made
	}
	db := &DB{t: t, server: s, name: fmt.Sprintf("pgtest_pattern_%d_%s", os.Getpid(), name)}
	db.admin("create database " + db.name + " template template0" + s.strategy)
	prepare(db)
	if s.patterns.made == nil {
		s.patterns.made = map[string]string{}
	}
	s.patterns.made[name] = db.name
	return db.name
}

// dropPatterns removes the patterns from a server that stays.
func (s *server) dropPatterns() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, name := range s.patterns.made {
		err := connected(ctx, s.url("postgres").String(), func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "drop database if exists "+name+" with (force)")
			return err
		})
		if err != nil {
			fmt.Fprintf(os.Stderr, "pgtest: the database %s is left behind: %v\n", name, err)
		}
	}
}
