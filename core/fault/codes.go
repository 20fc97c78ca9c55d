package fault

// The codes that are not made by a constructor of their own family below. PostgREST's are documented in its errors.rst;
// they keep their meaning there, and a retired one is never given another.
const (
	CodeInternal     = "PERGOLA_INTERNAL"       // 500: the text stays in the log
	CodeTooLarge     = "PERGOLA_TOO_LARGE"      // 413: body over PERGOLA_MAX_BODY
	CodeAnswerTooBig = "PERGOLA_ANSWER_TOO_BIG" // 413: answer over what the gateway in front can carry
	CodeTooDeep      = "PERGOLA_TOO_DEEP"       // 400: embeds nested deeper than PERGOLA_MAX_EMBED_DEPTH
	CodeTooMany      = "PERGOLA_TOO_MANY_PARTS" // 400: more values, embeds, conditions and order terms than PERGOLA_MAX_FILTERS
	CodeKeyRequired  = "PERGOLA_KEY_REQUIRED"   // 401: no API key, and PERGOLA_REQUIRE_APIKEY is true
	CodeUnknownKey   = "PERGOLA_UNKNOWN_KEY"    // 401: an opaque API key that is none of the configured ones
	CodeKeyInBrowser = "PERGOLA_KEY_IN_BROWSER" // 401: a secret API key that a browser has sent
	CodeUnsupported  = "PERGOLA_UNSUPPORTED"    // 501: this database cannot do that
	CodeNotConnected = "PGRST001"               // 503: the database cannot be reached
	CodeNoCatalog    = "PGRST002"               // 503: the schema cannot be read yet
	CodePoolTimeout  = "PGRST003"               // 504: no connection became free in time
)

// NotConnected is the fault of a database that cannot be reached.
func NotConnected(cause error) *Error {
	return New(Unavailable, CodeNotConnected, "Database connection error. Retrying the connection.").
		WithHeader("Retry-After", "1").WithCause(cause)
}

// NoCatalog says that the schema has not been read yet.
func NoCatalog(cause error) *Error {
	return New(Unavailable, CodeNoCatalog, "Could not query the database for the schema cache. Retrying.").
		WithHeader("Retry-After", "1").WithCause(cause)
}

// PoolTimeout says that no connection became free within db-pool-acquisition-timeout.
func PoolTimeout() *Error {
	return New(Timeout, CodePoolTimeout, "Timed out acquiring connection from connection pool.")
}

// Lacks says that the database cannot do what was asked. feature is a noun phrase.
func Lacks(feature string) *Error {
	return New(Unsupported, CodeUnsupported, "This database does not support "+feature)
}
