package conformance_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/test/lambda/apigw"
	"github.com/pergola-dev/pergola/test/lambda/runtimeapi"
)

// mount is where the REST API stands everywhere but with `serve rest`.
const mount = "/rest/v1"

// patience bounds the wait for a server.
const patience = 30 * time.Second

// serveMounted runs `pergola serve` and gives its address.
func serveMounted(t *testing.T, s *suite, env []string) (url string) {
	t.Helper()
	command := exec.Command(s.binary, "serve", "--listen", "127.0.0.1:0")
	command.Env = env
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	addresses, ended := make(chan string, 1), make(chan struct{})
	log := logFile(t, s)
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			_, _ = log.WriteString(lines.Text() + "\n")
			if _, address, ok := strings.Cut(lines.Text(), "listening on "); ok {
				addresses <- address
			}
		}
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	select {
	case url = <-addresses:
	case <-ended:
		t.Fatalf("the server ended: %v", command.ProcessState)
	case <-time.After(patience):
		t.Fatal("the server does not listen")
	}
	waitUntilReady(t, url)
	return url
}

// serveLambda runs the function as Lambda does, with a gateway's events of payload format 2.0, and gives the gateway's
// address.
func serveLambda(t *testing.T, s *suite, env []string) (url string) {
	t.Helper()
	artifacts := filepath.Join(s.dir, "function")
	s.command(t, repository, "make", "--no-print-directory", "-f", "scripts/sam.mk", "build-ApiFunction",
		"LAMBDA_GOARCH="+runtime.GOARCH, "ARTIFACTS_DIR="+artifacts)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	function, err := runtimeapi.Start(ctx, runtimeapi.Config{
		Program: filepath.Join(artifacts, "bootstrap"), Env: env, Log: logFile(t, s), Timeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(function.Stop)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: &apigw.Gateway{API: function}, ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	url = "http://" + listener.Addr().String()
	waitUntilReady(t, url)
	return url
}

// waitUntilReady waits until the REST API answers anything but 503.
func waitUntilReady(t *testing.T, url string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		res, err := http.Get(url + mount + "/")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode != http.StatusServiceUnavailable {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is not ready", url)
}

// logFile is where a server of this test writes to.
func logFile(t *testing.T, s *suite) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(s.dir, filepath.Base(t.Name())+".server.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
