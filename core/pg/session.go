package pg

import (
	"container/list"
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// sessionKey is where a connection keeps its session.
const sessionKey = "pergola"

// maxStatements is how many prepared statements one connection keeps. Each costs the server its parse tree and plan,
// some tens of kilobytes.
const maxStatements = 256

// session is what we remember of one connection. Only the holder of the connection touches it.
type session struct {
	lastUsed time.Time
	uses     int    // how often the connection was lent
	notifier uint32 // process that sent the last notification, 0 for none since it was asked

	names  map[statementKey]*list.Element // of *prepared
	recent list.List                      // of *prepared, the last used in front
	doomed []string                       // statements that the server still has and we forgot
	count  int                            // for names; none is used twice

	watcher *ctxwatch.ContextWatcher // cancels what runs when a caller's context ends
}

// statementKey tells prepared statements apart. The role is part of it: the server looks at USAGE of a schema when it
// parses a statement and not when it runs one, so that a role must not get at what another was allowed to parse.
type statementKey struct{ role, sql string }

// prepared is a statement that the server knows by name.
type prepared struct {
	key  statementKey
	name string
}

func newSession() *session {
	s := &session{names: map[statementKey]*list.Element{}}
	s.touch()
	return s
}

// sessionOf gives the connection's session, making one for a connection that is new.
func sessionOf(c *pgconn.PgConn) *session {
	s, ok := c.CustomData()[sessionKey].(*session)
	if !ok {
		s = newSession()
		c.CustomData()[sessionKey] = s
	}
	return s
}

// watch cancels what runs on the connection when ctx ends, until Unwatch of what it gives.
func (s *session) watch(ctx context.Context, c *pgconn.PgConn) *ctxwatch.ContextWatcher {
	if s.watcher == nil {
		s.watcher = ctxwatch.NewContextWatcher(&cancelling{conn: c})
	}
	s.watcher.Watch(ctx)
	return s.watcher
}

// touch notes the use. The wall clock is meant: the monotonic one may stand still while a sandbox is frozen, and a
// connection that lay idle for an hour would look fresh.
func (s *session) touch() { s.lastUsed = time.Now().Round(0) }

// takeNotifier gives the process that sent the last notification, once; 0 for none.
func (s *session) takeNotifier() uint32 {
	pid := s.notifier
	s.notifier = 0
	return pid
}

// idle is how long ago the connection was last used.
func (s *session) idle() time.Duration { return time.Now().Round(0).Sub(s.lastUsed) }

// nameOf gives the name of a statement. One that is not known to be prepared gets a name that this connection never used.
func (s *session) nameOf(key statementKey) (name string, known bool) {
	if e, ok := s.names[key]; ok {
		s.recent.MoveToFront(e)
		return e.Value.(*prepared).name, true
	}
	s.count++
	return "pergola_" + strconv.Itoa(s.count), false
}

// remember notes that the server has prepared the statement. The one unused for longest goes when there are too many. The
// unnamed statement has no key and is not kept.
func (s *session) remember(key statementKey, name string) {
	if key == (statementKey{}) || name == "" {
		return
	}
	s.forget(key)
	s.names[key] = s.recent.PushFront(&prepared{key: key, name: name})
	if s.recent.Len() > maxStatements {
		s.forget(s.recent.Back().Value.(*prepared).key)
	}
}

// forget takes a statement out of use; the next pipeline tells the server.
func (s *session) forget(key statementKey) {
	e, ok := s.names[key]
	if !ok {
		return
	}
	delete(s.names, key)
	s.recent.Remove(e)
	s.doomed = append(s.doomed, e.Value.(*prepared).name)
}

// takeDoomed gives the names that the server should drop, once.
func (s *session) takeDoomed() []string {
	names := s.doomed
	s.doomed = nil
	return names
}
