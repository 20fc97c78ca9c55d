package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// loadFaults loads what must not load.
func loadFaults(t *testing.T, p config.Profile, environ []string) []config.Fault {
	t.Helper()
	_, err := config.Load(p, environ)
	e, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Fatalf("Load(%q) = %v, want a *config.Error", environ, err)
	}
	return e.Faults
}

func TestEveryFaultAtOnce(t *testing.T) {
	_, err := config.Load(config.Serve, []string{
		"PGRST_ZZZ=1", "PERGOLA_AUTHZ=cedar", "JWT_SECRET=hunter2", "PGRST_DB_POOL=many", "DATABASE_URL=nonsense",
	})
	want := `5 settings are wrong:
  PGRST_DB_POOL: "many" is not a whole number from 1 to 10000
  PERGOLA_AUTHZ: "cedar" needs the Cedar policy compiler, which this version does not have: use rls
  DATABASE_URL: it is neither a postgresql:// URI nor keywords such as host=localhost dbname=app
  JWT_SECRET: the secret is shorter than 32 bytes: make one with pergola key generate
  PGRST_ZZZ: unknown setting: remove it`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// However a Config is printed, its secrets are not.
func TestSecretsAreNotShown(t *testing.T) {
	c := config.Default(config.Serve)
	c.Database.URL = "postgresql://app:hunter2@localhost/app"
	c.JWT.Secret = "hunter2"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if s := fmt.Sprintf(verb, c); strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
			t.Errorf("%s shows a secret: %s", verb, s)
		}
	}
	b, err := json.Marshal(c)
	if err != nil || strings.Contains(string(b), "hunter2") {
		t.Errorf("as JSON: %s, %v", b, err)
	}
}

func TestValues(t *testing.T) {
	c := mustLoad(t, config.Serve, "DATABASE_URL=postgresql://u:hunter2@h/d", "JWT_SECRET=ssm:/app/jwt", "PGRST_DB_POOL=3",
		"PGRST_DB_SCHEMA=api,v2", "PGRST_APP_SETTINGS_token=hunter2")
	want := map[string]config.Value{
		"DATABASE_URL":             {Text: "[redacted]", Origin: "environment"},
		"JWT_SECRET":               {Text: "ssm:/app/jwt", Origin: "environment"},
		"PGRST_DB_POOL":            {Text: "3", Origin: "environment"},
		"PGRST_DB_SCHEMAS":         {Text: "api, v2", Origin: "environment"},
		"PGRST_DB_MAX_ROWS":        {Text: "", Origin: "default"},
		"PERGOLA_MAX_BODY":         {Text: "10MiB", Origin: "default"},
		"PGRST_APP_SETTINGS_token": {Text: "[redacted]", Origin: "environment"},
	}
	got := map[string]config.Value{}
	for _, v := range c.Values() {
		got[v.Name] = v
	}
	for name, w := range want {
		w.Name = name
		if got[name] != w {
			t.Errorf("%s: got %+v, want %+v", name, got[name], w)
		}
	}
	for _, name := range []string{"PGRST_DB_URI", "PGRST_JWT_SECRET"} {
		if _, ok := got[name]; ok {
			t.Errorf("%s is listed although it does not count", name)
		}
	}
}

// What Values shows is what Load understands: each default, given outright, changes nothing.
func TestValuesLoadAgain(t *testing.T) {
	for _, p := range []config.Profile{config.Serve, config.PostgREST} {
		want := config.Default(p)
		for _, v := range want.Values() {
			if strings.Contains(v.Text, "redacted") {
				continue
			}
			got := mustLoad(t, p, v.Name+"="+v.Text)
			got.Origins = want.Origins
			if diff := cmp.Diff(want, got, sameConfig); diff != "" {
				t.Errorf("%s=%s: -want +got:\n%s", v.Name, v.Text, diff)
			}
		}
	}
}

type vault map[config.Secret]string

func (v vault) Resolve(_ context.Context, s config.Secret) (string, error) {
	if value, ok := v[s]; ok {
		return value, nil
	}
	return "", errors.New("there is no such secret")
}

func TestResolve(t *testing.T) {
	c := mustLoad(t, config.Serve, "DATABASE_URL=secretsmanager:db#url", "JWT_SECRET=ssm:/jwt")
	got, err := c.Resolve(t.Context(), vault{"secretsmanager:db#url": "postgresql://h/d", "ssm:/jwt": goodSecret})
	if err != nil {
		t.Fatal(err)
	}
	if got.Database.URL != "postgresql://h/d" || got.JWT.Secret != goodSecret {
		t.Error("a reference was not replaced by its value")
	}
	if c.JWT.Secret != "ssm:/jwt" {
		t.Error("Resolve changed its receiver")
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name     string
		resolver config.Resolver
		says     string
	}{
		{"no resolver", nil, "ssm:/jwt"},
		{"an unknown reference", vault{}, "resolving ssm:/jwt: there is no such secret"},
		{"a short secret behind the reference", vault{"ssm:/jwt": "hunter2"}, "JWT_SECRET: the secret is shorter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mustLoad(t, config.Serve, "JWT_SECRET=ssm:/jwt").Resolve(t.Context(), tt.resolver)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
}

// Every configuration of the conformance corpus is understood; the corpus lies beside the repository where it is used.
func TestConformanceConfigs(t *testing.T) {
	b, err := os.ReadFile("../../../shared/conformance/postgrest/configs.json")
	if err != nil {
		t.Skip("the conformance corpus is not here")
	}
	var configs map[string]struct{ Env map[string]string }
	if err := json.Unmarshal(b, &configs); err != nil {
		t.Fatal(err)
	}
	for name, c := range configs {
		environ := []string{"PGRST_SERVER_HOST=127.0.0.1", "PGRST_SERVER_PORT=3999"}
		for k, v := range c.Env {
			environ = append(environ, k+"="+strings.ReplaceAll(v, "{DB_URI}", "postgresql://u:p@127.0.0.1/d"))
		}
		if _, err := config.Load(config.PostgREST, environ); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
