package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/pergola-dev/pergola/internal/localpg"
)

// fromTemplate gives the options of a server with a directory of its own and the template as its first data.
func fromTemplate() (localpg.Options, error) {
	home, err := homeDir()
	if err != nil {
		return localpg.Options{}, err
	}
	lock, err := lockFile(filepath.Join(home, "lock"))
	if err != nil {
		return localpg.Options{}, err
	}
	defer func() { _ = lock.Close() }()
	template, err := ensureTemplate(home)
	if err != nil {
		return localpg.Options{}, err
	}
	sweep(home)
	dir, err := os.MkdirTemp(home, runPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return localpg.Options{}, fmt.Errorf("making a directory for a server: %w", err)
	}
	o := scratch(dir)
	o.Template = template
	return o, os.Chmod(dir, 0o711) // the server's user, when we are root, goes through it
}

func scratch(dir string) localpg.Options {
	return localpg.Options{Dir: dir, Scratch: true, Mirror: os.Getenv("PERGOLA_POSTGRES_MIRROR")}
}

// memory is where Linux keeps files that are in memory alone. Making a database is copying hundreds of small files, which takes
// a quarter of the time there.
const memory = "/dev/shm"

// enough is how much room there has to be, in bytes: the databases of all tests that run at once take a tenth of it.
const enough = 4 << 30

// temporary is the directory for temporary files: the one in memory where it has room, unless the environment names another.
func temporary() string {
	var about syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &about) != nil || uint64(about.Bavail)*uint64(about.Bsize) < enough { //nolint:unconvert // their types differ between systems
		return os.TempDir()
	}
	if unwritable := syscall.Access(memory, 2); unwritable != nil {
		return os.TempDir()
	}
	return memory
}

// homeDir is where the template and the servers' directories are. The directory for temporary files is open to everyone,
// so one that belongs to somebody else is refused.
func homeDir() (string, error) {
	home := filepath.Join(temporary(), fmt.Sprintf("pergola-pgtest-%d", os.Geteuid()))
	if err := os.Mkdir(home, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("making a directory for test servers: %w", err)
	}
	info, err := os.Lstat(home)
	if err != nil {
		return "", fmt.Errorf("looking at the directory for test servers: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else", home)
	}
	return home, nil
}

// lockFile waits until no other process holds the file.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("waiting for a lock: %w", err)
	}
	return f, nil
}

// ensureTemplate gives an initialised data directory for the installed version, made by the first run that needs it.
// A note beside it says where it is, and that it is complete.
func ensureTemplate(home string) (string, error) {
	major, err := installedMajor()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, fmt.Sprintf("template-%d", major))
	note := filepath.Join(dir, "complete")
	if data, err := os.ReadFile(note); err == nil {
		if _, err := os.Stat(filepath.Join(string(data), "PG_VERSION")); err == nil {
			return string(data), nil
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("removing half a template: %w", err)
	}
	s, err := localpg.Start(context.Background(), scratch(dir))
	if err != nil {
		return "", err
	}
	s.Stop(context.Background())
	return s.DataDir(), os.WriteFile(note, []byte(s.DataDir()), 0o600)
}

// installedMajor is the version that a server will have; 0 when its programs have to be downloaded first.
func installedMajor() (int, error) {
	p, err := localpg.Find(context.Background(), 0)
	if errors.Is(err, localpg.ErrNoPrograms) {
		return 0, nil
	}
	return p.Major, err
}

// runPrefix begins the name of a server's directory; the id of the process that it belongs to follows.
const runPrefix = "run-"

// sweep removes the directories of test binaries that were killed. Home must be locked.
func sweep(home string) {
	dirs, _ := filepath.Glob(filepath.Join(home, runPrefix+"*")) // the pattern is well formed
	for _, dir := range dirs {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), runPrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // what cannot be removed now is tried again by the next run
		}
	}
}
