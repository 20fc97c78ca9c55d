package cli_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/cli"
)

const secret = "an-ordinary-secret-of-40-bytes-in-length"

// pergola runs a command in this process and gives its exit code and what it printed.
func pergola(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), args, cli.IO{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: environ})
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"done", []string{"version"}, 0},
		{"help", []string{"help"}, 0},
		{"help for a command", []string{"dev", "-h"}, 0},
		{"nothing", nil, 2},
		{"unknown command", []string{"sreve"}, 2},
		{"unknown word", []string{"key", "mnt"}, 2},
		{"unknown flag", []string{"version", "--loud"}, 2},
		{"wrong value", []string{"key", "mint", "--role", "anon", "--exp", "soon"}, 2},
		{"failure", []string{"serve"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, _, stderr := pergola(t, nil, tt.args...)
			if code != tt.want {
				t.Errorf("the exit code is %d, want %d: %s", code, tt.want, stderr)
			}
			if (code == 0) != (stderr == "") {
				t.Errorf("with exit code %d the message is %q", code, stderr)
			}
		})
	}
}

// claims reads the payload of a token, without the times that depend on now.
func claims(t *testing.T, token string) (map[string]any, time.Duration) {
	t.Helper()
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	life := time.Duration(c["exp"].(float64)-c["iat"].(float64)) * time.Second
	delete(c, "exp")
	delete(c, "iat")
	return c, life
}

func TestKeyMint(t *testing.T) {
	const hour = time.Hour
	tests := []struct {
		name string
		args []string
		want map[string]any
		life time.Duration
	}{
		{"key", []string{"--role", "anon"}, map[string]any{"iss": "pergola", "role": "anon"}, 10 * 365 * 24 * hour},
		{
			"user's token",
			[]string{"--role", "authenticated", "--sub", "7"},
			map[string]any{"iss": "pergola", "role": "authenticated", "sub": "7"},
			hour,
		},
		{"duration", []string{"--role", "a", "--exp", "90m"}, map[string]any{"iss": "pergola", "role": "a"}, 90 * time.Minute},
		{"issuer", []string{"--role", "a", "--iss", "me", "--exp", "1h"}, map[string]any{"iss": "me", "role": "a"}, hour},
		{
			"claims",
			[]string{
				"--role", "a", "--exp", "1h", "--claim", "plan=free", "--claim", "level=7", "--claim", `code="7"`,
				"--claim", `app_metadata={"teams":[1,2]}`, "--claim", "empty=", "--claim", "sum=1+1=2",
			},
			map[string]any{
				"iss": "pergola", "role": "a", "plan": "free", "level": 7.0, "code": "7",
				"app_metadata": map[string]any{"teams": []any{1.0, 2.0}}, "empty": "", "sum": "1+1=2",
			},
			hour,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := pergola(t, []string{"JWT_SECRET=" + secret}, append([]string{"key", "mint"}, tt.args...)...)
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			got, life := claims(t, stdout)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if life != tt.life {
				t.Errorf("it lasts %v, want %v", life, tt.life)
			}
		})
	}
}

func TestKeyMintUntil(t *testing.T) {
	until := time.Now().Add(1000 * time.Hour).Truncate(time.Second)
	for _, text := range []string{until.Format(time.RFC3339), until.UTC().Format(time.RFC3339), jsonOf(t, until.Unix())} {
		code, stdout, stderr := pergola(t, []string{"JWT_SECRET=" + secret}, "key", "mint", "--role", "a", "--exp", text)
		if code != 0 {
			t.Fatalf("--exp %s: exit code %d: %s", text, code, stderr)
		}
		if _, life := claims(t, stdout); life < 999*time.Hour || life > 1000*time.Hour {
			t.Errorf("--exp %s: it lasts %v", text, life)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Keys of --data win over the environment's secret.
func TestKeyMintWithData(t *testing.T) {
	dir := t.TempDir()
	keys := jsonOf(t, map[string]string{
		"jwt_secret": secret, "created": "2026-08-01T00:00:00Z", "database_password": "a", "authenticator_password": "b",
	})
	if err := os.WriteFile(filepath.Join(dir, "keys.json"), []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("x", 40)
	for _, tt := range []struct {
		name, secret string
		args         []string
	}{
		{"with --data", secret, []string{"--data", dir}},
		{"without", other, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"key", "mint", "--role", "anon"}, tt.args...)
			code, stdout, stderr := pergola(t, []string{"JWT_SECRET=" + other}, args...)
			if code != 0 || !signedWith(stdout, tt.secret) {
				t.Errorf("exit code %d, %s: the token %s is not signed with the secret wanted", code, stderr, stdout)
			}
		})
	}
}

// signedWith says whether a token is signed with a text secret (HS256).
func signedWith(token, secret string) bool {
	token = strings.TrimSpace(token)
	dot := strings.LastIndex(token, ".")
	if dot < 0 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token[:dot]))
	return token[dot+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
