package docs_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// prelude is what stands before the commands of a page. Somebody who types them waits until a server listens.
const prelude = `set -eu
trap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT
curl() { command curl --silent --retry 30 --retry-connrefused --retry-delay 1 --retry-max-time 60 "$@"; }
`

// forNode finds the blocks that start what the JavaScript of a page talks to: test/e2e runs these.
var forNode = regexp.MustCompile(`(?m)pergola dev$`)

// commands are those of a page in one script, each block under its line of the page.
func commands(blocks []fence) (script string, count int) {
	b := strings.Builder{}
	b.WriteString(prelude)
	for _, f := range blocks {
		if f.language == "sh" && !forNode.MatchString(f.text) {
			fmt.Fprintf(&b, "echo '-- line %d' >&2\n%s", f.line, f.text)
			count++
		}
	}
	return b.String(), count
}

// place is where the commands of a page find what they name.
type place struct {
	db      *pgtest.DB
	environ []string
}

// here puts addresses of this machine in the place of those that a page has.
func (p place) here(t *testing.T, script string) string {
	t.Helper()
	u, err := url.Parse(p.db.URL())
	if err != nil {
		t.Fatal(err)
	}
	at := *u
	at.User, at.Scheme = nil, ""
	return strings.NewReplacer(
		"localhost:5432/app", strings.TrimPrefix(at.String(), "//"), "on database app", "on database "+strings.TrimPrefix(u.Path, "/"),
		"authenticator:secret@", "authenticator:"+pgtest.Password+"@",
		"127.0.0.1:8000", freeAddress(t), "127.0.0.1:9999", freeAddress(t),
	).Replace(script)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run runs the commands of a page in one shell, which ends with the first that fails.
func (p place) run(t *testing.T, page string) {
	t.Helper()
	for _, program := range []string{"bash", "psql", "pg_dump", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	_, blocks := readPage(t, page)
	script, count := commands(blocks)
	if count == 0 {
		t.Fatal("the page has no commands")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", p.here(t, script))
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}, p.environ...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", page, err, said)
	}
	t.Logf("%d blocks of commands; they said:\n%s", count, said)
}

func TestCommandsOfAuth(t *testing.T) {
	p := place{db: pgtest.New(t)}
	p.db.Supabase()
	p.db.Exec(`drop role if exists auth_owner`)
	t.Cleanup(func() { p.db.Exec(`drop owned by auth_owner cascade; drop role auth_owner`) })
	p.environ = []string{"ADMIN_URL=" + p.db.URL()}
	p.run(t, authManual)
}

// TestCommandsOfMoving moves the users of a project, whose dump the tests of the schema have.
func TestCommandsOfMoving(t *testing.T) {
	before, _ := authtest.New(t)
	dump, err := os.ReadFile("../../core/auth/schema/testdata/supabase.sql")
	if err != nil {
		t.Fatal(err)
	}
	psql := exec.CommandContext(t.Context(), "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", before.URL())
	psql.Stdin = strings.NewReader(string(dump))
	if said, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	p := place{db: pgtest.New(t)}
	p.environ = []string{"SUPABASE_DB_URL=" + before.URL(), "DATABASE_URL=" + p.db.URL()}
	p.run(t, "../../docs/moving-from-supabase.md")
}
