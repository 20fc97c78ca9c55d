//go:build sqlmap

package security_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// perAttack bounds one run of sqlmap, so that all of them take less than ten minutes.
const perAttack = 55 * time.Second

// attack is a route, and the parameters of it that are tested: those of the query string by name, or the places that an
// asterisk marks in a header or a body.
type attack struct {
	name, method, path, parameters string
	body, header                   string
}

var attacks = []attack{
	{"a list", http.MethodGet, "/films?select=id,title&title=eq.a&order=id&limit=10&offset=0", "select,title,order,limit,offset", "", ""},
	{"an embed", http.MethodGet, "/films?select=id,directors(name)&directors.name=like.a&directors.order=name", "select,directors.name,directors.order", "", ""},
	{"a logic tree", http.MethodGet, "/films?select=id&or=(title.eq.a,id.eq.1)&and=(id.gt.0)", "or,and", "", ""},
	{"a list of values", http.MethodGet, "/films?id=in.(1,2)&tags=cs.{a}&plot=fts.a", "id,tags,plot", "", ""},
	{"JSON", http.MethodGet, "/films?select=x:data->>a&data->>a=eq.1", "select,data->>a", "", ""},
	{"a function", http.MethodGet, "/rpc/films_of?director=1&select=id&title=eq.a", "director,select,title", "", ""},
	{"an insert", http.MethodPost, "/films?select=id", "", `{"id":"7*","title":"a*","shade":"black*"}`, ""},
	{"an update", http.MethodPatch, "/films?id=eq.1&select=id", "id", `{"title":"a"}`, ""},
	{"a delete", http.MethodDelete, "/roles?character=eq.a&film_id=eq.7", "character,film_id", "", ""},
	{"a preference", http.MethodGet, "/films?select=id", "", "", "Prefer: count=exact, timezone=UTC*"},
	{"a token", http.MethodGet, "/films?select=id", "", "", "X-Client-Info: a*"},
}

// control is a function that splices its argument into SQL: what a careless schema would do. sqlmap has to find it, or its
// silence about the others means nothing.
const control = `
	create function careless(name text) returns setof int language plpgsql as
	$$ begin return query execute 'select id from films where title = ''' || name || ''''; end $$;`

// TestSQLMap runs sqlmap against the server's own binary: level 3, risk 2; errors, unions, stacked queries and time.
func TestSQLMap(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(filmsSQL + control)
	s := serve(t, db)
	for _, a := range attacks {
		if out := s.attacked(t, a); strings.Contains(out, found) || !strings.Contains(out, "testing for SQL injection") {
			t.Errorf("%s:\n%s", a.name, out)
		}
	}
	careless := attack{"the control", http.MethodGet, "/rpc/careless?name=a", "name", "", ""}
	if out := s.attacked(t, careless); !strings.Contains(out, found) {
		t.Errorf("sqlmap does not find what it should:\n%s", out)
	}
}

// attacked runs one attack and logs its summary.
func (s *server) attacked(t *testing.T, a attack) string {
	t.Helper()
	before, start := s.requests.Load(), time.Now()
	out, cut := a.run(t, s.url)
	verdict := verdictOf(out)
	if cut {
		verdict += ", cut off"
	}
	t.Logf("%-16s %6d requests %5.0fs  %s", a.name, s.requests.Load()-before, time.Since(start).Seconds(), verdict)
	return out
}

// found stands in sqlmap's report of every injection.
const found = "    Type: "

// verdictOf sums up what sqlmap says.
func verdictOf(out string) string {
	switch {
	case strings.Contains(out, found):
		return "INJECTABLE"
	case strings.Contains(out, "do not appear to be injectable"):
		return "nothing found"
	}
	return "no finding"
}

// run lets sqlmap work on one route, and gives what it prints. cut: its time was up.
func (a attack) run(t *testing.T, url string) (out string, cut bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), perAttack)
	defer cancel()
	args := []string{
		"-u", url + "/rest/v1" + a.path, "--method", a.method, "--batch", "--flush-session", "--disable-coloring",
		"--level=3", "--risk=2", "--technique=EUST", "--dbms=PostgreSQL", "--threads=4", "--answers=reduce=N,skip those kind=N", "--output-dir", t.TempDir(),
		"--headers", a.headers(),
	}
	if a.parameters != "" {
		args = append(args, "-p", a.parameters)
	}
	if a.body != "" {
		args = append(args, "--data", a.body)
	}
	cmd := exec.CommandContext(ctx, "sqlmap", args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	text, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return string(text), ctx.Err() != nil
}

// headers are those of every request of an attack, and its own.
func (a attack) headers() string {
	lines := []string{"Authorization: " + bearer("service_role", "x"), "Content-Type: application/json"}
	if a.header != "" {
		lines = append(lines, a.header)
	}
	return strings.Join(lines, "\n")
}

// server is a `pergola serve` that counts its requests by its log.
type server struct {
	url      string
	requests atomic.Int64
}

func serve(t *testing.T, db *pgtest.DB) *server {
	t.Helper()
	cmd := exec.Command("../../bin/pergola", "serve", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "DATABASE_URL="+db.URLAs("authenticator"), "JWT_SECRET="+secret, "PGRST_LOG_LEVEL=info")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	s := &server{}
	listening := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
				listening <- strings.Fields(url)[0]
			}
			if strings.Contains(lines.Text(), "status=") || strings.Contains(lines.Text(), `"status"`) {
				s.requests.Add(1)
			}
		}
	}()
	select {
	case s.url = <-listening:
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not say where it listens")
	}
	fmt.Fprintln(os.Stderr, "attacking", s.url)
	return s
}
