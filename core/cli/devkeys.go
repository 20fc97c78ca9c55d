package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pergola-dev/pergola/core/token"
)

// defaultData is where `pergola dev` keeps its database and its keys.
const defaultData = ".pergola"

// devKeys are the secrets of `pergola dev`. They are made once and kept beside its data.
type devKeys struct {
	JWTSecret         string    `json:"jwt_secret"`
	Created           time.Time `json:"created"` // the "iat" of the API keys, so that a restart gives the same ones
	DatabasePassword  string    `json:"database_password"`
	AuthenticatorPass string    `json:"authenticator_password"`
}

// errNoKeys says that `pergola dev` has not run on a data directory.
var errNoKeys = errors.New("there are no keys of \"pergola dev\"")

func keysFile(data string) string { return filepath.Join(data, "keys.json") }

// readDevKeys reads the keys that an earlier run left; errNoKeys when none did.
func readDevKeys(data string) (devKeys, error) {
	path := keysFile(data)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return devKeys{}, fmt.Errorf("%w in %s", errNoKeys, data)
	}
	if err != nil {
		return devKeys{}, fmt.Errorf("reading the keys: %w", err)
	}
	var k devKeys
	if err := json.Unmarshal(text, &k); err != nil {
		return devKeys{}, fmt.Errorf("%s is damaged, remove it to get new keys: %w", path, err)
	}
	if k.JWTSecret == "" || k.DatabasePassword == "" || k.AuthenticatorPass == "" || k.Created.IsZero() {
		return devKeys{}, fmt.Errorf("%s is incomplete: remove it to get new keys", path)
	}
	return k, nil
}

// ensureDevKeys reads the keys, or makes them on the first run.
func ensureDevKeys(data string, now time.Time) (devKeys, error) {
	k, err := readDevKeys(data)
	if err == nil {
		return k, os.Chmod(keysFile(data), 0o600)
	}
	if !errors.Is(err, errNoKeys) {
		return devKeys{}, err
	}
	k = devKeys{
		JWTSecret: token.GenerateSecret(), Created: now.UTC().Truncate(time.Second),
		DatabasePassword: token.GenerateSecret(), AuthenticatorPass: token.GenerateSecret(),
	}
	return k, k.write(data)
}

// write stores the keys for their owner alone, and keeps the directory out of version control.
func (k devKeys) write(data string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	temporary := keysFile(data) + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	if err := os.Rename(temporary, keysFile(data)); err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	if err := os.WriteFile(filepath.Join(data, ".gitignore"), []byte("*\n"), 0o600); err != nil {
		return fmt.Errorf("keeping the keys out of version control: %w", err)
	}
	return nil
}
