package plan

import "github.com/pergola-dev/pergola/core/catalog"

// Media is the form of an answer's body: what makes it in the database, and what it is called on the wire.
type Media struct {
	Encoding Encoding
	// ContentType is the media type of the answer, without a charset.
	ContentType string
	// Charset: ContentType is followed by charset=utf-8.
	Charset bool
}

// Encoding makes a body out of rows. The set is closed.
//
//sumtype:decl
type Encoding interface{ encoding() }

// JSONArray is an array of all rows.
type JSONArray struct{ StripNulls bool }

// JSONObject is the one row.
type JSONObject struct{ StripNulls bool }

// Lines is each row as JSON on a line of its own (NDJSON).
type Lines struct{}

// CSV has a line of names and a line for each row.
type CSV struct{}

// GeoJSON is a feature collection; it needs PostGIS.
type GeoJSON struct{}

// Aggregated is what a media type handler of the schema makes of the rows.
type Aggregated struct {
	Function catalog.Name
	// Row is the relation whose row type the handler takes; the zero Name when it takes any row.
	Row catalog.Name
}

// Verbatim is the called function's own value.
type Verbatim struct{}

// NoBody is the encoding of an answer without a body.
type NoBody struct{}

func (JSONArray) encoding()  {}
func (JSONObject) encoding() {}
func (Lines) encoding()      {}
func (CSV) encoding()        {}
func (GeoJSON) encoding()    {}
func (Aggregated) encoding() {}
func (Verbatim) encoding()   {}
func (NoBody) encoding()     {}
