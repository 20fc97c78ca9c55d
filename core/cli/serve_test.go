package cli_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// server is a `pergola serve` that listens.
type server struct {
	*process
	url    string
	client *http.Client
}

// serving starts a server and waits until it says where it listens.
func serving(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	s := &server{process: launch(t, env, args...), client: http.DefaultClient}
	listening := regexp.MustCompile(`listening on (\S+)\n`)
	waitFor(t, "the server's address", func() bool {
		found := listening.FindStringSubmatch(s.stderr.String())
		if found != nil {
			s.url = found[1]
		}
		return found != nil
	})
	return s
}

// serveAPI starts `pergola serve` on a free port over a database with a table and a slow function.
func serveAPI(t *testing.T, db *pgtest.DB, env ...string) *server {
	t.Helper()
	db.Supabase()
	db.Exec(`create table notes as select 'here' as body;
		create function slow(seconds float) returns text language plpgsql as $$ begin perform pg_sleep(seconds); return 'done'; end $$`)
	env = append([]string{"DATABASE_URL=" + db.URLAs("authenticator"), "JWT_SECRET=" + secret}, env...)
	return serving(t, env, "serve", "--listen", "127.0.0.1:0")
}

// status asks for a path; 0 when there is no answer.
func (s *server) status(path string) int {
	status, _ := s.ask(path)
	return status
}

func (s *server) ask(path string) (int, string) {
	res, err := s.client.Get(s.url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	s := serveAPI(t, pgtest.New(t))
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/rest/v1/notes": 200, "/notes": 404, "/rest/v1/none": 404,
	} {
		if got, body := s.ask(path); got != want {
			t.Errorf("GET %s: %d %s, want %d", path, got, body, want)
		}
	}
	s.stop()
}

// inFlight starts a slow request and gives its answer when that comes.
func (s *server) inFlight(t *testing.T, db *pgtest.DB, seconds int) <-chan string {
	t.Helper()
	answer := make(chan string, 1)
	go func() {
		status, body := s.ask("/rest/v1/rpc/slow?seconds=" + strconv.Itoa(seconds))
		answer <- fmt.Sprint(status, " ", body)
	}()
	waitFor(t, "the slow request", func() bool {
		return db.Value(`select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`) == "1"
	})
	return answer
}

func TestServeDrains(t *testing.T) {
	db := pgtest.New(t)
	s := serveAPI(t, db)
	answer := s.inFlight(t, db, 1)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end of listening", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	if got := <-answer; got != `200 "done"` {
		t.Errorf("the request that was under way is answered with %s", got)
	}
	if _, code := s.wait(); code != 0 {
		t.Errorf("the exit code is %d: %s", code, s.stderr)
	}
}

func TestServeDrainEnds(t *testing.T) {
	db := pgtest.New(t)
	s := serveAPI(t, db, "PERGOLA_SHUTDOWN_TIMEOUT=1")
	answer := s.inFlight(t, db, 60)
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, code := s.wait(); code != 1 || !strings.Contains(s.stderr.String(), "requests were cut off") {
		t.Errorf("exit code %d: %s", code, s.stderr)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
	<-answer
}

func TestServeReloadsOnSignal(t *testing.T) {
	db := pgtest.New(t)
	s := serveAPI(t, db, "PGRST_DB_CHANNEL_ENABLED=false", "PGRST_LOG_LEVEL=warn")
	waitFor(t, "readiness", func() bool { return s.status("/readyz") == 200 })
	db.Exec(`create table later (x int)`)
	if got := s.status("/rest/v1/later"); got != 404 {
		t.Errorf("before the signal the new table is answered with %d", got)
	}
	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the new table", func() bool { return s.status("/rest/v1/later") == 200 })
	s.stop()
}

func TestServeWaitsForTheDatabase(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Supabase()
	db.Exec(`create table notes as select 'here' as body`)
	url := db.URLAs("authenticator")
	db.Stop()
	s := serving(t, []string{"DATABASE_URL=" + url, "JWT_SECRET=" + secret}, "serve", "--listen", "127.0.0.1:0")
	if got := s.status("/healthz"); got != 200 {
		t.Errorf("without a database /healthz is answered with %d", got)
	}
	for _, path := range []string{"/readyz", "/rest/v1/notes"} {
		if got := s.status(path); got != 503 {
			t.Errorf("without a database %s is answered with %d", path, got)
		}
	}
	db.Start()
	waitFor(t, "readiness", func() bool { return s.status("/readyz") == 200 })
	if got, body := s.ask("/rest/v1/notes"); got != 200 {
		t.Errorf("with the database back: %d %s", got, body)
	}
	s.stop()
}

func TestServeRESTWithAdmin(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`create table notes as select 'here' as body`)
	admin := freePort(t)
	s := serving(t, []string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=anon", "PGRST_SERVER_HOST=127.0.0.1",
		"PGRST_SERVER_PORT=0", "PGRST_ADMIN_SERVER_PORT=" + strconv.Itoa(admin), "PERGOLA_REQUIRE_APIKEY=true", "DATABASE_URL=ignored",
	}, "serve", "rest")
	if got, body := s.ask("/notes"); got != 200 {
		t.Errorf("GET /notes: %d %s", got, body)
	}
	second := &server{process: s.process, url: fmt.Sprintf("http://127.0.0.1:%d", admin), client: s.client}
	for path, want := range map[string]int{"/live": 200, "/ready": 200, "/notes": 404} {
		if got, body := second.ask(path); got != want {
			t.Errorf("admin server, GET %s: %d %s, want %d", path, got, body, want)
		}
	}
	s.stop()
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func TestServeOnUnixSocket(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`create table notes as select 'here' as body`)
	socket := filepath.Join(dataDir(t), "api.sock")
	env := []string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=anon",
		"PGRST_SERVER_UNIX_SOCKET=" + socket, "PGRST_SERVER_UNIX_SOCKET_MODE=600",
	}
	for _, run := range []string{"first", "after a kill"} { // which leaves the socket behind
		s := launch(t, env, "serve", "rest")
		waitFor(t, "the server", func() bool { return strings.Contains(s.stderr.String(), "listening on the socket "+socket) })
		over := &server{process: s, url: "http://api", client: &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			},
		}}}
		if got, body := over.ask("/notes"); got != 200 {
			t.Errorf("%s: GET /notes: %d %s", run, got, body)
		}
		info, err := os.Stat(socket)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: the socket's mode is %v (%v)", run, info.Mode(), err)
		}
		second := launch(t, env, "serve", "rest")
		if _, code := second.wait(); code != 1 {
			t.Errorf("%s: a second server on a socket that is in use ends with %d", run, code)
		}
		if run == "first" {
			s.kill()
			continue
		}
		s.stop()
	}
}
