package config

import "time"

// Config is everything that decides how Pergola behaves. It is a value: copy it, change it, pass it to app.New.
type Config struct {
	Database Database
	REST     REST
	JWT      JWT
	APIKeys  APIKeys
	Auth     Auth
	Server   Server
	OpenAPI  OpenAPI
	Limits   Limits
	Log      Log
	Dev      Dev
	// Authorizer is how the Lambda authorizer treats a bad credential.
	Authorizer AuthorizerMode
	// Origins says for each setting that was given where it came from: "environment", "file", "database", or the name of the
	// setting that stands for it. doctor prints it.
	Origins map[string]string

	profile Profile // decides what Values lists
}

// Database is how to reach the database.
type Database struct {
	URL         Secret        // DATABASE_URL, PGRST_DB_URI: a connection URI or a libpq keyword string
	PoolSize    int           // PGRST_DB_POOL: connections at most
	PoolWait    time.Duration // PGRST_DB_POOL_ACQUISITION_TIMEOUT (s): waiting for a free connection, then 504
	MaxLifetime time.Duration // PGRST_DB_POOL_MAX_LIFETIME (s)
	MaxIdleTime time.Duration // PGRST_DB_POOL_MAX_IDLETIME (s)
	Prepared    bool          // PGRST_DB_PREPARED_STATEMENTS: false behind a pooler in transaction mode
	// ReloadChannel is the channel whose notifications reload the schema: PGRST_DB_CHANNEL; "" where
	// PGRST_DB_CHANNEL_ENABLED is false.
	ReloadChannel string
	Stored        bool   // PGRST_DB_CONFIG: settings are kept in the database too, and win (see Config.Overlay)
	PreConfig     string // PGRST_DB_PRE_CONFIG: a function that makes such settings, schema-qualified or not; "" for none
}

// REST is what the REST surface exposes and how.
type REST struct {
	Schemas         []string // PGRST_DB_SCHEMAS, the first is the default one
	ExtraSearchPath []string // PGRST_DB_EXTRA_SEARCH_PATH
	AnonRole        string   // PGRST_DB_ANON_ROLE; "" refuses anonymous callers
	PreRequest      string   // PGRST_DB_PRE_REQUEST: a function, schema-qualified or not
	RootSpec        string   // PGRST_DB_ROOT_SPEC: a function that answers the root path
	MaxRows         int64    // PGRST_DB_MAX_ROWS; 0 for no limit
	Aggregates      bool     // PGRST_DB_AGGREGATES_ENABLED
	Plan            bool     // PGRST_DB_PLAN_ENABLED
	TxEnd           TxEnd    // PGRST_DB_TX_END
	HoistedSettings []string // PGRST_DB_HOISTED_TX_SETTINGS
	LegacyTargets   bool     // PGRST_URL_USE_LEGACY_TARGET_NAMES
	AppSettings     []Setting
	Authz           Authz // PERGOLA_AUTHZ
	RequireKey      bool  // PERGOLA_REQUIRE_APIKEY
}

// Setting is one PGRST_APP_SETTINGS_* value, sent to the database as app.settings.NAME.
type Setting struct{ Name, Value string }

// TxEnd is how transactions end, and whether a request may ask for the other way.
type TxEnd struct{ Rollback, AllowOverride bool }

// Authz is what decides who may do what.
type Authz string

// The modes of authorisation. The two Cedar modes need the policy compiler and stop the start until it is there.
const (
	AuthzRLS      Authz = "rls"
	AuthzCedar    Authz = "cedar"
	AuthzCedarRLS Authz = "cedar+rls"
)

// JWT is how tokens are verified.
type JWT struct {
	Secret       Secret // PGRST_JWT_SECRET, JWT_SECRET: a text secret, a JWK or a JWKS; empty when there is none
	Base64       bool   // PGRST_JWT_SECRET_IS_BASE64
	Audience     string // PGRST_JWT_AUD; "" accepts any
	RoleClaim    string // PGRST_JWT_ROLE_CLAIM_KEY: a JSON path such as .role or .realm.roles[0]
	CacheEntries int    // PGRST_JWT_CACHE_MAX_ENTRIES; 0 for no cache
}

// Server is the HTTP side.
type Server struct {
	Host                string        // PGRST_SERVER_HOST
	Port                int           // PGRST_SERVER_PORT
	UnixSocket          string        // PGRST_SERVER_UNIX_SOCKET
	UnixSocketMode      uint32        // PGRST_SERVER_UNIX_SOCKET_MODE
	AdminHost           string        // PGRST_ADMIN_SERVER_HOST; "" for Host
	AdminPort           int           // PGRST_ADMIN_SERVER_PORT; 0 for none
	AdminUnixSocket     string        // PGRST_ADMIN_SERVER_UNIX_SOCKET
	AdminUnixSocketMode uint32        // PGRST_ADMIN_SERVER_UNIX_SOCKET_MODE
	AllowedOrigins      []string      // PGRST_SERVER_CORS_ALLOWED_ORIGINS; empty for any
	TraceHeader         string        // PGRST_SERVER_TRACE_HEADER: echoed from the request
	Timing              bool          // PGRST_SERVER_TIMING_ENABLED: Server-Timing header
	TerseErrors         bool          // PGRST_CLIENT_ERROR_VERBOSITY=minimal: details and hint are left out
	ShutdownTimeout     time.Duration // how long a drain on SIGTERM may take
}

// OpenAPI is the description at the root path.
type OpenAPI struct {
	Mode     OpenAPIMode // PGRST_OPENAPI_MODE
	Security bool        // PGRST_OPENAPI_SECURITY_ACTIVE
	ProxyURI string      // PGRST_OPENAPI_SERVER_PROXY_URI
}

// OpenAPIMode is whose rights the description shows.
type OpenAPIMode string

// The modes of PGRST_OPENAPI_MODE.
const (
	OpenAPIFollowPrivileges OpenAPIMode = "follow-privileges"
	OpenAPIIgnorePrivileges OpenAPIMode = "ignore-privileges"
	OpenAPIDisabled         OpenAPIMode = "disabled"
)

// Limits bound what one request may ask for.
type Limits struct {
	MaxBody       int64 // PERGOLA_MAX_BODY, bytes
	MaxEmbedDepth int   // PERGOLA_MAX_EMBED_DEPTH, levels below the root
	MaxFilters    int   // PERGOLA_MAX_FILTERS: values, embeds, conditions and order terms of one request; 0 for no limit
}

// Log is how and how much is logged.
type Log struct {
	Level string // PGRST_LOG_LEVEL: crit, error, warn, info, debug
}

// Dev is what pergola dev needs beside the rest.
type Dev struct {
	// Mirror is the Maven repository that PostgreSQL is downloaded from where none is installed:
	// PERGOLA_POSTGRES_MIRROR; "" for the usual one.
	Mirror string
}

// AuthorizerMode is how API Gateway's Lambda authorizer treats a bad credential: PERGOLA_AUTHORIZER_MODE.
type AuthorizerMode string

// The modes of the authorizer. A missing credential is no bad one: the API decides about anonymous callers.
const (
	AuthorizerPermissive AuthorizerMode = "permissive" // the request goes on, and the API answers it with PostgREST's error
	AuthorizerStrict     AuthorizerMode = "strict"     // the gateway answers it
)
