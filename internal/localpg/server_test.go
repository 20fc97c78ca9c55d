package localpg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/internal/localpg"
)

// reachable is a directory that the server's user can enter, unlike one of t.TempDir under root.
func reachable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// template is a data directory without a password, made once for all tests.
var template = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		return "", err
	}
	templateDir = dir
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	s, err := localpg.Start(context.Background(), localpg.Options{Dir: dir, Scratch: true})
	if err != nil {
		return "", err
	}
	s.Stop(context.Background())
	return s.DataDir(), nil
})

var templateDir string // removed by TestMain

// scratch are the options of a server whose data is quickly made.
func scratch(t *testing.T) localpg.Options {
	t.Helper()
	data, err := template()
	if errors.Is(err, localpg.ErrNoPrograms) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return localpg.Options{Dir: reachable(t), Scratch: true, Template: data}
}

func start(t *testing.T, o localpg.Options) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), o)
	if errors.Is(err, localpg.ErrNoPrograms) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(t.Context()) })
	return s
}

// query gives the text of the only value of a query.
func query(t *testing.T, url, sql string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestStartKeepsData(t *testing.T) {
	o := localpg.Options{Dir: filepath.Join(reachable(t), "made", "by", "start"), Password: "it's a secret"}
	s := start(t, o)
	execute(t, s.URL("postgres"), "create table kept as select 'still here' as x")
	s.Stop(t.Context())
	s = start(t, o)
	if got := query(t, s.URL("postgres"), "select x from kept"); got != "still here" {
		t.Errorf("after a second start the table holds %q", got)
	}
}

func TestServerSettings(t *testing.T) {
	s := start(t, localpg.Options{Dir: reachable(t), Password: "secret", Settings: map[string]string{"work_mem": "5MB"}})
	for sql, want := range map[string]string{
		"show work_mem": "5MB", "show fsync": "on", "show server_encoding": "UTF8", "show TimeZone": "UTC",
		"show listen_addresses": "127.0.0.1", "select upper('é')": "É",
	} {
		if got := query(t, s.URL("postgres"), sql); got != want {
			t.Errorf("%s gives %q, want %q", sql, got, want)
		}
	}
}

func TestPasswordIsAsked(t *testing.T) {
	s := start(t, localpg.Options{Dir: reachable(t), Password: "secret"})
	wrong := fmt.Sprintf("postgresql://postgres:wrong@127.0.0.1:%d/postgres", s.Port())
	if _, err := pgx.Connect(t.Context(), wrong); err == nil {
		t.Error("a wrong password lets us in")
	}
}

func TestLostPasswordIsReplaced(t *testing.T) {
	dir := reachable(t)
	start(t, localpg.Options{Dir: dir, Password: "first"}).Stop(t.Context())
	s := start(t, localpg.Options{Dir: dir, Password: "it's the second"})
	if got := query(t, s.URL("postgres"), "select current_user::text"); got != localpg.Superuser {
		t.Errorf("connected as %q", got)
	}
}

func TestOneServerPerDirectory(t *testing.T) {
	o := scratch(t)
	first := start(t, o)
	if _, err := localpg.Start(t.Context(), o); !errors.Is(err, localpg.ErrInUse) {
		t.Errorf("a second start gives %v, want ErrInUse", err)
	}
	if got := query(t, first.URL("postgres"), "select 'unharmed'"); got != "unharmed" {
		t.Errorf("the first server answers %q", got)
	}
}

func TestTakenPortIsReported(t *testing.T) {
	first := start(t, scratch(t))
	o := scratch(t)
	o.Port = first.Port()
	_, err := localpg.Start(t.Context(), o)
	if err == nil {
		t.Fatal("two servers on one port")
	}
	free, err := localpg.FreePort(first.Port())
	if err != nil || free == first.Port() {
		t.Errorf("FreePort gives the taken port %d back (%v)", free, err)
	}
}

func TestTemplate(t *testing.T) {
	first := start(t, scratch(t))
	execute(t, first.URL("postgres"), "create table copied as select 'yes' as x")
	first.Stop(t.Context())
	second := start(t, localpg.Options{Dir: reachable(t), Scratch: true, Template: first.DataDir()})
	if got := query(t, second.URL("postgres"), "select x from copied"); got != "yes" {
		t.Errorf("the copy holds %q", got)
	}
}

// The server's user cannot enter root's own directories; see place.settle.
func TestUnreachableDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the server runs as this user, who reaches every directory of its own")
	}
	tests := []struct {
		name      string
		prepare   func(dir string) (string, error)
		elsewhere bool
	}{
		{"closed itself", func(dir string) (string, error) { return dir, nil }, false},
		{"closed, with something open in it", func(dir string) (string, error) {
			return dir, os.WriteFile(filepath.Join(dir, "open"), nil, 0o644)
		}, true},
		{"below a closed one", func(dir string) (string, error) { return filepath.Join(dir, "below"), nil }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			closed := reachable(t)
			if err := os.Chmod(closed, 0o700); err != nil {
				t.Fatal(err)
			}
			dir, err := tt.prepare(closed)
			if err != nil {
				t.Fatal(err)
			}
			o := scratch(t)
			o.Dir = dir
			s := start(t, o)
			data := s.DataDir()
			if elsewhere := filepath.Dir(data) != dir; elsewhere != tt.elsewhere {
				t.Errorf("the data is in %s", data)
			}
			if tt.elsewhere {
				t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(data)) })
			}
			execute(t, s.URL("postgres"), "create table kept as select 'still here' as x")
			s.Stop(t.Context())
			s = start(t, o)
			if got := query(t, s.URL("postgres"), "select x from kept"); got != "still here" || s.DataDir() != data {
				t.Errorf("a second start finds %q in %s, the first one wrote to %s", got, s.DataDir(), data)
			}
		})
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	tests := []struct {
		name string
		pid  int
	}{
		{"that is gone", 1 << 22}, // above the highest process id of every system
		{"that is no server", os.Getpid()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := scratch(t)
			s := start(t, o)
			s.Stop(t.Context())
			lock := strconv.Itoa(tt.pid) + "\n" + s.DataDir() + "\n1700000000\n5432\n\n\n"
			if err := os.WriteFile(filepath.Join(s.DataDir(), "postmaster.pid"), []byte(lock), 0o644); err != nil {
				t.Fatal(err)
			}
			s = start(t, o)
			if got := query(t, s.URL("postgres"), "select 'up'"); got != "up" {
				t.Errorf("the server answers %q", got)
			}
		})
	}
}
