package openapi31

// shared begins the names of components that belong to no relation: key never gives a name with a single dot.
const shared = "pergola."

// The media types of bodies and answers.
const (
	mediaJSON   = "application/json"
	mediaObject = "application/vnd.pgrst.object+json"
	mediaCSV    = "text/csv"
	mediaNDJSON = "application/x-ndjson"
)

func schemaRef(name string) *schema      { return &schema{Ref: "#/components/schemas/" + name} }
func parameterRef(name string) parameter { return parameter{Ref: "#/components/parameters/" + name} }
func responseRef(name string) response   { return response{Ref: "#/components/responses/" + name} }
func headerRef(name string) header       { return header{Ref: "#/components/headers/" + name} }

// refs refer to parameters that every relation shares.
func refs(names ...string) []parameter {
	all := make([]parameter, len(names))
	for i, n := range names {
		all[i] = parameterRef(shared + n)
	}
	return all
}

// The shared parameters. Those of Prefer are one for each kind of operation.
const (
	selectParam     = "select"
	orderParam      = "order"
	limitParam      = "limit"
	offsetParam     = "offset"
	andParam        = "and"
	orParam         = "or"
	columnsParam    = "columns"
	onConflictParam = "on_conflict"
	rangeParam      = "range"
	preferRead      = "prefer.read"
	preferInsert    = "prefer.insert"
	preferWrite     = "prefer.write"
	preferCall      = "prefer.call"
)

// sharedParameters are those of every relation.
func sharedParameters() map[string]parameter {
	zero := 0
	page := func(name, description string) parameter {
		return parameter{
			Name: name, In: "query", Description: description, Schema: &schema{Type: types{integerType}, Minimum: &zero},
		}
	}
	all := map[string]parameter{
		selectParam:     text("query", "select", "The columns and embedded relations of the answer, all columns without it: `id,name:title,artists(name)`."),
		orderParam:      text("query", "order", "The order of the rows: `year.desc,title.asc.nullslast`."),
		limitParam:      page("limit", "At most so many rows."),
		offsetParam:     page("offset", "The rows after the first so many."),
		andParam:        text("query", "and", "Conditions that must all hold: `(year.gt.1950,or(price.is.null,price.lt.20))`."),
		orParam:         text("query", "or", "Conditions of which one must hold: `(year.lt.1950,year.gt.1990)`."),
		columnsParam:    text("query", "columns", "The columns to take from the body; those that it has without it."),
		onConflictParam: text("query", "on_conflict", "The columns of the unique constraint by which a row is already there; the primary key without it."),
		rangeParam:      text("header", "Range", "The first and last row of a page, counted from 0, in place of limit and offset: `0-9`."),
		preferRead:      prefer("`count=exact`, `count=planned` or `count=estimated` puts the number of all rows into Content-Range."),
		preferInsert: prefer("`return=representation` answers with the rows; `resolution=merge-duplicates` and " +
			"`resolution=ignore-duplicates` say what happens to rows that are already there; `missing=default` gives columns that " +
			"the body leaves out their defaults."),
		preferWrite: prefer("`return=representation` answers with the rows; `count=exact` with their number; " +
			"`handling=strict,max-affected=10` undoes the write if there are more."),
		preferCall: prefer("`count=exact` puts the number of all rows into Content-Range."),
	}
	keyed := make(map[string]parameter, len(all))
	for name, p := range all {
		keyed[shared+name] = p
	}
	return keyed
}

// text is an optional parameter that is a string.
func text(in, name, description string) parameter {
	return parameter{Name: name, In: in, Description: description, Schema: &schema{Type: types{stringType}}}
}

func prefer(description string) parameter { return text("header", "Prefer", description) }

// The shared headers of answers.
const (
	contentRange = "Content-Range"
	applied      = "Preference-Applied"
)

func sharedHeaders() map[string]header {
	of := func(description string) header {
		return header{Description: description, Schema: &schema{Type: types{stringType}}}
	}
	return map[string]header{
		contentRange: of("The first and last row of the answer, counted from 0, and the number of all rows, `*` where it was not asked for: `0-9/*`."),
		applied:      of("The preferences that were followed."),
	}
}

func headers(names ...string) map[string]header {
	all := make(map[string]header, len(names))
	for _, n := range names {
		all[n] = headerRef(n)
	}
	return all
}

// errorSchema is the name of the component that errors are.
const errorSchema = shared + "error"

// errorBody is the one object that every error is.
func errorBody() *schema {
	text := func(description string) *schema { return &schema{Type: types{stringType}, Description: description} }
	perhaps := func(description string) *schema {
		return &schema{Type: types{stringType, nullType}, Description: description}
	}
	return &schema{
		Type: types{objectType}, Required: []string{"code", "message", "details", "hint"},
		Properties: properties{
			{Name: "code", Value: text("What programs tell errors apart by: `PGRST...`, `PERGOLA_...`, or the SQLSTATE of the database.")},
			{Name: "message", Value: text("What is wrong.")},
			{Name: "details", Value: &schema{Description: "More about it: a text, or an object."}},
			{Name: "hint", Value: perhaps("What to do about it.")},
		},
	}
}

// The statuses of errors, which are also the names of their components.
const (
	badRequest    = "400"
	unauthorized  = "401"
	forbidden     = "403"
	notFound      = "404"
	notAcceptable = "406"
	conflict      = "409"
	tooLarge      = "413"
	outOfRange    = "416"
	otherwise     = "default"
)

// doneResponse is the name of the component that answers a write without rows.
const doneResponse = shared + "done"

// sharedResponses are the errors, and the answer without rows.
func sharedResponses() map[string]response {
	descriptions := map[string]string{
		badRequest:    "The request makes no sense: its grammar, a value that is of another type, a constraint.",
		unauthorized:  "There is no valid credential, or the anonymous caller may not do this.",
		forbidden:     "The caller may not do this.",
		notFound:      "There is no such table, view or function.",
		notAcceptable: "The answer cannot have any of the media types, or one object was asked for and there are more or none.",
		conflict:      "Another row refers to this one, or has the same key.",
		tooLarge:      "The body is too large.",
		outOfRange:    "There are no rows in that range.",
		otherwise:     "Any other error.",
	}
	all := make(map[string]response, len(descriptions))
	for status, description := range descriptions {
		all[status] = response{Description: description, Content: content{mediaJSON: {schemaRef(errorSchema)}}}
	}
	all[doneResponse] = response{Description: "It is done.", Headers: headers(contentRange, applied)}
	return all
}

// withErrors adds the errors of every operation, and some more, to its answers.
func withErrors(answers map[string]response, more ...string) map[string]response {
	for _, status := range append(more, badRequest, unauthorized, forbidden, notFound, otherwise) {
		answers[status] = responseRef(status)
	}
	return answers
}
