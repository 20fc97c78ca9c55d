package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoPrograms says that no usable PostgreSQL server programs were found.
var ErrNoPrograms = errors.New("no PostgreSQL server programs found")

// oldestMajor is the oldest PostgreSQL that Pergola supports, as PostgREST 14 and later do.
const oldestMajor = 13

// Programs are the server programs of one PostgreSQL installation.
type Programs struct {
	Dir   string // holds initdb and postgres
	Major int    // 15 for PostgreSQL 15.4
}

// Find looks for server programs: on the PATH, where pg_config points, in /usr/lib/postgresql (newest first), in
// Homebrew's and in Postgres.app's places. A major other than 0 takes that version alone, because a data directory
// belongs to one. ErrNoPrograms when there are none that the server's user can run.
func Find(ctx context.Context, major int) (Programs, error) {
	acct, err := serverAccount()
	if err != nil {
		return Programs{}, err
	}
	return findFor(ctx, acct, major)
}

func findFor(ctx context.Context, acct account, major int) (Programs, error) {
	for _, dir := range candidates(ctx) {
		p, err := inspect(ctx, acct, dir)
		if err == nil && p.Major >= oldestMajor && (major == 0 || p.Major == major) {
			return p, nil
		}
	}
	if ctx.Err() != nil {
		return Programs{}, fmt.Errorf("looking for server programs: %w", ctx.Err())
	}
	if major != 0 {
		return Programs{}, fmt.Errorf("%w for PostgreSQL %d", ErrNoPrograms, major)
	}
	return Programs{}, ErrNoPrograms
}

// candidates lists directories that may hold the programs, the preferred ones first.
func candidates(ctx context.Context) []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		dirs = append(dirs, newestFirst(pattern)...)
	}
	return dirs
}

// newestFirst lists the directories that match pattern by the version number in their path, highest first.
func newestFirst(pattern string) []string {
	dirs, _ := filepath.Glob(pattern) // the patterns are constants and well formed
	slices.SortStableFunc(dirs, func(a, b string) int { return pathVersion(b) - pathVersion(a) })
	return dirs
}

// pathVersion is the number in the directory name above bin: 15 in /usr/lib/postgresql/15/bin; 0 when there is none.
func pathVersion(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	return leadingInt(name[strings.IndexAny(name+"0", "0123456789"):])
}

// inspect asks the programs in dir for their version, as the user that will run them.
func inspect(ctx context.Context, acct account, dir string) (Programs, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Programs{}, err
	}
	out, err := acct.command(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Programs{}, fmt.Errorf("asking %s for its version: %w", dir, err)
	}
	_, version, _ := strings.Cut(string(out), ") ") // "postgres (PostgreSQL) 15.4 (Debian 15.4-1)"
	return Programs{Dir: dir, Major: leadingInt(version)}, nil
}

// path is where the program of that name is.
func (p Programs) path(name string) string { return filepath.Join(p.Dir, name) }

// leadingInt reads the digits that s begins with; 0 when it begins with none.
func leadingInt(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}
