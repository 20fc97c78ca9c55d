package lambda_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/lambda/runtimeapi"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// root is the repository, as seen from this package.
const root = "../.."

// targets are what builds the functions, of scripts/sam.mk.
var targets = map[string]string{"api": "build-ApiFunction", "auth": "build-AuthFunction", "authorizer": "build-AuthorizerFunction"}

// goBuild builds all functions by the recipe of scripts/sam.mk, once for this test binary.
var goBuild = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs(filepath.Join(root, "build/lambda"))
	if err != nil {
		return "", err
	}
	for function := range targets {
		if err := build(function, runtime.GOARCH, filepath.Join(dir, function)); err != nil {
			return "", err
		}
	}
	return dir, nil
})

// build makes dir/bootstrap of a function for an architecture.
func build(function, arch, dir string) error {
	return run("make", "--no-print-directory", "-f", "scripts/sam.mk", targets[function], "LAMBDA_GOARCH="+arch, "ARTIFACTS_DIR="+dir)
}

// goBootstrap is the bootstrap of a function ("api", "auth", "authorizer") as go build makes it.
func goBootstrap(t testing.TB, function string) string {
	t.Helper()
	dir, err := goBuild()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, function, "bootstrap")
}

// samTools installs SAM CLI and cfn-lint, once.
var samTools = sync.OnceValue(func() error { return run("make", "--no-print-directory", "-f", "scripts/sam.mk", "build/venv/.sam") })

// requireSAM skips the test where the Python packages cannot be installed, unless a skipped test would go unnoticed.
func requireSAM(t testing.TB) {
	t.Helper()
	err := samTools()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skipf("SAM CLI and cfn-lint cannot be installed: %v", err)
	}
}

// samBuild builds all functions with sam build for this machine, once.
var samBuild = sync.OnceValue(func() error { return run("make", "--no-print-directory", "-f", "scripts/sam.mk", "sam-build") })

// samBootstrap is the bootstrap of a function ("ApiFunction") as sam build makes it.
func samBootstrap(t testing.TB, function string) string {
	t.Helper()
	requireSAM(t)
	if err := samBuild(); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(filepath.Join(root, ".aws-sam/build", function, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func run(name string, args ...string) error {
	_, err := command(name, args...)
	return err
}

// command runs a program in the repository and gives its output, which is in the error too.
func command(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return string(out), nil
}

// start runs a bootstrap with the function's own variables. Its log is shown when the test fails.
func start(t testing.TB, bootstrap string, env ...string) *runtimeapi.Function {
	t.Helper()
	return startLogged(t, &bytes.Buffer{}, bootstrap, env...)
}

// startLogged is start with a log that the test may read once the function is stopped.
func startLogged(t testing.TB, log *bytes.Buffer, bootstrap string, env ...string) *runtimeapi.Function {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	f, err := runtimeapi.Start(ctx, runtimeapi.Config{Program: bootstrap, Env: env, Log: log, Timeout: 29 * time.Second})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	t.Cleanup(func() {
		f.Stop()
		if t.Failed() {
			t.Logf("log of %s:\n%s", bootstrap, log.Bytes())
		}
	})
	return f
}
