package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// selfHosted is the environment of the service "auth" in Supabase's docker-compose.yml, with the values of its .env.example.
const selfHosted = `
GOTRUE_API_HOST=0.0.0.0
GOTRUE_API_PORT=9999
API_EXTERNAL_URL=http://localhost:8000/auth/v1
GOTRUE_DB_DRIVER=postgres
GOTRUE_DB_DATABASE_URL=postgres://supabase_auth_admin:secret@db:5432/postgres
GOTRUE_SITE_URL=http://localhost:3000
GOTRUE_URI_ALLOW_LIST=
GOTRUE_DISABLE_SIGNUP=false
GOTRUE_JWT_ADMIN_ROLES=service_role
GOTRUE_JWT_AUD=authenticated
GOTRUE_JWT_DEFAULT_GROUP_NAME=authenticated
GOTRUE_JWT_EXP=3600
GOTRUE_JWT_SECRET=your-super-secret-jwt-token-with-at-least-32-characters-long
GOTRUE_EXTERNAL_EMAIL_ENABLED=true
GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED=false
GOTRUE_MAILER_AUTOCONFIRM=false
GOTRUE_SMTP_ADMIN_EMAIL=admin@example.com
GOTRUE_SMTP_HOST=supabase-mail
GOTRUE_SMTP_PORT=2500
GOTRUE_SMTP_USER=fake_mail_user
GOTRUE_SMTP_PASS=fake_mail_password
GOTRUE_SMTP_SENDER_NAME=fake_sender
GOTRUE_MAILER_URLPATHS_INVITE=/auth/v1/verify
GOTRUE_MAILER_URLPATHS_CONFIRMATION=/auth/v1/verify
GOTRUE_MAILER_URLPATHS_RECOVERY=/auth/v1/verify
GOTRUE_MAILER_URLPATHS_EMAIL_CHANGE=/auth/v1/verify
GOTRUE_EXTERNAL_PHONE_ENABLED=true
GOTRUE_SMS_AUTOCONFIRM=true
`

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func TestSelfHosted(t *testing.T) {
	for _, p := range []config.Profile{config.GoTrue, config.Serve} {
		c, err := config.LoadFrom(p, config.Sources{Environ: lines(selfHosted), Auth: true})
		if err != nil {
			t.Error(err)
		}
		if !c.Auth.Given || c.Auth.SMTP.From != "admin@example.com" || c.Auth.Mailer.Invite.Path != "/auth/v1/verify" {
			t.Errorf("%+v", c.Auth)
		}
	}
}

// Each row changes the least that serve auth needs.
func TestGoTrue(t *testing.T) {
	least := []string{
		"GOTRUE_SITE_URL=https://a.example", "API_EXTERNAL_URL=https://a.example/auth/v1", "DATABASE_URL=postgres://h/d",
		"GOTRUE_JWT_SECRET=" + goodSecret, "GOTRUE_MAILER_AUTOCONFIRM=true",
	}
	base := func(c *config.Config) {
		c.Auth.SiteURL, c.Auth.ExternalURL, c.Auth.JWT.Secret = "https://a.example", "https://a.example/auth/v1", goodSecret
		c.Auth.Mailer.Autoconfirm = true
		c.Database.URL, c.Auth.Database.URL = "postgres://h/d", "postgres://h/d"
	}
	tests := []struct {
		name    string
		environ []string
		want    func(*config.Config)
	}{
		{"the least", nil, func(*config.Config) {}},
		{"where to listen", []string{"GOTRUE_API_HOST=::1", "PORT=9999"}, func(c *config.Config) { c.Server.Host, c.Server.Port = "::1", 9999 }},
		{"the name with a prefix wins", []string{"GOTRUE_API_PORT=1", "PORT=2", "GOTRUE_DB_DATABASE_URL=postgres://i/d"}, func(c *config.Config) {
			c.Server.Port, c.Database.URL, c.Auth.Database.URL = 1, "postgres://i/d", "postgres://i/d"
		}},
		{"the pool", []string{"GOTRUE_DB_MAX_POOL_SIZE=4"}, func(c *config.Config) { c.Database.PoolSize, c.Auth.Database.PoolSize = 4, 4 }},
		{"request id and log", []string{"REQUEST_ID_HEADER=X-Request-Id", "GOTRUE_LOG_LEVEL=warning"}, func(c *config.Config) {
			c.Server.TraceHeader, c.Log.Level = "X-Request-Id", "warn"
		}},
		{"the schema there is", []string{"DB_NAMESPACE=auth"}, func(*config.Config) {}},
		{"GOTRUE alone", []string{
			"PGRST_DB_POOL=3", "PGRST_ZZZ=1", "PERGOLA_ZZZ=1", "PERGOLA_AUTH_PROVIDER=cognito", "JWT_SECRET=" + otherSecret, "PGRST_SERVER_PORT=1",
			"PGRST_DB_URI=postgres://j/d",
		}, func(*config.Config) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := config.Default(config.GoTrue)
			base(&want)
			tt.want(&want)
			got := mustLoad(t, config.GoTrue, append(tt.environ, least...)...)
			got.Origins = want.Origins
			if diff := cmp.Diff(want, got, sameConfig); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestGoTrueDefaults(t *testing.T) {
	want := config.Default(config.Serve)
	want.Auth.Given = true
	want.Server.Host, want.Server.Port = "*", 8081
	want.Database.Stored, want.Database.ReloadChannel = false, "" // what REST alone looks for
	if diff := cmp.Diff(want, config.Default(config.GoTrue), sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestGoTrueRefuses(t *testing.T) {
	needed := []string{"GOTRUE_SITE_URL=https://a.example", "API_EXTERNAL_URL=https://a.example", "GOTRUE_JWT_SECRET=" + goodSecret, "GOTRUE_MAILER_AUTOCONFIRM=true"}
	tests := []struct{ name, given, setting, says string }{
		{"a database that is none", "DATABASE_URL=here", "DATABASE_URL", "neither a postgresql:// URI"},
		{"another schema", "DB_NAMESPACE=users", "DB_NAMESPACE", "only auth is"},
		{"a port of words", "PORT=http", "PORT", "whole number"},
		{"a level of noise", "GOTRUE_LOG_LEVEL=loud", "GOTRUE_LOG_LEVEL", "panic, fatal, error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environ := append([]string{tt.given}, needed...)
			if tt.setting != "DATABASE_URL" {
				environ = append(environ, "DATABASE_URL=postgres://h/d")
			}
			faults := loadFaults(t, config.GoTrue, environ)
			if len(faults) != 1 || faults[0].Setting != tt.setting || !strings.Contains(faults[0].Problem, tt.says) {
				t.Errorf("%v\nwant %s: ...%s...", faults, tt.setting, tt.says)
			}
		})
	}
}

// Secrets of REST and of Auth stand for each other.
func TestSharedSecrets(t *testing.T) {
	encoded := "YW4taHMyNTYtc2VjcmV0LW9mLW1vcmUtdGhhbi0zMi1ieXRlcw" // goodSecret
	tests := []struct {
		name       string
		environ    []string
		rest, auth config.Secret
	}{
		{"the general one", []string{"JWT_SECRET=" + goodSecret}, goodSecret, goodSecret},
		{"that of REST", []string{"PGRST_JWT_SECRET=" + goodSecret}, goodSecret, goodSecret},
		{"that of Auth", []string{"GOTRUE_JWT_SECRET=" + goodSecret}, goodSecret, goodSecret},
		{"all the same", []string{"JWT_SECRET=" + goodSecret, "PGRST_JWT_SECRET=" + goodSecret, "GOTRUE_JWT_SECRET=" + goodSecret}, goodSecret, goodSecret},
		{"keys for REST, a text for Auth", []string{"PGRST_JWT_SECRET=" + publicJWKS, "GOTRUE_JWT_SECRET=" + goodSecret}, publicJWKS, goodSecret},
		{"keys for REST, the general one for Auth", []string{"PGRST_JWT_SECRET=" + publicJWKS, "JWT_SECRET=" + goodSecret}, publicJWKS, goodSecret},
		{"keys sign nothing", []string{"JWT_SECRET=" + publicJWKS}, publicJWKS, ""},
		{"keys and a key id", []string{"JWT_SECRET=" + goodSecret, "GOTRUE_JWT_SECRET=" + otherSecret, "GOTRUE_JWT_KEY_ID=k"}, goodSecret, otherSecret},
		{"base64", []string{"PGRST_JWT_SECRET=" + encoded, "PGRST_JWT_SECRET_IS_BASE64=true"}, config.Secret(encoded), goodSecret},
		{"base64 and text", []string{"PGRST_JWT_SECRET=" + encoded, "PGRST_JWT_SECRET_IS_BASE64=true", "GOTRUE_JWT_SECRET=" + goodSecret}, config.Secret(encoded), goodSecret},
		{"a text where REST expects base64", []string{"PGRST_JWT_SECRET_IS_BASE64=true", "GOTRUE_JWT_SECRET=" + goodSecret}, goodSecret, goodSecret},
		{"references", []string{"JWT_SECRET=ssm:/text"}, goodSecret, goodSecret},
		{"a reference to keys", []string{"JWT_SECRET=ssm:/keys"}, publicJWKS, ""},
		{"a reference to base64", []string{"JWT_SECRET=ssm:/base64", "PGRST_JWT_SECRET_IS_BASE64=true"}, config.Secret(encoded), goodSecret},
		{"two references", []string{"PGRST_JWT_SECRET=ssm:/keys", "JWT_SECRET=ssm:/text"}, publicJWKS, goodSecret},
	}
	store := vault{"ssm:/text": goodSecret, "ssm:/keys": publicJWKS, "ssm:/base64": encoded}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := mustLoad(t, config.Serve, tt.environ...).Resolve(t.Context(), store)
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.Resolve(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []config.Config{c, again} {
				if c.JWT.Secret != tt.rest || c.Auth.JWT.Secret != tt.auth {
					t.Errorf("REST has %q, Auth %q", string(c.JWT.Secret), string(c.Auth.JWT.Secret))
				}
			}
			if tt.name == "a text where REST expects base64" && c.JWT.Base64 {
				t.Error("REST would decode a text")
			}
		})
	}
}

func TestSharedSecretsDiffer(t *testing.T) {
	store := vault{"ssm:/a": goodSecret, "ssm:/b": otherSecret}
	tests := []struct {
		name    string
		environ []string
		setting string
	}{
		{"two texts", []string{"JWT_SECRET=" + goodSecret, "GOTRUE_JWT_SECRET=" + otherSecret}, "GOTRUE_JWT_SECRET"},
		{"the other two", []string{"PGRST_JWT_SECRET=" + goodSecret, "GOTRUE_JWT_SECRET=" + otherSecret}, "GOTRUE_JWT_SECRET"},
		{"those of REST", []string{"JWT_SECRET=" + goodSecret, "PGRST_JWT_SECRET=" + otherSecret, "GOTRUE_JWT_EXP=60"}, "PGRST_JWT_SECRET"},
		{"behind references", []string{"JWT_SECRET=ssm:/a", "GOTRUE_JWT_SECRET=ssm:/b"}, "GOTRUE_JWT_SECRET"},
		{"behind one", []string{"JWT_SECRET=" + goodSecret, "GOTRUE_JWT_SECRET=ssm:/b"}, "GOTRUE_JWT_SECRET"},
		{"those of REST behind references", []string{"JWT_SECRET=ssm:/a", "PGRST_JWT_SECRET=ssm:/b", "GOTRUE_JWT_EXP=60"}, "GOTRUE_JWT_SECRET"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Load(config.Serve, tt.environ)
			if err == nil {
				_, err = c.Resolve(t.Context(), store)
			}
			if diff := cmp.Diff([]string{tt.setting}, settingsOf(err)); diff != "" {
				t.Errorf("-want +got:\n%s\n%v", diff, err)
			}
		})
	}
}

// A secret that the database keeps cannot part REST from Auth.
func TestOverlayWithAuth(t *testing.T) {
	c := mustLoad(t, config.Serve, "GOTRUE_JWT_SECRET="+goodSecret)
	if _, err := c.Overlay(map[string]string{"pgrst.jwt_secret": otherSecret}); err == nil || settingsOf(err)[0] != "GOTRUE_JWT_SECRET" {
		t.Errorf("got %v, want an error about GOTRUE_JWT_SECRET", err)
	}
	if _, err := c.Overlay(map[string]string{"pgrst.jwt_secret": goodSecret, "pgrst.db_schemas": "api"}); err != nil {
		t.Error(err)
	}
}

func TestSharedDatabase(t *testing.T) {
	tests := []struct {
		name       string
		environ    []string
		rest, auth config.Secret
	}{
		{"one", []string{"DATABASE_URL=postgres://a/d"}, "postgres://a/d", ""},
		{"one for REST alone", []string{"DATABASE_URL=postgres://a/d", "PGRST_DB_URI=postgres://b/d"}, "postgres://b/d", "postgres://a/d"},
		{"one for Auth alone", []string{"DATABASE_URL=postgres://a/d", "GOTRUE_DB_DATABASE_URL=postgres://c/d"}, "postgres://a/d", "postgres://c/d"},
		{"that of REST for both", []string{"PGRST_DB_URI=postgres://b/d"}, "postgres://b/d", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, config.Serve, tt.environ...)
			if c.Database.URL != tt.rest || c.Auth.Database.URL != tt.auth {
				t.Errorf("REST has %q, Auth %q", string(c.Database.URL), string(c.Auth.Database.URL))
			}
		})
	}
}

// Every reference is resolved, and in the copy alone.
func TestResolveAuth(t *testing.T) {
	environ := []string{"GOTRUE_EXTERNAL_OKTA_URL=https://o", "GOTRUE_EXTERNAL_OKTA_SECRET=ssm:x", "PERGOLA_COGNITO_CLIENT_SECRET=ssm:x"}
	for _, name := range []string{
		"GOTRUE_JWT_SECRET", "GOTRUE_JWT_KEYS", "GOTRUE_SMTP_PASS", "GOTRUE_HOOK_SEND_EMAIL_SECRETS", "GOTRUE_EXTERNAL_GOOGLE_SECRET",
	} {
		environ = append(environ, name+"=ssm:x")
	}
	environ = append(environ, "GOTRUE_DB_DATABASE_URL=ssm:db")
	c := mustLoad(t, config.Serve, environ...)
	got, err := c.Resolve(t.Context(), vault{"ssm:x": goodSecret, "ssm:db": "postgres://h/d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range got.Values() {
		if strings.Contains(v.Text, "ssm:") {
			t.Errorf("%s is still %s", v.Name, v.Text)
		}
	}
	if got.Auth.External.Issuers[0].Secret != goodSecret || c.Auth.External.Issuers[0].Secret != "ssm:x" {
		t.Error("the secret of an issuer was not resolved in the copy alone")
	}
}

// Auth stays as it was at the start. What the caller has filled in is no change.
func TestReloadAuth(t *testing.T) {
	before := mustLoad(t, config.Serve, "GOTRUE_JWT_EXP=60", "JWT_SECRET="+goodSecret, "GOTRUE_EXTERNAL_OKTA_URL=https://o")
	before.Auth.ExternalURL = "http://localhost:3000/auth/v1"
	next := mustLoad(t, config.Serve, "GOTRUE_JWT_EXP=90", "JWT_SECRET="+otherSecret, "PGRST_DB_SCHEMAS=v2", "GOTRUE_EXTERNAL_AUTH0_URL=https://a/")
	got, fixed := before.Reload(next)
	want := next
	want.Auth, want.JWT = before.Auth, before.JWT
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOTRUE_EXTERNAL_AUTH0_URL", "GOTRUE_JWT_EXP", "JWT_SECRET"}, fixed); diff != "" {
		t.Errorf("what needs a restart: -want +got:\n%s", diff)
	}
}

func TestValuesOfAuth(t *testing.T) {
	c := mustLoad(t, config.Serve, "GOTRUE_SITE_URL=https://a", "JWT_SECRET="+goodSecret, "GOTRUE_SMTP_PASS=hunter2", "GOTRUE_SMS_TEST_OTP=1:hunter2",
		"GOTRUE_RATE_LIMIT_OTP=3/1m", "GOTRUE_EXTERNAL_OKTA_URL=https://o", "GOTRUE_AUDIT_LOG_DISABLE_POSTGRES=true")
	want := map[string]config.Value{
		"GOTRUE_SITE_URL":                   {Text: "https://a", Origin: "environment"},
		"GOTRUE_JWT_SECRET":                 {Text: "[redacted]", Origin: "JWT_SECRET"},
		"GOTRUE_SMTP_PASS":                  {Text: "[redacted]", Origin: "environment"},
		"GOTRUE_SMS_TEST_OTP":               {Text: "[redacted]", Origin: "environment"},
		"GOTRUE_RATE_LIMIT_OTP":             {Text: "3/1m0s", Origin: "environment"},
		"GOTRUE_EXTERNAL_OKTA_URL":          {Text: "https://o", Origin: "environment"},
		"GOTRUE_EXTERNAL_OKTA_ENABLED":      {Text: "false", Origin: "default"},
		"GOTRUE_AUDIT_LOG_DISABLE_POSTGRES": {Text: "true", Origin: "environment"},
		"GOTRUE_MAILER_OTP_EXP":             {Text: "86400", Origin: "default"},
	}
	got := valuesByName(c)
	for name, w := range want {
		w.Name = name
		if got[name] != w {
			t.Errorf("%s: got %+v, want %+v", name, got[name], w)
		}
	}
	if _, ok := got["GOTRUE_API_PORT"]; ok {
		t.Error("a setting of serve auth is listed")
	}
}

func valuesByName(c config.Config) map[string]config.Value {
	values := map[string]config.Value{}
	for _, v := range c.Values() {
		values[v.Name] = v
	}
	return values
}

// Auth's settings are listed where Auth is served, and nothing else is with serve auth.
func TestWhichValues(t *testing.T) {
	tests := []struct {
		name          string
		config        config.Config
		pgrst, gotrue bool
	}{
		{"serve rest", config.Default(config.PostgREST), true, false},
		{"serve without Auth", config.Default(config.Serve), true, false},
		{"serve with Auth", mustLoad(t, config.Serve, "GOTRUE_JWT_EXP=60"), true, true},
		{"serve auth", config.Default(config.GoTrue), false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := valuesByName(tt.config)
			for name, want := range map[string]bool{"PGRST_DB_POOL": tt.pgrst, "PERGOLA_MAX_BODY": tt.pgrst, "GOTRUE_JWT_EXP": tt.gotrue} {
				if _, ok := got[name]; ok != want {
					t.Errorf("%s is listed: %t", name, ok)
				}
			}
		})
	}
}

// What Values shows is what Load understands: each default, given outright, changes nothing.
func TestValuesOfAuthLoadAgain(t *testing.T) {
	want := mustLoad(t, config.Serve, "GOTRUE_EXTERNAL_OKTA_URL=https://o")
	for _, v := range want.Values() {
		got := mustLoad(t, config.Serve, v.Name+"="+v.Text, "GOTRUE_EXTERNAL_OKTA_URL=https://o")
		got.Origins = want.Origins
		if diff := cmp.Diff(want, got, sameConfig); diff != "" {
			t.Errorf("%s=%s: -want +got:\n%s", v.Name, v.Text, diff)
		}
	}
}
