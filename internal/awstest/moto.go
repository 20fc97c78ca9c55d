package awstest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
)

// Region is where the emulator's services are.
const Region = "eu-central-1"

// Point has AWS's SDK find AWS at an address, for the time of the test, with credentials that are worth nothing.
func Point(t testing.TB, address string) {
	t.Helper()
	for name, text := range map[string]string{
		"AWS_ENDPOINT_URL": address, "AWS_REGION": Region, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, text)
	}
}

// New starts moto for the test, points the SDK to it, and gives its address. The first one on a machine installs it. Where that
// cannot be done the test is skipped, unless a skipped test would go unnoticed.
func New(t testing.TB) string {
	t.Helper()
	program, err := installed()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skipf("moto cannot be installed: %v", err)
	}
	address, stop, err := start(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	Point(t, address)
	return address
}

// installed gives the path of moto's server, which it installs by the recipe of scripts/aws.mk where it is missing.
var installed = sync.OnceValues(func() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(root, "build"), 0o755); err != nil {
		return "", err
	}
	lock, err := os.Create(filepath.Join(root, "build", "moto.lock")) // the tests of other packages run at the same time
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	install := exec.Command("make", "--no-print-directory", "-f", "scripts/aws.mk", "build/moto/.installed")
	install.Dir = root
	if said, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	return filepath.Join(root, "build", "moto", "bin", "moto_server"), nil
})

// root is the repository.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("there is no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// start runs moto on a free port, and gives its address and what stops it.
func start(program string) (address string, stop func(), err error) {
	moto := exec.Command(program, "--host", "127.0.0.1", "--port", "0")
	said, err := moto.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	moto.Stdout = io.Discard
	if err := moto.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = moto.Process.Kill()
		_ = moto.Wait()
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return found[1], stop, nil
		}
	}
	stop()
	return "", nil, errors.New("moto ended before it listened")
}
