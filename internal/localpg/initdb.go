package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Superuser is the name of the database's superuser, and of the database that it owns.
const Superuser = "postgres"

// initialise makes a data directory beside its final place and moves it there, so that an interrupted run leaves none
// that is half made.
func (r *run) initialise(ctx context.Context) error {
	fresh, err := r.freshDir()
	if err != nil {
		return err
	}
	if r.options.Template != "" {
		err = r.copyTree(r.options.Template, fresh)
	} else {
		err = r.initdb(ctx, fresh)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, r.place.data()); err != nil {
		return fmt.Errorf("moving the new data directory into place: %w", err)
	}
	return nil
}

// freshDir makes an empty directory for the server's user alone, and removes what interrupted runs left.
func (r *run) freshDir() (string, error) {
	const prefix = "new-"
	leftovers, _ := filepath.Glob(filepath.Join(r.place.base, prefix+"*")) // no such directory is no error
	for _, dir := range leftovers {
		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("clearing the way for a data directory: %w", err)
		}
	}
	dir, err := os.MkdirTemp(r.place.base, prefix)
	if err != nil {
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	if err := r.account.own(dir); err != nil {
		return "", fmt.Errorf("giving the data directory to the server's user: %w", err)
	}
	return dir, nil
}

// initdb tries the locales in turn: the one that knows every letter first, C at last, because it is everywhere.
func (r *run) initdb(ctx context.Context, dir string) error {
	var failed error
	for _, locale := range locales(r.programs.Major) {
		if failed = r.initdbIn(ctx, dir, locale); failed == nil || ctx.Err() != nil {
			return failed
		}
	}
	return failed
}

func locales(major int) [][]string {
	all := [][]string{{"--locale=C.UTF-8"}, {"--locale=C"}}
	if major >= 17 { // the first with a provider of its own, which needs nothing from the operating system
		all = append([][]string{{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"}}, all...)
	}
	return all
}

func (r *run) initdbIn(ctx context.Context, dir string, locale []string) error {
	args := append([]string{
		"-D", dir, "-U", Superuser, "--encoding=UTF8", "--no-sync", "--no-instructions", "--wal-segsize=" + r.walSegment(),
	}, locale...)
	auth := []string{"--auth=trust"}
	if r.options.Password != "" {
		file, err := r.passwordFile()
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(file) }()
		auth = []string{"--auth=scram-sha-256", "--pwfile=" + file}
	}
	cmd := r.account.command(ctx, r.programs.path("initdb"), append(args, auth...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making a database cluster: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// walSegment is the size of a log segment in MiB: PostgreSQL's own, or the smallest for data that lives for a test,
// because it is copied.
func (r *run) walSegment() string {
	if r.options.Scratch {
		return "1"
	}
	return "16"
}

// passwordFile writes the superuser's password where initdb, running as the server's user, can read it.
func (r *run) passwordFile() (string, error) {
	f, err := os.CreateTemp(r.place.base, "password-")
	if err != nil {
		return "", fmt.Errorf("writing the password for initdb: %w", err)
	}
	_, writeErr := f.WriteString(r.options.Password + "\n")
	if err := errors.Join(writeErr, f.Close(), r.account.own(f.Name())); err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("writing the password for initdb: %w", err)
	}
	return f.Name(), nil
}

// resetPassword gives the superuser the password of this run, when that of the data directory is not known any more. It
// uses single-user mode, which asks for none. The server must not be running.
func (r *run) resetPassword(ctx context.Context) error {
	quoted := "'" + strings.ReplaceAll(r.options.Password, "'", "''") + "'"
	cmd := r.account.command(ctx, r.programs.path("postgres"), "--single", "-D", r.place.data(), Superuser)
	cmd.Stdin = strings.NewReader("alter role " + Superuser + " with password " + quoted + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("giving the database a new password: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// copyTree copies an initialised data directory into the empty directory to. Symbolic links inside it are not expected:
// initdb makes none without a separate log directory.
func (r *run) copyTree(from, to string) error {
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if entry.IsDir() {
			if rel != "." {
				err = os.Mkdir(target, 0o700)
			}
		} else {
			err = copyFile(path, target)
		}
		return errors.Join(err, r.account.own(target))
	})
	if err != nil {
		return fmt.Errorf("copying a data directory: %w", err)
	}
	return nil
}
