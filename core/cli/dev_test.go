package cli_test

import (
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The whole life of a project: a first start, changes of its schema, and a later start.
func TestDev(t *testing.T) {
	data := dataDir(t)
	first := dev(t, data)
	t.Attr("first-start", seconds(first.took))

	if got, want := first.rows("/rest/v1/lists?select=name&order=id", first.AnonKey), `[{"name":"Garden"},{"name":"Pergola"}]`; got != want {
		t.Errorf("the anonymous key reads %s, want %s", got, want)
	}
	if got := first.rows("/rest/v1/lists?select=name&name=eq.Presents", first.ServiceKey); got != `[{"name":"Presents"}]` {
		t.Errorf("the service key reads %s", got)
	}
	if got, want := first.rows("/rest/v1/lists?select=name&order=id", first.Publishable), `[{"name":"Garden"},{"name":"Pergola"}]`; got != want {
		t.Errorf("the publishable key reads %s, want %s", got, want)
	}
	if got := first.rows("/rest/v1/lists?select=name&name=eq.Presents", first.Secret); got != `[{"name":"Presents"}]` {
		t.Errorf("the secret key reads %s", got)
	}
	for _, flags := range [][]string{nil, {"--alg", "ES256"}} {
		owner := mintFor(t, data, "00000000-0000-4000-8000-000000000001", flags...)
		if got := first.rows("/rest/v1/lists?select=name&is_public=is.false", owner); got != `[{"name":"Presents"}]` {
			t.Errorf("with a token of %q the owner of a private list reads %s", flags, got)
		}
	}

	execSQL(t, first.Database, `create table fresh (x int); insert into fresh values (7)`)
	first.served("/rest/v1/fresh", time.Second)
	execSQL(t, first.Database, `alter table fresh add y int default 8`)
	first.served("/rest/v1/fresh?y=eq.8", time.Second)
	waitFor(t, "the warning about the table fresh", func() bool { return strings.Contains(first.stderr.String(), "public.fresh has no row-level") })
	if strings.Contains(first.stderr.String(), "public.todos") {
		t.Error("a protected table is warned of")
	}
	first.stop()

	later := dev(t, data)
	t.Attr("later-start", seconds(later.took))
	if later.AnonKey != first.AnonKey || later.ServiceKey != first.ServiceKey || later.Publishable != first.Publishable || later.Secret != first.Secret {
		t.Error("the keys changed")
	}
	if got := later.rows("/rest/v1/fresh?select=x", first.AnonKey); got != `[{"x":7}]` {
		t.Errorf("after a second start the table holds %s", got)
	}
	if got := later.rows("/rest/v1/lists?select=name&order=id", first.AnonKey); got != `[{"name":"Garden"},{"name":"Pergola"}]` {
		t.Errorf("after a second start the example holds %s", got)
	}
	if !strings.Contains(later.stderr.String(), "public.fresh has no row-level") {
		t.Error("a table without row-level security is not warned of at the start")
	}
	later.stop()
}

func mintFor(t *testing.T, data, subject string, flags ...string) string {
	t.Helper()
	args := append([]string{"key", "mint", "--data", data, "--role", "authenticated", "--sub", subject}, flags...)
	code, token, stderr := pergola(t, nil, args...)
	if code != 0 {
		t.Fatalf("key mint: %s", stderr)
	}
	return strings.TrimSpace(token)
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

func TestDevKeysFile(t *testing.T) {
	data := filepath.Join(dataDir(t), "made")
	d := dev(t, data, "--empty")
	info, err := os.Stat(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the keys is %v", info.Mode())
	}
	if status, _ := d.get("/rest/v1/todos", d.AnonKey); status != 404 {
		t.Errorf("--empty loads the example: %d", status)
	}
	d.stop()

	before := keysOf(t, data)
	if err := os.Remove(filepath.Join(data, "keys.json")); err != nil {
		t.Fatal(err)
	}
	d = dev(t, data)
	if keysOf(t, data) == before {
		t.Error("the lost keys came back")
	}
	execSQL(t, d.Database, `create table works (x int)`)
	d.served("/rest/v1/works", time.Second)
	if status, _ := d.get("/rest/v1/todos", d.AnonKey); status != 404 {
		t.Errorf("the example is loaded into a database that had been set up without it: %d", status)
	}
}

func TestDevAfterKill(t *testing.T) {
	data := dataDir(t)
	killed := dev(t, data)
	execSQL(t, killed.Database, `create table kept as select 1 as x`)
	killed.kill()
	d := dev(t, data)
	if got := d.rows("/rest/v1/kept", killed.AnonKey); got != `[{"x":1}]` {
		t.Errorf("after a kill the table holds %s", got)
	}
	d.stop()
}

func TestDevTwice(t *testing.T) {
	data := dataDir(t)
	d := dev(t, data)
	second := launch(t, nil, "dev", "--json", "--data", data, "--port", "0")
	if out, code := second.wait(); code != 1 || out != "" || !strings.Contains(second.stderr.String(), "another \"pergola dev\" runs in") {
		t.Errorf("the second run printed %q and %q, exit code %d", out, second.stderr, code)
	}
	if status, _ := d.get("/rest/v1/lists", d.AnonKey); status != 200 {
		t.Errorf("the first run answers %d", status)
	}
}

func TestDevPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:54321")
	if err == nil {
		defer func() { _ = taken.Close() }()
	} // else somebody has taken it already
	d := devWith(t, nil, "--data", dataDir(t))
	if u, err := url.Parse(d.URL); err != nil || u.Port() == "54321" || u.Hostname() != "127.0.0.1" {
		t.Errorf("with the usual port taken, the address is %s (%v)", d.URL, err)
	}
	explicit := launch(t, nil, "dev", "--json", "--data", dataDir(t), "--port", "54321")
	if _, code := explicit.wait(); code != 1 || !strings.Contains(explicit.stderr.String(), "54321") {
		t.Errorf("a taken port that was asked for: exit code %d, %q", code, explicit.stderr)
	}
}

func TestDevServerDies(t *testing.T) {
	data := dataDir(t)
	d := dev(t, data)
	pid, err := os.ReadFile(filepath.Join(data, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var n int
	for _, c := range string(pid) {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int(c-'0')
	}
	if err := syscall.Kill(n, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if _, code := d.wait(); code != 1 || !strings.Contains(d.stderr.String(), "the database server has ended by itself") {
		t.Errorf("exit code %d, %s", code, d.stderr)
	}
}

// What is printed for people can be pasted.
func TestDevPage(t *testing.T) {
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	tests := []struct {
		name  string
		args  []string
		sql   string
		want  string
		hints []string
	}{
		{
			"example", nil, "", `[{"title":"Cut the hedge","done":true,"list":{"name":"Garden"}}`,
			[]string{
				"supabase.from('todos').select('title, done, list:lists(name)')", "anon key", "service_role key", "postgresql://postgres:",
				"publishable key   sb_publishable_", "secret key        sb_secret_",
			},
		},
		{"nothing yet", []string{"--empty"}, "", "PGRST205", []string{"There is nothing to read yet", "create table notes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"dev", "--port", "0", "--data", dataDir(t)}, tt.args...)
			p := launch(t, nil, args...)
			page := readUntil(t, p, "Stop with Ctrl-C.\n")
			for _, hint := range tt.hints {
				if !strings.Contains(page, hint) {
					t.Errorf("the page does not hold %q:\n%s", hint, page)
				}
			}
			curl := regexp.MustCompile(`(?m)^  (curl .*)$`).FindStringSubmatch(page)
			if curl == nil {
				t.Fatalf("no curl command in the page:\n%s", page)
			}
			out, err := exec.Command("sh", "-c", curl[1]).Output()
			if err != nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%s\ngives %s (%v), want %s", curl[1], out, err, tt.want)
			}
			p.stop()
		})
	}
}

func readUntil(t *testing.T, p *process, end string) string {
	t.Helper()
	var page strings.Builder
	for !strings.HasSuffix(page.String(), end) {
		line, err := p.stdout.ReadString('\n')
		page.WriteString(line)
		if err == io.EOF {
			t.Fatalf("it ended after %q: %s", page.String(), p.stderr)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return page.String()
}

func TestDevInterrupted(t *testing.T) {
	data := dataDir(t)
	p := launch(t, nil, "dev", "--json", "--data", data, "--port", "0")
	waitFor(t, "the beginning of a data directory", func() bool {
		begun, _ := filepath.Glob(filepath.Join(data, "new-*"))
		return len(begun) > 0
	})
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if out, code := p.wait(); code != 1 || out != "" || !strings.Contains(p.stderr.String(), "interrupted before it was ready") {
		t.Errorf("exit code %d, %q, %s", code, out, p.stderr)
	}
	d := dev(t, data)
	if status, _ := d.get("/rest/v1/lists", d.AnonKey); status != 200 {
		t.Errorf("after an interrupted start the example is answered with %d", status)
	}
	d.stop()
}
