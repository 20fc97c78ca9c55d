package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postgrest.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every kind of value, and the settings of PostgREST's own examples.
const wholeFile = `# a comment
db-uri       = "postgres://user:pass@host:5432/dbname"   # behind a value too
db-anon-role = "anon"
db-schemas="multi,   tenant,setup"
db-extra-search-path = ""
db-max-rows = 1000
db-plan-enabled = on
db-aggregates-enabled = "True"
db-prepared-statements = false
jwt-secret = "reallyreallyreallyreallyvery\"safe\\\u00e9\ud83d\ude00"
jwt-role-claim-key = "$$.user[0].\"real-role\""
jwt-secret-is-base64 = off
max-rows = 5
app.settings.test = "$(SECRET_OF_APP) and $$5"
app {
  settings { other = 13 }
}
`

func TestFile(t *testing.T) {
	want := config.Default(config.PostgREST)
	want.Database.URL, want.Database.Prepared = "postgres://user:pass@host:5432/dbname", false
	want.REST.AnonRole = "anon"
	want.REST.Schemas, want.REST.ExtraSearchPath = []string{"multi", "tenant", "setup"}, nil
	want.REST.MaxRows, want.REST.Plan, want.REST.Aggregates = 1000, true, true
	want.REST.AppSettings = []config.Setting{{Name: "other", Value: "13"}, {Name: "test", Value: "hidden and $5"}}
	want.JWT.Secret, want.JWT.RoleClaim = "reallyreallyreallyreallyvery\"safe\\é😀", `$.user[0]."real-role"`

	from := config.Sources{Environ: []string{"SECRET_OF_APP=hidden"}, File: fileOf(t, wholeFile)}
	got, err := config.LoadFrom(config.PostgREST, from)
	if err != nil {
		t.Fatal(err)
	}
	if got.Origins["PGRST_DB_SCHEMAS"] != "file" || got.Origins["PGRST_APP_SETTINGS_other"] != "file" {
		t.Errorf("origins: %v", got.Origins)
	}
	got.Origins = want.Origins
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The environment wins over the file, and an empty value there hides the file's.
func TestEnvironmentOverFile(t *testing.T) {
	from := config.Sources{
		Environ: []string{"PGRST_DB_POOL=7", "PGRST_DB_ANON_ROLE=", "PGRST_APP_SETTINGS_a=environment"},
		File:    fileOf(t, "db-pool = 3\ndb-anon-role = \"anon\"\napp.settings.a = \"file\"\nlog-level = \"warn\""),
	}
	c, err := config.LoadFrom(config.PostgREST, from)
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.PoolSize != 7 || c.REST.AnonRole != "" || c.Log.Level != "warn" || c.REST.AppSettings[0].Value != "environment" {
		t.Errorf("pool %d, anonymous role %q, level %q, app setting %q", c.Database.PoolSize, c.REST.AnonRole, c.Log.Level, c.REST.AppSettings[0].Value)
	}
	if c.Origins["PGRST_DB_POOL"] != "environment" || c.Origins["PGRST_LOG_LEVEL"] != "file" {
		t.Errorf("origins: %v", c.Origins)
	}
}

func TestFileRefuses(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"no value", "db-pool = 1\ndb-uri\n", "line 3: db-uri is not followed by ="},
		{"no quotes", "jwt-secret = hunter2hunter2", "line 1: jwt-secret: the value is neither a number"},
		{"an open string", "db-uri = \"postgres\ndb-pool = 1", "does not end on its line"},
		{"an open string at the end", `db-uri = "postgres`, "a string is not closed"},
		{"an unknown escape", `db-uri = "a\q"`, `\q is no escape`},
		{"half a character", `db-uri = "a\ud83d"`, "is no escape"},
		{"a lone dollar sign", `jwt-secret = "a$b"`, "a dollar sign is written $$"},
		{"a variable that is not set", `jwt-secret = "$(NOT_SET)"`, "the variable NOT_SET is not set"},
		{"a list", `db-schemas = ["a", "b"]`, "a list is not supported"},
		{"an import", `import "other.conf"`, "import is not supported"},
		{"an open group", "app {\n settings { a = 1 }\n", "line 3: a group is not closed"},
		{"no key", "= 3", `here should be a key, not "="`},
		{"a wrong value, by the key of the file", "db-pool = \"many\"", "db-pool: \"many\" is not a whole number"},
		{"an unknown key", "db-shemas = \"a\"", "db-shemas: unknown setting"},
		{"a setting that PostgREST has retired", "raw-media-types = \"a/b\"", "raw-media-types: not supported: PostgREST has retired it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.LoadFrom(config.PostgREST, config.Sources{File: fileOf(t, tt.text)})
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
	if _, err := config.LoadFrom(config.PostgREST, config.Sources{File: "/nowhere/at/all"}); err == nil || !strings.Contains(err.Error(), "/nowhere/at/all") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What Dump writes is read as the same configuration, apart from what it hides.
func TestDump(t *testing.T) {
	c := mustLoad(t, config.PostgREST, "PGRST_DB_URI=postgresql://u:hunter2@h/d", `PGRST_JWT_ROLE_CLAIM_KEY=$.a."b c"`,
		"PGRST_DB_SCHEMAS=a, b", "PGRST_APP_SETTINGS_x=hunter2", "PGRST_DB_MAX_ROWS=9", "PGRST_LOG_LEVEL=warn")
	dumped := c.Dump()
	for _, line := range []string{`db-uri = "[redacted]"`, `db-schemas = "a, b"`, "db-max-rows = 9", `app.settings.x = "[redacted]"`} {
		if !strings.Contains(dumped, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, dumped)
		}
	}
	if strings.Contains(dumped, "hunter2") {
		t.Errorf("it shows a secret:\n%s", dumped)
	}
	from := config.Sources{Environ: []string{"PGRST_DB_URI=postgresql://u:hunter2@h/d", "PGRST_APP_SETTINGS_x=hunter2"}, File: fileOf(t, dumped)}
	again, err := config.LoadFrom(config.PostgREST, from)
	if err != nil {
		t.Fatal(err)
	}
	again.Origins = c.Origins
	if diff := cmp.Diff(c, again, sameConfig); diff != "" {
		t.Errorf("-dumped +read:\n%s", diff)
	}
}
