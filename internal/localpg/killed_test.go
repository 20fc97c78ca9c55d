package localpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/localpg"
)

// runnerDir makes this test binary run a server in the named directory until it is killed.
const runnerDir = "LOCALPG_TEST_RUNNER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runnerDir); dir != "" {
		run(dir)
	}
	code := m.Run()
	_ = os.RemoveAll(templateDir)
	os.Exit(code)
}

func run(dir string) {
	s, err := localpg.Start(context.Background(), localpg.Options{Dir: dir, Scratch: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL("postgres"))
	select {}
}

// runner starts another process that runs a server, and gives the server's address.
func runner(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runnerDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgresql://") {
		t.Fatalf("the other process says %q (%v)", line, err)
	}
	return cmd, strings.TrimSpace(line)
}

func TestKilledRun(t *testing.T) {
	o := scratch(t)
	start(t, o).Stop(t.Context())
	other, url := runner(t, o.Dir)
	execute(t, url, "create table kept as select 'still here' as x")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	s := start(t, o) // at once, while the old server is going down
	if got := query(t, s.URL("postgres"), "select x from kept"); got != "still here" {
		t.Errorf("after a killed run the table holds %q", got)
	}
}

func TestServerEndsWithItsProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ties a child's life to ours")
	}
	o := scratch(t)
	start(t, o).Stop(t.Context())
	other, _ := runner(t, o.Dir)
	pid := serverPID(t, filepath.Join(o.Dir, "data"))
	_ = other.Process.Kill()
	_ = other.Wait()
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; {
		if time.Now().After(deadline) {
			t.Fatalf("the server (process %d) outlives the process that started it", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestLeftoverServerIsStopped has a server that nobody controls any more, as a killed run leaves where a child's life
// is not tied to ours.
func TestLeftoverServerIsStopped(t *testing.T) {
	o := scratch(t)
	s := start(t, o)
	s.Stop(t.Context())
	leftover := startAlone(t, s.DataDir(), s.Port())
	s = start(t, o)
	if got := serverPID(t, s.DataDir()); got == leftover.Process.Pid {
		t.Error("the leftover server still holds the data")
	}
	if err := leftover.Wait(); err != nil {
		t.Errorf("the leftover server did not shut down in order: %v", err)
	}
}

// startAlone runs the server program as the owner of the data, and waits for its lock file.
func startAlone(t *testing.T, data string, port int) *exec.Cmd {
	t.Helper()
	programs, err := localpg.Find(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	cmd := exec.Command(filepath.Join(programs.Dir, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "unix_socket_directories=")
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(data, "postmaster.pid")); err == nil {
			return cmd
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not come up")
		}
	}
}

func serverPID(t *testing.T, data string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestCancelledStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := scratch(t)
	if _, err := localpg.Start(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("a start that was cancelled gives %v", err)
	}
	s := start(t, o)
	if got := query(t, s.URL("postgres"), "select 'up'"); got != "up" {
		t.Errorf("after a cancelled start the server answers %q", got)
	}
}

func TestServerThatDies(t *testing.T) {
	s := start(t, scratch(t))
	if err := syscall.Kill(serverPID(t, s.DataDir()), syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	case <-time.After(10 * time.Second):
		t.Error("the end of the server goes unnoticed")
	}
}
