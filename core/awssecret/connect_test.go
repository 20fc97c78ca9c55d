package awssecret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
)

// TestConnect has credentials in a file of the home directory alone.
func TestConnect(t *testing.T) {
	newCloud(t, map[string]string{parameterKey: `{"Parameter":{"Value":"one"}}`})
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id=test\naws_secret_access_key=test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")

	r := awssecret.Resolver{Connect: awsapi.Anywhere}
	if got, err := r.Resolve(t.Context(), "ssm:/app/jwt"); err != nil || got != "one" {
		t.Errorf("from anywhere: %q, %v", got, err)
	}
	var function awssecret.Resolver
	if got, err := function.Resolve(t.Context(), "ssm:/app/jwt"); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Errorf("from the environment: %q, %v", got, err)
	}
}
