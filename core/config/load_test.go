package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pergola-dev/pergola/core/config"
)

const (
	goodSecret  = "an-hs256-secret-of-more-than-32-bytes"
	otherSecret = "another-hs256-secret-of-32-bytes-or-more"
	publicJWKS  = `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"x","y":"y"}]}`
)

func mustLoad(t *testing.T, p config.Profile, environ ...string) config.Config {
	t.Helper()
	c, err := config.Load(p, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The defaults of PostgREST 17, from its configuration reference.
func TestPostgRESTDefaults(t *testing.T) {
	want := config.Config{
		Database: config.Database{
			URL: "postgresql://", PoolSize: 10, PoolWait: 10 * time.Second, MaxLifetime: 30 * time.Minute,
			MaxIdleTime: 30 * time.Second, Prepared: true, ReloadChannel: "pgrst", Stored: true,
		},
		REST: config.REST{
			Schemas: []string{"public"}, ExtraSearchPath: []string{"public"},
			HoistedSettings: []string{"statement_timeout", "plan_filter.statement_cost_limit", "default_transaction_isolation"},
			LegacyTargets:   true, Authz: config.AuthzRLS,
		},
		JWT:     config.JWT{RoleClaim: ".role", CacheEntries: 1000},
		Server:  config.Server{Host: "!4", Port: 3000, UnixSocketMode: 0o660, AdminUnixSocketMode: 0o660, ShutdownTimeout: 10 * time.Second},
		OpenAPI: config.OpenAPI{Mode: config.OpenAPIFollowPrivileges},
		Limits:  config.Limits{MaxBody: 1 << 30, MaxEmbedDepth: 32, MaxFilters: 10000},
		Log:     config.Log{Level: "error"},

		Authorizer: config.AuthorizerPermissive,
		Origins:    map[string]string{},
		Auth:       authDefaults(),
	}
	if diff := cmp.Diff(want, mustLoad(t, config.PostgREST), sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// sameConfig compares two configurations with their secrets.
var sameConfig = cmp.Options{
	cmp.Comparer(func(a, b config.Secret) bool { return a == b }), cmpopts.IgnoreUnexported(config.Config{}),
}

func TestServeDefaults(t *testing.T) {
	want := config.Default(config.PostgREST)
	want.Database.URL = ""
	want.REST.AnonRole = "anon"
	want.Limits = config.Limits{MaxBody: 10 << 20, MaxEmbedDepth: 10, MaxFilters: 1000}
	want.Log.Level = "info"
	if diff := cmp.Diff(want, config.Default(config.Serve), sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLambdaDefaults(t *testing.T) {
	c := mustLoad(t, config.Serve, "AWS_LAMBDA_FUNCTION_NAME=api")
	if c.Database.PoolSize != 2 || c.Database.ReloadChannel != "" {
		t.Errorf("pool %d, channel %q; want 2 and none", c.Database.PoolSize, c.Database.ReloadChannel)
	}
	c = mustLoad(t, config.Serve, "AWS_LAMBDA_FUNCTION_NAME=api", "PGRST_DB_POOL=5", "PGRST_DB_CHANNEL_ENABLED=true")
	if c.Database.PoolSize != 5 || c.Database.ReloadChannel != "pgrst" {
		t.Errorf("pool %d, channel %q; want what was given", c.Database.PoolSize, c.Database.ReloadChannel)
	}
}

// Each row changes the defaults of its profile in one place.
func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(goodSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		profile config.Profile
		environ []string
		want    func(*config.Config)
	}{
		{"database url", config.Serve, []string{"DATABASE_URL=postgres://u@h/d"}, func(c *config.Config) { c.Database.URL = "postgres://u@h/d" }},
		{"keyword string", config.PostgREST, []string{"PGRST_DB_URI=host=h dbname=d"}, func(c *config.Config) { c.Database.URL = "host=h dbname=d" }},
		{"the specific url wins", config.Serve, []string{"PGRST_DB_URI=postgresql://b", "DATABASE_URL=postgresql://a"}, func(c *config.Config) { c.Database.URL = "postgresql://b" }},
		{"serve rest reads PGRST alone", config.PostgREST, []string{"DATABASE_URL=postgresql://a", "JWT_SECRET=short", "PERGOLA_ANYTHING=1"}, func(*config.Config) {}},
		{"pool", config.Serve, []string{"PGRST_DB_POOL=3", "PGRST_DB_POOL_ACQUISITION_TIMEOUT=7"}, func(c *config.Config) { c.Database.PoolSize, c.Database.PoolWait = 3, 7*time.Second }},
		{"an earlier name", config.PostgREST, []string{"PGRST_DB_SCHEMA=api"}, func(c *config.Config) { c.REST.Schemas = []string{"api"} }},
		{"the current name wins", config.PostgREST, []string{"PGRST_DB_SCHEMA=old", "PGRST_DB_SCHEMAS=new"}, func(c *config.Config) { c.REST.Schemas = []string{"new"} }},
		{"list with spaces", config.PostgREST, []string{`PGRST_DB_SCHEMAS= v1 , SPECIAL "@/\#~_- `}, func(c *config.Config) { c.REST.Schemas = []string{"v1", `SPECIAL "@/\#~_-`} }},
		{"empty means not given", config.PostgREST, []string{"PGRST_DB_SCHEMAS=", "PGRST_DB_POOL="}, func(*config.Config) {}},
		{"empty search path", config.PostgREST, []string{"PGRST_DB_EXTRA_SEARCH_PATH="}, func(c *config.Config) { c.REST.ExtraSearchPath = nil }},
		{"transaction end", config.PostgREST, []string{"PGRST_DB_TX_END=rollback-allow-override"}, func(c *config.Config) { c.REST.TxEnd = config.TxEnd{Rollback: true, AllowOverride: true} }},
		{"max rows", config.PostgREST, []string{"PGRST_DB_MAX_ROWS=1000"}, func(c *config.Config) { c.REST.MaxRows = 1000 }},
		{"booleans in any case", config.PostgREST, []string{"PGRST_DB_PLAN_ENABLED=TRUE", "PGRST_DB_AGGREGATES_ENABLED=1"}, func(c *config.Config) { c.REST.Plan, c.REST.Aggregates = true, true }},
		{"no channel", config.PostgREST, []string{"PGRST_DB_CHANNEL=x", "PGRST_DB_CHANNEL_ENABLED=false"}, func(c *config.Config) { c.Database.ReloadChannel = "" }},
		{"secret", config.Serve, []string{"JWT_SECRET=" + goodSecret}, func(c *config.Config) { c.JWT.Secret = goodSecret }},
		{"the same secret twice", config.Serve, []string{"JWT_SECRET=" + goodSecret, "PGRST_JWT_SECRET=" + goodSecret}, func(c *config.Config) { c.JWT.Secret = goodSecret }},
		{"secret beside a key set", config.Serve, []string{"JWT_SECRET=" + goodSecret, "PGRST_JWT_SECRET=" + publicJWKS}, func(c *config.Config) { c.JWT.Secret = publicJWKS }},
		{"secret from a file", config.PostgREST, []string{"PGRST_JWT_SECRET=@" + file}, func(c *config.Config) { c.JWT.Secret = goodSecret }},
		{"secret by reference", config.Serve, []string{"JWT_SECRET=ssm:/app/jwt"}, func(c *config.Config) { c.JWT.Secret = "ssm:/app/jwt" }},
		{"audience", config.PostgREST, []string{"PGRST_JWT_AUD=spec tests"}, func(c *config.Config) { c.JWT.Audience = "spec tests" }},
		{"socket mode", config.PostgREST, []string{"PGRST_SERVER_UNIX_SOCKET=/s", "PGRST_SERVER_UNIX_SOCKET_MODE=777"}, func(c *config.Config) { c.Server.UnixSocket, c.Server.UnixSocketMode = "/s", 0o777 }},
		{"origins", config.Serve, []string{"PGRST_SERVER_CORS_ALLOWED_ORIGINS=https://a, https://b"}, func(c *config.Config) { c.Server.AllowedOrigins = []string{"https://a", "https://b"} }},
		{"any origin", config.Serve, []string{"PGRST_SERVER_CORS_ALLOWED_ORIGINS=*"}, func(*config.Config) {}},
		{"verbosity", config.PostgREST, []string{"PGRST_CLIENT_ERROR_VERBOSITY=minimal"}, func(c *config.Config) { c.Server.TerseErrors = true }},
		{"openapi", config.PostgREST, []string{"PGRST_OPENAPI_MODE=disabled", "PGRST_OPENAPI_SERVER_PROXY_URI=https://a.example:8443/base"}, func(c *config.Config) {
			c.OpenAPI = config.OpenAPI{Mode: config.OpenAPIDisabled, ProxyURI: "https://a.example:8443/base"}
		}},
		{"body in units", config.Serve, []string{"PERGOLA_MAX_BODY=2MiB"}, func(c *config.Config) { c.Limits.MaxBody = 2 << 20 }},
		{"body in bytes", config.Serve, []string{"PERGOLA_MAX_BODY=1048576"}, func(c *config.Config) { c.Limits.MaxBody = 1 << 20 }},
		{"api key", config.Serve, []string{"PERGOLA_REQUIRE_APIKEY=true"}, func(c *config.Config) { c.REST.RequireKey = true }},
		{"app settings", config.PostgREST, []string{"PGRST_APP_SETTINGS_b=2", "PGRST_APP_SETTINGS_a.c=1"}, func(c *config.Config) {
			c.REST.AppSettings = []config.Setting{{Name: "a.c", Value: "1"}, {Name: "b", Value: "2"}}
		}},
		{"settings in the database", config.PostgREST, []string{"PGRST_DB_CONFIG=false", "PGRST_DB_PRE_CONFIG=f"}, func(c *config.Config) { c.Database.Stored, c.Database.PreConfig = false, "f" }},
		{"admin server", config.PostgREST, []string{"PGRST_ADMIN_SERVER_HOST=::1", "PGRST_ADMIN_SERVER_PORT=3001", "PGRST_ADMIN_SERVER_UNIX_SOCKET=/a", "PGRST_ADMIN_SERVER_UNIX_SOCKET_MODE=600"}, func(c *config.Config) {
			c.Server.AdminHost, c.Server.AdminPort, c.Server.AdminUnixSocket, c.Server.AdminUnixSocketMode = "::1", 3001, "/a", 0o600
		}},
		{"what is nobody's is left alone", config.Serve, []string{"PATH=/bin", "PGHOST=h", "HOME", "PERGOLA_TEST_DATABASE_URL=x"}, func(*config.Config) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := config.Default(tt.profile)
			tt.want(&want)
			got := mustLoad(t, tt.profile, tt.environ...)
			got.Origins, got.Auth = map[string]string{}, want.Auth // which TestAuth is about
			if diff := cmp.Diff(want, got, sameConfig); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name    string
		profile config.Profile
		environ []string
		setting string
		says    string
	}{
		{"not a number", config.PostgREST, []string{"PGRST_DB_POOL=ten"}, "PGRST_DB_POOL", `"ten" is not a whole number`},
		{"no connections", config.PostgREST, []string{"PGRST_DB_POOL=0"}, "PGRST_DB_POOL", "from 1 to"},
		{"not a boolean", config.PostgREST, []string{"PGRST_DB_PLAN_ENABLED=yes"}, "PGRST_DB_PLAN_ENABLED", "neither true nor false"},
		{"not a choice", config.PostgREST, []string{"PGRST_LOG_LEVEL=loud"}, "PGRST_LOG_LEVEL", "crit, error, warn, info, debug"},
		{"transaction end", config.PostgREST, []string{"PGRST_DB_TX_END=abort"}, "PGRST_DB_TX_END", "commit-allow-override"},
		{"verbosity", config.PostgREST, []string{"PGRST_CLIENT_ERROR_VERBOSITY=terse"}, "PGRST_CLIENT_ERROR_VERBOSITY", "minimal"},
		{"the catalog as schema", config.PostgREST, []string{"PGRST_DB_SCHEMAS=api,pg_catalog"}, "PGRST_DB_SCHEMAS", "pg_catalog"},
		{"an empty schema name", config.PostgREST, []string{"PGRST_DB_SCHEMAS=api,"}, "PGRST_DB_SCHEMAS", `""`},
		{"neither URI nor keywords", config.PostgREST, []string{"PGRST_DB_URI=localhost"}, "PGRST_DB_URI", "neither"},
		{"a malformed URI", config.Serve, []string{"DATABASE_URL=postgresql://u:p@ss%zz@h/d"}, "DATABASE_URL", "percent-encoded"},
		{"a missing file", config.PostgREST, []string{"PGRST_DB_URI=@/nowhere/at/all"}, "PGRST_DB_URI", "/nowhere/at/all"},
		{"a short secret", config.Serve, []string{"JWT_SECRET=super-secret"}, "JWT_SECRET", "32 bytes"},
		{"a short base64 secret", config.PostgREST, []string{"PGRST_JWT_SECRET=c2hvcnQgc2VjcmV0IGluIGEgbG9uZyBjb2F0", "PGRST_JWT_SECRET_IS_BASE64=true"}, "PGRST_JWT_SECRET", "32 bytes"},
		{"no base64", config.PostgREST, []string{"PGRST_JWT_SECRET=*" + goodSecret, "PGRST_JWT_SECRET_IS_BASE64=true"}, "PGRST_JWT_SECRET", "not base64"},
		{"a broken key", config.Serve, []string{`JWT_SECRET={"kid":"a key without its type, long enough"}`}, "JWT_SECRET", "JWKS"},
		{"two secrets", config.Serve, []string{"JWT_SECRET=" + goodSecret, "PGRST_JWT_SECRET=" + otherSecret}, "PGRST_JWT_SECRET", "differs from JWT_SECRET"},
		{"audience", config.PostgREST, []string{"PGRST_JWT_AUD=a b:c"}, "PGRST_JWT_AUD", "URI"},
		{"role claim", config.PostgREST, []string{"PGRST_JWT_ROLE_CLAIM_KEY=role"}, "PGRST_JWT_ROLE_CLAIM_KEY", "JSON path"},
		{"port", config.PostgREST, []string{"PGRST_SERVER_PORT=70000"}, "PGRST_SERVER_PORT", "65535"},
		{"admin port", config.PostgREST, []string{"PGRST_SERVER_PORT=3001", "PGRST_ADMIN_SERVER_PORT=3001"}, "PGRST_ADMIN_SERVER_PORT", "PGRST_SERVER_PORT"},
		{"socket mode", config.PostgREST, []string{"PGRST_SERVER_UNIX_SOCKET_MODE=599"}, "PGRST_SERVER_UNIX_SOCKET_MODE", "octal"},
		{"proxy with a query", config.PostgREST, []string{"PGRST_OPENAPI_SERVER_PROXY_URI=https://a.example/?x=1"}, "PGRST_OPENAPI_SERVER_PROXY_URI", "https://example.com"},
		{"cedar", config.Serve, []string{"PERGOLA_AUTHZ=cedar"}, "PERGOLA_AUTHZ", "Cedar policy compiler"},
		{"cedar+rls", config.Serve, []string{"PERGOLA_AUTHZ=cedar+rls"}, "PERGOLA_AUTHZ", "Cedar policy compiler"},
		{"an unknown mode", config.Serve, []string{"PERGOLA_AUTHZ=none"}, "PERGOLA_AUTHZ", "rls, cedar, cedar+rls"},
		{"a size without sense", config.Serve, []string{"PERGOLA_MAX_BODY=10MB"}, "PERGOLA_MAX_BODY", "10MiB"},
		{"a size of nothing", config.Serve, []string{"PERGOLA_MAX_BODY=0"}, "PERGOLA_MAX_BODY", "10MiB"},
		{"a size past counting", config.Serve, []string{"PERGOLA_MAX_BODY=9223372036854775807GiB"}, "PERGOLA_MAX_BODY", "10MiB"},
		{"no time zones", config.PostgREST, []string{"PGRST_DB_TIMEZONE_ENABLED=false"}, "PGRST_DB_TIMEZONE_ENABLED", "not supported"},
		{"a way we do not have", config.PostgREST, []string{"PGRST_LOG_QUERY=true"}, "PGRST_LOG_QUERY", "not supported"},
		{"a setting we do not have", config.PostgREST, []string{"PGRST_JWT_CACHE_MAX_LIFETIME=60"}, "PGRST_JWT_CACHE_MAX_LIFETIME", "not supported: PostgREST has retired it"},
		{"a misspelt setting", config.PostgREST, []string{"PGRST_DB_SHEMAS=api"}, "PGRST_DB_SHEMAS", "did you mean PGRST_DB_SCHEMAS?"},
		{"a stranger", config.PostgREST, []string{"PGRST_COLOUR=red"}, "PGRST_COLOUR", "unknown setting"},
		{"a misspelt setting of ours", config.Serve, []string{"PERGOLA_MAXBODY=1"}, "PERGOLA_MAXBODY", "did you mean PERGOLA_MAX_BODY?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			faults := loadFaults(t, tt.profile, tt.environ)
			if len(faults) != 1 {
				t.Fatalf("faults = %v, want one", faults)
			}
			if f := faults[0]; f.Setting != tt.setting || !strings.Contains(f.Problem, tt.says) {
				t.Errorf("%s: %s\nwant %s: ...%s...", f.Setting, f.Problem, tt.setting, tt.says)
			}
		})
	}
}
