package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// process is a running pergola.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *syncBuffer
	ended  bool
}

// syncBuffer is a buffer that a process may still write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// launch starts pergola with nothing in its environment but env and what a process needs.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command("pergola", args...), stderr: &syncBuffer{}}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			p.kill()
		}
		if t.Failed() {
			t.Logf("what pergola %s said:\n%s", strings.Join(args, " "), p.stderr)
		}
	})
	return p
}

func (p *process) kill() {
	p.ended = true
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// wait waits for the end and gives what is left on standard output, and the exit code.
func (p *process) wait() (rest string, code int) {
	p.t.Helper()
	p.ended = true
	left, err := io.ReadAll(p.stdout)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
	return string(left), p.cmd.ProcessState.ExitCode()
}

// stop asks for the end, and fails the test when it is not clean.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	rest, code := p.wait()
	if rest != "" || code != 0 {
		p.t.Errorf("at its end it printed %q and gave the exit code %d", rest, code)
	}
}

// devProcess is a `pergola dev --json` that is ready.
type devProcess struct {
	*process
	URL         string `json:"url"`
	Publishable string `json:"publishable_key"`
	Secret      string `json:"secret_key"`
	AnonKey     string `json:"anon_key"`
	ServiceKey  string `json:"service_role_key"`
	Database    string `json:"database_url"`
	took        time.Duration
}

// dev starts `pergola dev` on a free port and waits until it is ready.
func dev(t *testing.T, data string, args ...string) *devProcess {
	t.Helper()
	return devWith(t, nil, append([]string{"--data", data, "--port", "0"}, args...)...)
}

func devWith(t *testing.T, env []string, args ...string) *devProcess {
	t.Helper()
	began := time.Now()
	d := &devProcess{process: launch(t, env, append([]string{"dev", "--json"}, args...)...)}
	line, err := d.stdout.ReadString('\n')
	if err != nil {
		_, code := d.wait()
		t.Fatalf("it ended with exit code %d before it was ready: %s", code, d.stderr)
	}
	d.took = time.Since(began)
	if err := json.Unmarshal([]byte(line), d); err != nil {
		t.Fatalf("it printed %q: %v", line, err)
	}
	return d
}

// get asks the API with a key, and gives status and body.
func (d *devProcess) get(path, key string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.URL+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("apikey", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// rows gives the answer to a request as JSON, compact.
func (d *devProcess) rows(path, key string) string {
	d.t.Helper()
	status, body := d.get(path, key)
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(body)); err != nil || status != http.StatusOK {
		d.t.Errorf("GET %s: %d %s", path, status, body)
	}
	return compact.String()
}

// served waits until path is answered with 200, and gives the time it took.
func (d *devProcess) served(path string, within time.Duration) {
	d.t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		status, body := d.get(path, d.AnonKey)
		if status == http.StatusOK {
			return
		}
		if time.Since(began) > within {
			d.t.Fatalf("%v after the change, %s is answered with %d %s", within, path, status, body)
		}
	}
}

// execSQL runs SQL as the owner of a database.
func execSQL(t *testing.T, url, sql string) {
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

// dataDir is a directory for `pergola dev` that its database can reach under root too.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pergola-dev-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// keysOf reads the keys file of a data directory.
func keysOf(t *testing.T, data string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
