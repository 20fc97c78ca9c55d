package cli

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

// defaultData is where `pergola dev` keeps its database and its keys.
const defaultData = ".pergola"

// devKeys are the secrets of `pergola dev`. They are made once and kept beside its data, in a file that its owner alone may
// read. What a file of an earlier version lacks is added to it.
type devKeys struct {
	// JWTSecret signs the keys that are JWTs, and signed the sessions of projects that have no JWTKeys yet.
	JWTSecret         string    `json:"jwt_secret"`
	Created           time.Time `json:"created"` // the "iat" of the API keys, so that a restart gives the same ones
	DatabasePassword  string    `json:"database_password"`
	AuthenticatorPass string    `json:"authenticator_password"`
	// JWTKeys are the private keys of sessions, as GOTRUE_JWT_KEYS has them: an array with one key for ES256.
	JWTKeys        json.RawMessage `json:"jwt_keys,omitempty"`
	PublishableKey string          `json:"publishable_key,omitempty"`
	SecretKey      string          `json:"secret_key,omitempty"`
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
	if errors.Is(err, errNoKeys) {
		k, err = devKeys{
			JWTSecret: token.GenerateSecret(), Created: now.UTC().Truncate(time.Second),
			DatabasePassword: token.GenerateSecret(), AuthenticatorPass: token.GenerateSecret(),
		}, nil
	}
	if err != nil {
		return devKeys{}, err
	}
	added, err := k.complete()
	switch {
	case err != nil:
		return devKeys{}, err
	case added:
		return k, k.write(data)
	}
	return k, os.Chmod(keysFile(data), 0o600)
}

// complete makes the keys that an earlier version did not know.
func (k *devKeys) complete() (added bool, err error) {
	if len(k.JWTKeys) == 0 {
		jwk, err := token.GenerateKey("ES256")
		if err != nil {
			return false, fmt.Errorf("making a key for sessions: %w", err)
		}
		k.JWTKeys, added = slices.Concat([]byte("["), jwk, []byte("]")), true
	}
	if k.PublishableKey == "" {
		k.PublishableKey, added = token.GenerateAPIKey(config.PublishablePrefix), true
	}
	if k.SecretKey == "" {
		k.SecretKey, added = token.GenerateAPIKey(config.SecretPrefix), true
	}
	return added, nil
}

// signing is what "key mint" and "key jwks" use: the secret, and the key of sessions where there is one.
func (k devKeys) signing() (config.Secret, error) {
	if len(k.JWTKeys) == 0 {
		return config.Secret(k.JWTSecret), nil
	}
	var keys []json.RawMessage
	if err := json.Unmarshal(k.JWTKeys, &keys); err != nil {
		return "", fmt.Errorf("reading the keys of sessions: %w", err)
	}
	secret, err := json.Marshal(map[string]string{"kty": "oct", "alg": "HS256", "k": base64.RawURLEncoding.EncodeToString([]byte(k.JWTSecret))})
	if err != nil {
		return "", fmt.Errorf("encoding the secret: %w", err)
	}
	set, err := json.Marshal(map[string]any{"keys": append([]json.RawMessage{secret}, keys...)})
	return config.Secret(set), err
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
