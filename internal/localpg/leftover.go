package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockDir keeps other processes away from dir until the file is closed or the process dies.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	return nil, fmt.Errorf("locking %s: %w", dir, err)
}

// ErrInUse says that another live process runs a server on the same directory.
var ErrInUse = errors.New("another process runs a database in this directory")

// stopLeftover ends the server of a run that was killed, and takes away a lock file whose process id now belongs to
// somebody else, which PostgreSQL would mistake for a running server. A lock file whose process is gone is left to
// PostgreSQL. The directory must be locked.
func stopLeftover(ctx context.Context, data string) error {
	lock := filepath.Join(data, lockName)
	pid, ok := lockedBy(lock)
	if !ok {
		return nil
	}
	if !serves(pid, data) {
		if !alive(pid) {
			return nil
		}
		return os.Remove(lock)
	}
	return shutDown(ctx, pid, data)
}

// lockedBy reads the process id in a server's lock file.
func lockedBy(lock string) (pid int, ok bool) {
	text, err := os.ReadFile(lock)
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid = leadingInt(line)
	return pid, pid > 1
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// shutDown asks a server that is not our child for a fast shutdown and waits until it is gone. A process that has ended
// but that nobody has waited for serves nothing any more.
func shutDown(ctx context.Context, pid int, data string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping the server of an earlier run (process %d): %w", pid, err)
	}
	for serves(pid, data) {
		if err := pause(ctx); err != nil {
			return fmt.Errorf("waiting for the server of an earlier run (process %d): %w", pid, err)
		}
	}
	return nil
}

// pause waits a moment between two looks at something that is about to change.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}
