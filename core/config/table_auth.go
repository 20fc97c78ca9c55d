package config

import (
	"strings"
	"time"
)

// authTables are the settings of the Auth service, in the order of their documentation.
func authTables() []setting {
	var all []setting
	for _, part := range [][]setting{
		siteTable(), authJWTTable(), authServerTable(), authDatabaseTable(), authProviderTable(), signUpTable(), mailerTable(), mailTextTable(), smtpTable(),
		smsTable(), passwordTable(), sessionTable(), rateTable(), factorTable(), hookTable(), externalTable(),
	} {
		all = append(all, part...)
	}
	for i := range all {
		all[i].fixed = true
		all[i].auth = true
	}
	return all
}

func siteTable() []setting {
	return []setting{
		{
			name: "GOTRUE_SITE_URL", value: address(func(c *Config) *string { return &c.Auth.SiteURL }),
			doc: "The address of the application, where people end up by default. Needed; `pergola dev` takes `http://localhost:3000`.",
		},
		{
			name: "GOTRUE_URI_ALLOW_LIST", value: words(func(c *Config) *[]string { return &c.Auth.AllowList }),
			doc: "Where they may end up besides: patterns of addresses, separated by commas. `*` stays between two of `.` and `/`, `**` does not.",
		},
		{
			name: "API_EXTERNAL_URL", aliases: []string{"GOTRUE_API_EXTERNAL_URL", "GOTRUE_API_API_EXTERNAL_URL"},
			value: externalURL(),
			doc: "The address of the Auth service as browsers see it; links in mails and providers lead there. Unset: the address that " +
				"Pergola listens on, with `/auth/v1`. `serve auth` needs it.",
		},
		{
			name: "GOTRUE_DISABLE_SIGNUP", defaults: same("false"), value: flag(func(c *Config) *bool { return &c.Auth.SignUp.Disabled }),
			doc: "Nobody makes an account by themselves.",
		},
		{
			name: "GOTRUE_CORS_ALLOWED_HEADERS", value: words(func(c *Config) *[]string { return &c.Auth.CORSHeaders }),
			doc: "Request headers that browsers may send beside the usual ones.",
		},
		{
			name: "GOTRUE_AUDIT_LOG_DISABLE_POSTGRES", defaults: same("false"), value: inverse(func(c *Config) *bool { return &c.Auth.AuditLog }),
			doc: "What happens is not written to `auth.audit_log_entries`.",
		},
	}
}

// externalURL is an address that paths are put behind, so that no slash stands at its end.
func externalURL() value {
	v := webAddress(func(c *Config) *string { return &c.Auth.ExternalURL })
	set := v.set
	v.set = func(c *Config, s string) error { return set(c, strings.TrimRight(s, "/")) }
	return v
}

func authJWTTable() []setting {
	return []setting{
		{
			name: "GOTRUE_JWT_SECRET", value: secret(func(c *Config) *Secret { return &c.Auth.JWT.Secret }),
			doc: "The secret (32 bytes at least) that tokens are signed with (HS256) where there are no `GOTRUE_JWT_KEYS`; beside them, older tokens " +
				"are verified with it. Unset: `JWT_SECRET` or `PGRST_JWT_SECRET`.",
		},
		{
			name: "GOTRUE_JWT_KEYS", value: secret(func(c *Config) *Secret { return &c.Auth.JWT.Keys }),
			doc: "Private keys as a JSON array of JWKs. The one with `sign` in its `key_ops` signs; the others only verify. " +
				"`pergola key generate` makes one.",
		},
		{
			name: "GOTRUE_JWT_KEY_ID", value: text(func(c *Config) *string { return &c.Auth.JWT.KeyID }),
			doc: "The key id (`kid`) of `GOTRUE_JWT_SECRET`.",
		},
		{
			name: "GOTRUE_JWT_EXP", defaults: same("3600"),
			value: countedSeconds(func(c *Config) *time.Duration { return &c.Auth.JWT.Lifetime }, time.Second, time.Hour),
			doc:   "Seconds that an access token is valid.",
		},
		{
			name: "GOTRUE_JWT_AUD", defaults: same("authenticated"), value: text(func(c *Config) *string { return &c.Auth.JWT.Audience }),
			doc: "The audience of users and their tokens.",
		},
		{
			name: "GOTRUE_JWT_DEFAULT_GROUP_NAME", defaults: same("authenticated"), value: text(func(c *Config) *string { return &c.Auth.JWT.Role }),
			doc: "The role of new users.",
		},
		{
			name: "GOTRUE_JWT_ISSUER", value: text(func(c *Config) *string { return &c.Auth.JWT.Issuer }),
			doc: "The issuer that tokens name.",
		},
		{
			name: "GOTRUE_JWT_ADMIN_ROLES", defaults: same("service_role, supabase_admin"),
			value: words(func(c *Config) *[]string { return &c.Auth.JWT.AdminRoles }),
			doc:   "The roles whose tokens may administrate users.",
		},
	}
}

// authServerTable holds what serve auth is told in GoTrue's way; serve is told otherwise.
func authServerTable() []setting {
	return []setting{
		{
			name: "GOTRUE_API_HOST", alone: true, defaults: same("*"), value: text(func(c *Config) *string { return &c.Server.Host }),
			doc: "Where `serve auth` listens: a host or address. `serve` is told by `PGRST_SERVER_HOST`.",
		},
		{
			name: "GOTRUE_API_PORT", bare: "PORT", alone: true, defaults: same("8081"),
			value: integer(func(c *Config) *int { return &c.Server.Port }, 0, 65535),
			doc:   "The port of `serve auth`; 0 picks a free one.",
		},
		{
			name: "GOTRUE_API_REQUEST_ID_HEADER", bare: "REQUEST_ID_HEADER", alone: true,
			value: text(func(c *Config) *string { return &c.Server.TraceHeader }),
			doc:   "A request header that names the request in the log and is sent back, with `serve auth`.",
		},
		{
			name: "GOTRUE_LOG_LEVEL", alone: true, defaults: same("info"), value: logLevel(func(c *Config) *string { return &c.Log.Level }),
			doc: "`panic`, `fatal`, `error`, `warn`, `info`, `debug` or `trace`, with `serve auth`.",
		},
		{
			name: "GOTRUE_API_MAX_REQUEST_DURATION", defaults: same("10s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.MaxRequest }, 0, 10*time.Second),
			doc:   "The time that a request has.",
		},
	}
}

func authDatabaseTable() []setting {
	return []setting{
		{
			name: "GOTRUE_DB_DATABASE_URL", bare: "DATABASE_URL", value: secret(func(c *Config) *Secret { return &c.Auth.Database.URL }),
			doc: "The database of the Auth service, or a reference to it. Unset: `DATABASE_URL`, or else `PGRST_DB_URI`.",
		},
		{
			name: "GOTRUE_DB_DRIVER", defaults: same("postgres"), value: only("postgres"),
			doc: "The kind of database: no other is supported.",
		},
		{
			name: "GOTRUE_DB_DB_NAMESPACE", bare: "DB_NAMESPACE", aliases: []string{"GOTRUE_DB_NAMESPACE"}, defaults: same("auth"), value: only("auth"),
			doc: "The schema of Auth's tables: no other is supported.",
		},
		{
			name: "GOTRUE_DB_MAX_POOL_SIZE", value: optional(integer(func(c *Config) *int { return &c.Auth.Database.PoolSize }, 0, 10000)),
			doc: "Its connections at most, where Auth has a database of its own. Unset or 0: as `PGRST_DB_POOL`.",
		},
		{
			name: "GOTRUE_DB_CONN_MAX_LIFETIME", value: span(func(c *Config) *time.Duration { return &c.Auth.Database.MaxLifetime }, time.Second, 0),
			doc: "The time after which such a connection is replaced. Unset: as `PGRST_DB_POOL_MAX_LIFETIME`.",
		},
		{
			name: "GOTRUE_DB_CONN_MAX_IDLE_TIME", value: span(func(c *Config) *time.Duration { return &c.Auth.Database.MaxIdleTime }, time.Second, 0),
			doc: "The time after which an unused one is closed. Unset: as `PGRST_DB_POOL_MAX_IDLETIME`.",
		},
	}
}

// optional is a number that is not shown while it is 0, which means that there is none.
func optional(v value) value {
	show := v.show
	v.show = func(c *Config) string {
		if s := show(c); s != "0" {
			return s
		}
		return ""
	}
	return v
}

func authProviderTable() []setting {
	return []setting{
		{
			name: "PERGOLA_AUTH_PROVIDER", ours: true, defaults: same(string(AuthDatabaseProvider)),
			value: oneOf(func(c *Config) *AuthProvider { return &c.Auth.Provider }, AuthDatabaseProvider, AuthCognitoProvider),
			doc:   "Who keeps passwords: `database`, or `cognito`, a user pool of Amazon Cognito.",
		},
		{
			name: "PERGOLA_COGNITO_USER_POOL_ID", ours: true, value: text(func(c *Config) *string { return &c.Auth.Cognito.UserPoolID }),
			doc: "The user pool, such as `eu-central-1_AbCdEfGhI`.",
		},
		{
			name: "PERGOLA_COGNITO_CLIENT_ID", ours: true, value: text(func(c *Config) *string { return &c.Auth.Cognito.ClientID }),
			doc: "The pool's app client.",
		},
		{
			name: "PERGOLA_COGNITO_CLIENT_SECRET", ours: true, value: secret(func(c *Config) *Secret { return &c.Auth.Cognito.ClientSecret }),
			doc: "The client's secret, if it has one.",
		},
		{
			name: "PERGOLA_COGNITO_REGION", ours: true, value: text(func(c *Config) *string { return &c.Auth.Cognito.Region }),
			doc: "The pool's region. Unset: the one that its id begins with.",
		},
		{
			name: "PERGOLA_COGNITO_ENDPOINT", ours: true, value: webAddress(func(c *Config) *string { return &c.Auth.Cognito.Endpoint }),
			doc: "The address of an emulator.",
		},
	}
}
