package fault

import (
	"fmt"
	"strings"
)

// BadQuery is a query parameter that does not follow the grammar. message names the parameter and the position, details
// what was expected there.
func BadQuery(message, details string) *Error {
	return New(Invalid, "PGRST100", message).WithDetails(details)
}

// BadRPCMethod is a method that functions do not have.
func BadRPCMethod(method string) *Error {
	return New(MethodNotAllowed, "PGRST101", "Cannot use the "+method+" method on RPC")
}

// BadBody is a body that cannot be read as its media type says.
func BadBody(message string) *Error { return New(Invalid, "PGRST102", message) }

// BadRange is a range that no answer can have.
func BadRange(details string) *Error {
	return New(Range, "PGRST103", "Requested range not satisfiable").WithDetails(details)
}

// OffsetBeyond is an offset past the last of total rows.
func OffsetBeyond(offset, total int64) *Error {
	return BadRange(fmt.Sprintf("An offset of %d was requested, but there are only %d rows.", offset, total))
}

// BadPut is a PUT whose filters do not name exactly one key.
func BadPut() *Error {
	return New(MethodNotAllowed, "PGRST105", "Filters must include all and only primary key columns with 'eq' operators")
}

// SchemaNotExposed is a profile header that names a schema which is not served.
func SchemaNotExposed(schema string, exposed []string) *Error {
	return New(NotAcceptable, "PGRST106", "Invalid schema: "+schema).
		WithHint("Only the following schemas are exposed: " + strings.Join(exposed, ", "))
}

// NoMediaType says that none of the acceptable media types can be made.
func NoMediaType(accepted []string) *Error {
	return New(NotAcceptable, "PGRST107", "None of these media types are available: "+strings.Join(accepted, ", "))
}

// BadContentType is a body of a media type that is not understood.
func BadContentType(mediaType string) *Error {
	return New(UnsupportedMedia, "PGRST102", "Content-Type not acceptable: "+mediaType)
}

// NotEmbedded is a filter, an order or a limit on something that "select" does not embed.
func NotEmbedded(name string) *Error {
	return New(Invalid, "PGRST108", "'"+name+"' is not an embedded resource in this request").
		WithHint("Verify that '" + name + "' is included in the 'select' query parameter.")
}

// EmbedRenamed is a filter that names the target of an embed which has an alias.
func EmbedRenamed(name, alias string) *Error {
	return New(Invalid, "PGRST108", "'"+name+"' is not an embedded resource in this request").
		WithDetails("Target names are not allowed in filters if they have an alias").
		WithHint("Change '" + name + "' to '" + alias + "' in filters, orders or limits.")
}

// BadResponseHeaders says that the database set response.headers to something else than headers.
func BadResponseHeaders() *Error {
	return New(Internal, "PGRST111",
		"response.headers guc must be a JSON array composed of objects with a single key and a string value")
}

// BadResponseStatus says that the database set response.status to something else than a status code.
func BadResponseStatus() *Error {
	return New(Internal, "PGRST112", "response.status guc must be a valid status code")
}

// NotSingular says that an answer which must be one object has another number of rows.
func NotSingular(rows int64) *Error {
	return New(NotAcceptable, "PGRST116", "Cannot coerce the result to a single JSON object").
		WithDetails(fmt.Sprintf("The result contains %d rows", rows))
}

// BadMethod is a method that no resource has.
func BadMethod(method string) *Error {
	return New(MethodNotAllowed, "PGRST117", "Unsupported HTTP method: "+method)
}

// OrderByToMany is an order by an embed that has several rows for one.
func OrderByToMany(origin, target string) *Error {
	return New(Invalid, "PGRST118", "A related order on '"+target+"' is not possible").
		WithDetails("'" + origin + "' and '" + target + "' do not form a many-to-one or one-to-one relationship")
}

// PutKeyMismatch is a PUT whose body names another key than its address.
func PutKeyMismatch() *Error {
	return New(Invalid, "PGRST115", "Payload values do not match URL in primary key column(s)")
}

// PutWithRange is a PUT with limit or offset.
func PutWithRange() *Error {
	return New(Invalid, "PGRST114", "limit/offset querystring parameters are not allowed for PUT")
}

// EmbedFilterNotNull is a filter on an embed as a whole that is not a null test.
func EmbedFilterNotNull(embed string) *Error {
	return New(Invalid, "PGRST120", "Bad operator on the '"+embed+"' embedded resource").
		WithDetails("Only is null or not is null filters are allowed on embedded resources")
}

// BadRaise is a RAISE SQLSTATE 'PGRST' whose message or detail cannot be read.
func BadRaise(details, hint string) *Error {
	return New(Internal, "PGRST121", `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`).
		WithDetails(details).WithHint(hint)
}

// BadPreferences are preferences that are not known, with handling=strict.
func BadPreferences(preferences []string) *Error {
	return New(Invalid, "PGRST122", "Invalid preferences given with handling=strict").
		WithDetails("Invalid preferences: " + strings.Join(preferences, ", "))
}

// AggregatesDisabled says that db-aggregates-enabled is false.
func AggregatesDisabled() *Error {
	return New(Invalid, "PGRST123", "Use of aggregate functions is not allowed")
}

// TooManyAffected is a write of more rows than the preference max-affected allows.
func TooManyAffected(rows int64) *Error {
	return New(Invalid, "PGRST124", "Query result exceeds max-affected preference constraint").
		WithDetails(fmt.Sprintf("The query affects %d rows", rows))
}

// BadPath is an address below which nothing is served.
func BadPath() *Error { return New(NotFound, "PGRST125", "Invalid path specified in request URL") }

// RootDisabled says that openapi-mode is disabled.
func RootDisabled() *Error { return New(NotFound, "PGRST126", "Root endpoint metadata is disabled") }

// NotImplemented is something that the grammar allows and that has no meaning here.
func NotImplemented(details string) *Error {
	return New(Invalid, "PGRST127", "Feature not implemented").WithDetails(details)
}

// MaxAffectedOnScalar is the preference max-affected on a function that does not return rows.
func MaxAffectedOnScalar() *Error {
	return New(Invalid, "PGRST128", "Function must return SETOF or TABLE when max-affected preference is used with handling=strict")
}

// TooLargeBody is a body over the limit, in bytes.
func TooLargeBody(limit int64) *Error {
	return New(TooLarge, CodeTooLarge, fmt.Sprintf("The request body is larger than %d bytes", limit)).
		WithHint("Send fewer rows at once, or raise PERGOLA_MAX_BODY.")
}

// TooLargeAnswer is an answer over what the gateway in front of the server can carry, limit in bytes. done says that the
// request had an effect, which stands.
func TooLargeAnswer(limit int, done bool) *Error {
	e := New(TooLarge, CodeAnswerTooBig, fmt.Sprintf("The answer is larger than the %d bytes that the gateway can carry", limit)).
		WithHint("Ask for fewer rows with limit or the Range header, or for fewer columns with select.")
	if done {
		return e.WithDetails("The request was carried out; only its answer could not be sent.").
			WithHint("Write fewer rows at once, or leave the rows out of the answer with Prefer: return=minimal.")
	}
	return e
}

// TooDeep is a "select" with embeds nested deeper than the limit.
func TooDeep(limit int) *Error {
	return New(Invalid, CodeTooDeep, fmt.Sprintf("Embedded resources are nested deeper than %d levels", limit)).
		WithHint("Split the request, or raise PERGOLA_MAX_EMBED_DEPTH.")
}

// TooDeepLogic is a condition with "and" and "or" nested deeper than the limit, which no setting changes.
func TooDeepLogic(limit int) *Error {
	return New(Invalid, CodeTooDeep, fmt.Sprintf("Logic trees are nested deeper than %d levels", limit)).
		WithHint("Write the condition with fewer parentheses.")
}

// TooManyParts is a request with more values, embeds, conditions and order terms together than the limit.
func TooManyParts(limit int) *Error {
	return New(Invalid, CodeTooMany,
		fmt.Sprintf("The request has more than %d selected values, embeds, conditions and order terms", limit)).
		WithHint("Split the request, name several values with \"in\", or raise PERGOLA_MAX_FILTERS.")
}
