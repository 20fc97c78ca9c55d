package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// downloads are the versions that can be fetched, by major version; 0 is the one for new data.
var downloads = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V17,
	13: embeddedpostgres.V13,
	14: embeddedpostgres.V14,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// locate finds installed programs, or else downloads them once for all data directories of this user.
func (r *run) locate(ctx context.Context, major int) (Programs, error) {
	p, err := findFor(ctx, r.account, major)
	if !errors.Is(err, ErrNoPrograms) {
		return p, err
	}
	version, ok := downloads[major]
	if !ok {
		return Programs{}, err
	}
	cache, cacheErr := r.cacheDir()
	if cacheErr != nil {
		return Programs{}, errors.Join(err, cacheErr)
	}
	return r.fetch(ctx, version, filepath.Join(cache, string(version)))
}

// cacheDir is where downloaded programs stay. Under root it must be a place that the server's user can reach and nobody
// but root can write to.
func (r *run) cacheDir() (string, error) {
	if r.options.Cache != "" {
		return r.options.Cache, nil
	}
	if r.account.other {
		return "/var/cache/pergola", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a place to keep server programs: %w", err)
	}
	return filepath.Join(dir, "pergola"), nil
}

// fetch puts the programs of a version into dir, unless an earlier run did.
func (r *run) fetch(ctx context.Context, version embeddedpostgres.PostgresVersion, dir string) (Programs, error) {
	if p, err := inspect(ctx, r.account, filepath.Join(dir, "bin")); err == nil {
		return p, nil
	}
	if r.options.Notice != nil {
		r.options.Notice("No PostgreSQL server programs are installed; downloading version " + string(version) + " once.")
	}
	if err := download(version, r.options.Mirror, dir); err != nil {
		return Programs{}, fmt.Errorf("%w, and downloading them failed: %w", ErrNoPrograms, err)
	}
	return inspect(ctx, r.account, filepath.Join(dir, "bin"))
}

// download unpacks a version beside dir and moves it there, so that an interrupted download leaves nothing half done.
//
// The library downloads and unpacks only on the way to starting a server of its own, and it cannot start one as root.
// So it is shown a data directory that it takes for its own and that no server can run on, and what it unpacked is kept.
func download(version embeddedpostgres.PostgresVersion, mirror, dir string) error {
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, "download-")
	if err != nil {
		return fmt.Errorf("making a directory for a download: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	config, err := downloadConfig(version, mirror, work)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	err = embeddedpostgres.NewDatabase(config.Logger(&said)).Start()
	if said.Len() == 0 { // no program of what was unpacked has been run yet, so the failure came earlier
		return err
	}
	return os.Rename(unpacked(work), dir)
}

// unpacked is where the library puts the programs.
func unpacked(work string) string { return filepath.Join(work, "programs") }

// downloadConfig tells the library to keep everything in work.
func downloadConfig(version embeddedpostgres.PostgresVersion, mirror, work string) (embeddedpostgres.Config, error) {
	port, err := FreePort(0)
	if err != nil {
		return embeddedpostgres.Config{}, err
	}
	data := filepath.Join(work, "data")
	major := strconv.Itoa(leadingInt(string(version))) + "\n"
	mkdirErr := os.Mkdir(data, 0o700)
	writeErr := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(major), 0o600)
	if err := errors.Join(mkdirErr, writeErr); err != nil {
		return embeddedpostgres.Config{}, fmt.Errorf("preparing a download: %w", err)
	}
	c := embeddedpostgres.DefaultConfig().Version(version).Port(uint32(port)).
		BinariesPath(unpacked(work)).DataPath(data).
		RuntimePath(filepath.Join(work, "run")).CachePath(filepath.Join(work, "archive"))
	if mirror != "" {
		c = c.BinaryRepositoryURL(mirror)
	}
	return c, nil
}
