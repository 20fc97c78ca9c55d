package cli_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A configuration file as PostgREST has them, at the start and at a reload.
func TestServeRESTFromFile(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`create table notes as select 'here' as body; create schema other; create table other.things as select 1 as x;
		grant usage on schema other to anon; grant select on other.things to anon`)
	dir := dataDir(t)
	file, uri := filepath.Join(dir, "postgrest.conf"), filepath.Join(dir, "uri")
	writeFile(t, uri, db.URLAs("authenticator")+"\n")
	const text = `db-uri = "@%s"
db-schemas = "public"
db-anon-role = "anon"
server-host = "127.0.0.1"
server-port = %d
log-level = "error"
`
	writeFile(t, file, fmt.Sprintf(text, uri, 0))
	s := serving(t, []string{"PGRST_DB_CHANNEL_ENABLED=false"}, "serve", "rest", file)
	if got, body := s.ask("/notes"); got != 200 {
		t.Errorf("GET /notes: %d %s", got, body)
	}

	changed := strings.NewReplacer(`"public"`, `"other"`, `"error"`, `"info"`).Replace(fmt.Sprintf(text, uri, 3999))
	writeFile(t, file, changed)
	db.Exec(`create table later (x int)`)
	s.signal(t, syscall.SIGUSR1)
	waitFor(t, "the new table, in the old schema", func() bool { return s.status("/later") == 200 })
	s.signal(t, syscall.SIGUSR2)
	waitFor(t, "the other schema", func() bool { return s.status("/things") == 200 })
	if got := s.status("/notes"); got != 404 {
		t.Errorf("what is not exposed any more is answered with %d", got)
	}
	waitFor(t, "the new level of the log", func() bool { return strings.Contains(s.stderr.String(), "path=/notes status=404") })
	if !strings.Contains(s.stderr.String(), "PGRST_SERVER_PORT") {
		t.Error("nobody says that the port counts at the start alone")
	}

	writeFile(t, file, changed+"db-pool = \"many\"\n")
	s.signal(t, syscall.SIGUSR2)
	waitFor(t, "the complaint", func() bool { return strings.Contains(s.stderr.String(), "is not a whole number") })
	if got := s.status("/things"); got != 200 {
		t.Errorf("after a mistake: %d", got)
	}
	s.stop()
}

func TestServeAdminOnUnixSocket(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	socket := filepath.Join(dataDir(t), "admin.sock")
	s := serving(t, []string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_SERVER_HOST=127.0.0.1", "PGRST_SERVER_PORT=0",
		"PGRST_ADMIN_SERVER_UNIX_SOCKET=" + socket, "PGRST_ADMIN_SERVER_UNIX_SOCKET_MODE=600",
	}, "serve", "rest")
	admin := &server{process: s.process, url: "http://admin", client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}}
	waitFor(t, "readiness", func() bool { return admin.status("/ready") == 200 })
	if got, body := admin.ask("/metrics"); got != 200 || !strings.Contains(body, "pgrst_db_pool_max 10\n") {
		t.Errorf("GET /metrics: %d %s", got, body)
	}
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket's mode is %v (%v)", info.Mode(), err)
	}
	s.stop()
}

func TestServeAdminHost(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	port := freePort(t)
	s := serving(t, []string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_SERVER_HOST=127.0.0.1", "PGRST_SERVER_PORT=0",
		"PGRST_ADMIN_SERVER_HOST=127.0.0.2", "PGRST_ADMIN_SERVER_PORT=" + strconv.Itoa(port),
	}, "serve", "rest")
	for host, want := range map[string]int{"127.0.0.2": 200, "127.0.0.1": 0} {
		admin := &server{process: s.process, url: fmt.Sprintf("http://%s:%d", host, port), client: s.client}
		if got, body := admin.ask("/live"); got != want {
			t.Errorf("on %s: %d %s, want %d", host, got, body, want)
		}
	}
	s.stop()
}

// The running `pergola dev` is found by its data directory, and only while it runs.
func TestRefreshDev(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	data := dataDir(t)
	if code, _, stderr := pergola(t, nil, "refresh", "--data", data); code != 1 || !strings.Contains(stderr, `no "pergola dev" runs in`) {
		t.Errorf("before it runs: exit code %d, %s", code, stderr)
	}
	d := devWith(t, nil, "--data", data, "--port", "0", "--db", db.URL())
	note := filepath.Join(data, "running.json")
	info, err := os.Stat(note)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the note's mode is %v (%v)", info, err)
	}
	if code, stdout, stderr := pergola(t, nil, "refresh", "--data", data); code != 0 || stdout != "The schema has been read anew.\n" {
		t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
	}
	if err := d.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the answer to SIGUSR2", func() bool { return strings.Contains(d.stderr.String(), `msg="read anew"`) })
	d.stop()
	if _, err := os.Stat(note); err == nil {
		t.Error("the note stays behind")
	}
}

func TestRefreshServer(t *testing.T) {
	db := pgtest.New(t)
	s := serveAPI(t, db, "PGRST_DB_CHANNEL_ENABLED=false")
	waitFor(t, "readiness", func() bool { return s.status("/readyz") == 200 })
	db.Exec(`create table later (x int)`)
	for _, tt := range []struct{ role, says string }{
		{"anon", "401 Unauthorized: Only the role service_role may do this"},
		{"authenticated", "403 Forbidden: Only the role service_role may do this"},
	} {
		if code, _, stderr := pergola(t, nil, "refresh", "--url", s.url, "--key", mint(t, tt.role)); code != 1 || !strings.Contains(stderr, tt.says) {
			t.Errorf("as %s: exit code %d, %s", tt.role, code, stderr)
		}
	}
	if got := s.status("/rest/v1/later"); got != 404 {
		t.Errorf("before the refresh the new table is answered with %d", got)
	}
	if code, _, stderr := pergola(t, nil, "refresh", "--url", s.url+"/", "--key", mint(t, "service_role")); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if got := s.status("/rest/v1/later"); got != 200 {
		t.Errorf("after the refresh the new table is answered with %d", got)
	}
	s.stop()
	if code, _, stderr := pergola(t, nil, "refresh", "--url", s.url, "--key", "x"); code != 1 || !strings.Contains(stderr, "asking the server") {
		t.Errorf("after the end: exit code %d, %s", code, stderr)
	}
}

func mint(t *testing.T, role string) string {
	t.Helper()
	code, key, stderr := pergola(t, []string{"JWT_SECRET=" + secret}, "key", "mint", "--role", role)
	if code != 0 {
		t.Fatal(stderr)
	}
	return strings.TrimSpace(key)
}
