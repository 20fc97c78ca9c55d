package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func jwtTable() []setting {
	key := secret(func(c *Config) *Secret { return &c.JWT.Secret })
	return []setting{
		{
			name: "JWT_SECRET", ours: true, value: key,
			doc: "The secret (32 bytes at least), JWK or JWKS that tokens are verified with, or a reference to one.",
		},
		{
			name: "PGRST_JWT_SECRET", stored: true, file: true, overrules: "JWT_SECRET", value: key,
			doc: "As `JWT_SECRET`, over which it wins. `@PATH` reads it from a file.",
		},
		{
			name: "PGRST_JWT_SECRET_IS_BASE64", stored: true, aliases: []string{"PGRST_SECRET_IS_BASE64"}, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.JWT.Base64 }),
			doc:   "The secret is base64 of the real one.",
		},
		{
			name: "PGRST_JWT_AUD", stored: true, value: audience(),
			doc: "The audience that tokens must be made for. Unset: any.",
		},
		{
			name: "PGRST_JWT_ROLE_CLAIM_KEY", stored: true, aliases: []string{"PGRST_ROLE_CLAIM_KEY"}, defaults: same(".role"),
			value: claimPath(),
			doc:   "The JSON path of the claim that names the role.",
		},
		{
			name: "PGRST_JWT_CACHE_MAX_ENTRIES", stored: true, defaults: same("1000"),
			value: integer(func(c *Config) *int { return &c.JWT.CacheEntries }, 0, 10_000_000),
			doc:   "Verified tokens that are remembered; 0 for none.",
		},
	}
}

func serverTable() []setting {
	return []setting{
		{
			name: "PGRST_SERVER_HOST", fixed: true, defaults: same("!4"), value: text(func(c *Config) *string { return &c.Server.Host }),
			doc: "Where to listen: a host or address; `*` any, `*4` and `*6` any with IPv4 or IPv6 preferred, `!4` and `!6` IPv4 or IPv6 alone.",
		},
		{
			name: "PGRST_SERVER_PORT", fixed: true, defaults: same("3000"),
			value: integer(func(c *Config) *int { return &c.Server.Port }, 0, 65535),
			doc:   "The port; 0 picks a free one.",
		},
		{
			name: "PGRST_SERVER_UNIX_SOCKET", fixed: true, value: text(func(c *Config) *string { return &c.Server.UnixSocket }),
			doc: "A Unix socket to listen on in place of the port.",
		},
		{
			name: "PGRST_SERVER_UNIX_SOCKET_MODE", fixed: true, defaults: same("660"),
			value: socketMode(func(c *Config) *uint32 { return &c.Server.UnixSocketMode }),
			doc:   "The socket's file mode, octal, from 600 to 777.",
		},
		{
			name: "PGRST_SERVER_REUSEPORT", fixed: true, defaults: same("false"), value: only("false"),
			doc: "Sharing the port between processes is not supported: `true` is refused.",
		},
		{
			name: "PGRST_SERVER_OTEL_ENABLED", fixed: true, defaults: same("false"), value: only("false"),
			doc: "OpenTelemetry is not supported: `true` is refused.",
		},
		{
			name: "PGRST_SERVER_CORS_ALLOWED_ORIGINS", stored: true, value: origins(),
			doc: "The origins that browsers may call from, separated by commas. Unset or `*`: any.",
		},
		{
			name: "PERGOLA_SHUTDOWN_TIMEOUT", fixed: true, ours: true, defaults: same("10"),
			value: seconds(func(c *Config) *time.Duration { return &c.Server.ShutdownTimeout }),
			doc:   "Seconds that open requests have to finish after SIGTERM.",
		},
	}
}

// adminTable is the second server, for probes and those who operate the first.
func adminTable() []setting {
	return []setting{
		{
			name: "PGRST_ADMIN_SERVER_HOST", fixed: true, value: text(func(c *Config) *string { return &c.Server.AdminHost }),
			doc: "Where the admin server listens, as `PGRST_SERVER_HOST`. Unset: there too.",
		},
		{
			name: "PGRST_ADMIN_SERVER_PORT", fixed: true, value: adminPort(),
			doc: "The port of the [admin server](operations.md#the-admin-server). Unset: there is none.",
		},
		{
			name: "PGRST_ADMIN_SERVER_UNIX_SOCKET", fixed: true, value: text(func(c *Config) *string { return &c.Server.AdminUnixSocket }),
			doc: "A Unix socket for the admin server in place of a port.",
		},
		{
			name: "PGRST_ADMIN_SERVER_UNIX_SOCKET_MODE", fixed: true, defaults: same("660"),
			value: socketMode(func(c *Config) *uint32 { return &c.Server.AdminUnixSocketMode }),
			doc:   "That socket's file mode, octal, from 600 to 777.",
		},
	}
}

func outputTable() []setting {
	return []setting{
		{
			name: "PGRST_SERVER_TRACE_HEADER", stored: true, value: text(func(c *Config) *string { return &c.Server.TraceHeader }),
			doc: "A request header that is sent back with the answer.",
		},
		{
			name: "PGRST_SERVER_TIMING_ENABLED", stored: true, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.Server.Timing }),
			doc:   "The `Server-Timing` response header.",
		},
		{
			name: "PGRST_CLIENT_ERROR_VERBOSITY", stored: true, defaults: same("verbose"), value: verbosity(),
			doc: "`verbose`, or `minimal`: errors without details and hint.",
		},
		{
			name: "PGRST_LOG_LEVEL", defaults: defaults{"error", "info", "info"},
			value: oneOf(func(c *Config) *string { return &c.Log.Level }, "crit", "error", "warn", "info", "debug"),
			doc:   "`crit`, `error`, `warn`, `info` or `debug`.",
		},
		{
			name: "PGRST_LOG_QUERY", defaults: same("false"), value: only("false"),
			doc: "Logging the SQL of every request is not supported: `true` is refused.",
		},
	}
}

func openAPITable() []setting {
	return []setting{
		{
			name: "PGRST_OPENAPI_MODE", stored: true, defaults: same(string(OpenAPIFollowPrivileges)),
			value: oneOf(func(c *Config) *OpenAPIMode { return &c.OpenAPI.Mode },
				OpenAPIFollowPrivileges, OpenAPIIgnorePrivileges, OpenAPIDisabled),
			doc: "Whose rights the description shows: `follow-privileges`, `ignore-privileges` or `disabled`.",
		},
		{
			name: "PGRST_OPENAPI_SECURITY_ACTIVE", stored: true, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.OpenAPI.Security }),
			doc:   "The description asks for a token.",
		},
		{
			name: "PGRST_OPENAPI_SERVER_PROXY_URI", stored: true, value: proxyURI(),
			doc: "The address that the description gives for the server.",
		},
	}
}

func limitTable() []setting {
	return []setting{
		{
			name: "PERGOLA_MAX_BODY", ours: true,
			// PostgREST has no limit; PostgreSQL takes no value of 1 GiB or more.
			defaults: defaults{"1GiB", "10MiB", "10MiB"},
			value:    bytes(func(c *Config) *int64 { return &c.Limits.MaxBody }),
			doc:      "The largest request body: bytes, or with the unit KiB, MiB or GiB.",
		},
		{
			name: "PERGOLA_MAX_EMBED_DEPTH", ours: true,
			// PostgREST has no limit; 32 levels are beyond any query that PostgreSQL would plan in reasonable time.
			defaults: defaults{"32", "10", "10"},
			value:    integer(func(c *Config) *int { return &c.Limits.MaxEmbedDepth }, 1, 100),
			doc:      "Levels of embedding below the root.",
		},
		{
			name: "PERGOLA_MAX_FILTERS", ours: true,
			// PostgREST has no limit of its own, but takes no address long enough for more.
			defaults: defaults{"10000", "1000", "1000"},
			value:    integer(func(c *Config) *int { return &c.Limits.MaxFilters }, 0, 1_000_000),
			doc:      "Selected values, embeds, conditions and order terms of one request together; 0 for no limit.",
		},
	}
}

// placeTable holds what matters in one place only: on a developer's machine, or at the gateway.
func placeTable() []setting {
	return []setting{{
		name: "PERGOLA_POSTGRES_MIRROR", fixed: true, ours: true, value: text(func(c *Config) *string { return &c.Dev.Mirror }),
		doc: "The Maven repository from which `pergola dev` downloads PostgreSQL where none is installed.",
	}, {
		name: "PERGOLA_AUTHORIZER_MODE", fixed: true, ours: true, defaults: same(string(AuthorizerPermissive)),
		value: oneOf(func(c *Config) *AuthorizerMode { return &c.Authorizer }, AuthorizerPermissive, AuthorizerStrict),
		doc:   "The Lambda authorizer: `permissive` lets the API answer bad tokens, `strict` lets the gateway refuse them.",
	}}
}

// audience follows PostgREST: a text with a colon must be a URI (RFC 7519, StringOrURI).
func audience() value {
	v := text(func(c *Config) *string { return &c.JWT.Audience })
	v.set = func(c *Config, s string) error {
		if strings.Contains(s, ":") {
			if u, err := url.Parse(s); err != nil || u.Scheme == "" {
				return fmt.Errorf("%q has a colon and is no URI", s)
			}
		}
		c.JWT.Audience = s
		return nil
	}
	return v
}

// claimPath checks the start of a path only; token parses it when the keys are loaded.
func claimPath() value {
	v := text(func(c *Config) *string { return &c.JWT.RoleClaim })
	v.set = func(c *Config, s string) error {
		if !strings.HasPrefix(s, ".") && !strings.HasPrefix(s, "$") {
			return fmt.Errorf("%q is no JSON path: it starts with a dot, as in .role or .realm.roles[0]", s)
		}
		c.JWT.RoleClaim = s
		return nil
	}
	return v
}

func adminPort() value {
	v := integer(func(c *Config) *int { return &c.Server.AdminPort }, 1, 65535)
	show := v.show
	v.show = func(c *Config) string {
		if c.Server.AdminPort == 0 {
			return ""
		}
		return show(c)
	}
	return v
}

func socketMode(field func(*Config) *uint32) value {
	return value{
		set: func(c *Config, s string) error {
			mode, err := strconv.ParseUint(s, 8, 32)
			if err != nil || mode < 0o600 || mode > 0o777 {
				return fmt.Errorf("%q is not an octal file mode from 600 to 777", s)
			}
			*field(c) = uint32(mode)
			return nil
		},
		show: func(c *Config) string { return strconv.FormatUint(uint64(*field(c)), 8) },
	}
}

// origins takes "*" for any, which is what people mean by it; to PostgREST it would be an origin of that name.
func origins() value {
	v := list(func(c *Config) *[]string { return &c.Server.AllowedOrigins })
	set := v.set
	v.set = func(c *Config, s string) error {
		if strings.TrimSpace(s) == "*" {
			s = ""
		}
		return set(c, s)
	}
	return v
}

func verbosity() value {
	return value{
		set: func(c *Config, s string) error {
			if s != "verbose" && s != "minimal" {
				return notOneOf(s, []string{"verbose", "minimal"})
			}
			c.Server.TerseErrors = s == "minimal"
			return nil
		},
		show: func(c *Config) string {
			if c.Server.TerseErrors {
				return "minimal"
			}
			return "verbose"
		},
	}
}

var errProxyURI = errors.New("it must be an http or https address without user and query, such as https://example.com:8443/base")

// proxyURI follows PostgREST: absolute, http or https, a host, no user information, no query.
func proxyURI() value {
	v := text(func(c *Config) *string { return &c.OpenAPI.ProxyURI })
	v.set = func(c *Config, s string) error {
		u, err := url.Parse(s)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
			return errProxyURI
		}
		c.OpenAPI.ProxyURI = s
		return nil
	}
	return v
}
