package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// elsewhereFile names, inside Options.Dir, the directory that holds the data when the server's user cannot reach
// Options.Dir itself: a checkout below root's home, say.
const elsewhereFile = "data-is-in"

// elsewhereParents can be reached by every user. The second is for systems where the first cannot be made; data there may
// be tidied away when it was not used for weeks.
var elsewhereParents = []string{"/var/lib/pergola", "/var/tmp"}

// place is where one server keeps its things.
type place struct {
	dir  string // Options.Dir: lock and log
	base string // what the server's user can reach: dir, or a directory below elsewhereParents
}

// data is the server's data directory.
func (p place) data() string { return filepath.Join(p.base, "data") }

// logFile receives what the server says.
func (p place) logFile() string { return filepath.Join(p.dir, "postgres.log") }

// initialised says whether there is a data directory, and of which major version.
func (p place) initialised() (major int, ok bool) {
	text, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if err != nil {
		return 0, false
	}
	major, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return major, err == nil
}

// knownPlace is the place as earlier runs left it.
func knownPlace(dir string, acct account) (place, error) {
	text, err := os.ReadFile(filepath.Join(dir, elsewhereFile))
	if os.IsNotExist(err) {
		return place{dir: dir, base: dir}, nil
	}
	if err != nil {
		return place{}, fmt.Errorf("reading where the data is: %w", err)
	}
	p := place{dir: dir, base: strings.TrimSpace(string(text))}
	if _, err := os.Stat(p.data()); err == nil && !acct.owns(p.data()) {
		return place{}, fmt.Errorf("the data directory %s belongs to another user", p.data())
	}
	return p, nil
}

// settle makes sure that the server's user can reach the place: by opening the directory when that gives nothing away,
// else by moving to another one. A place that holds data already stays where it is.
func (p place) settle(ctx context.Context, acct account, programs Programs) (place, error) {
	if _, ok := p.initialised(); ok || !acct.other {
		return p, nil
	}
	if acct.reaches(ctx, programs, p.base) {
		return p, nil
	}
	if openForPassage(p.base) && acct.reaches(ctx, programs, p.base) {
		return p, nil
	}
	return p.moveElsewhere()
}

// openForPassage lets others pass through dir, but not list it, when everything in it is closed to them.
func openForPassage(dir string) bool {
	const others, passage = 0o077, 0o011
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&others != 0 {
			return false
		}
	}
	info, err := os.Stat(dir)
	return err == nil && os.Chmod(dir, info.Mode().Perm()|passage) == nil
}

func (p place) moveElsewhere() (place, error) {
	base, err := makeElsewhere()
	if err != nil {
		return place{}, fmt.Errorf("making a directory that the server's user can reach: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, elsewhereFile), []byte(base+"\n"), 0o600); err != nil {
		return place{}, fmt.Errorf("noting where the data is: %w", err)
	}
	p.base = base
	return p, nil
}

// makeElsewhere makes a directory with a name that nobody could foresee, since the parent may be open to everyone.
func makeElsewhere() (string, error) {
	var failed error
	for _, parent := range elsewhereParents {
		mkdirErr := os.MkdirAll(parent, 0o755)
		base, err := os.MkdirTemp(parent, "database-")
		if err == nil {
			return base, os.Chmod(base, 0o711)
		}
		failed = errors.Join(failed, mkdirErr, err)
	}
	return "", failed
}
