package bulk_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// secret signs nobody's tokens: callers are anonymous here.
const secret = "a secret of the tests, thirty-two bytes or more"

// server is a process of `pergola serve`.
type server struct {
	t   testing.TB
	url string
	pid int
}

// serve builds and starts a server of a database.
func serve(t testing.TB, database string) *server {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pergola")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	command := exec.Command(binary, "serve", "--listen", "127.0.0.1:0")
	command.Env = append(os.Environ(), "DATABASE_URL="+database, "JWT_SECRET="+secret, "PERGOLA_MAX_BODY=64MiB", "PGRST_LOG_LEVEL=crit")
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	return &server{t: t, url: address(t, bufio.NewScanner(said)), pid: command.Process.Pid}
}

// address reads where a server listens from the line that it says so in.
func address(t testing.TB, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
			return url
		}
	}
	t.Fatal("the server ended before it listened")
	return ""
}

// peak is the most memory that the server has had so far, in bytes.
func (s *server) peak() int64 {
	s.t.Helper()
	if runtime.GOOS != "linux" {
		s.t.Skip("the memory of a process is read from /proc")
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.pid) + "/status")
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kilobytes, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return kilobytes << 10
}
