package rest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// The media types of bodies that are understood.
const (
	typeJSON = "application/json"
	typeLine = "application/x-ndjson"
	typeCSV  = "text/csv"
	typeForm = "application/x-www-form-urlencoded"
	typeText = "text/plain"
	typeXML  = "text/xml"
	typeRaw  = "application/octet-stream"
)

// readBody reads a whole body into memory.
func readBody(r *http.Request) ([]byte, error) {
	raw, err := readAll(r.Body, r.ContentLength)
	if err == nil {
		return raw, nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.TooLargeBody(tooLarge.Limit)
	}
	return nil, fault.BadBody("The request body could not be read").WithCause(err)
}

// believed is how many bytes are set aside on a caller's word that so many will come. More are asked for as they arrive.
const believed = 1 << 20

// readAll reads to the end. announced is how long that should be, negative where it is not known: a true word saves memory,
// a false one does no harm.
func readAll(from io.Reader, announced int64) ([]byte, error) {
	if announced < 0 {
		announced = bytes.MinRead
	}
	raw := make([]byte, 0, min(announced, believed)+1) // the end shows in a read that there is room for
	for {
		n, err := from.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		switch {
		case errors.Is(err, io.EOF):
			return raw, nil
		case err != nil:
			return nil, err
		case len(raw) == cap(raw):
			raw = slices.Grow(raw, max(len(raw), bytes.MinRead))
		}
	}
}

// rowsBody reads a body of rows to write. narrowed: the request names the columns, so that the rows need not be alike.
func rowsBody(r *http.Request, narrowed bool) (query.Body, error) {
	raw, err := readBody(r)
	if err != nil {
		return query.Body{}, err
	}
	switch t := contentType(r.Header.Get("Content-Type")); t {
	case typeLine:
		return jsonRows(lineArray(raw), narrowed)
	case typeCSV:
		return csvBody(raw)
	case typeForm:
		return formBody(raw)
	case typeJSON, "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json":
		return jsonRows(raw, narrowed)
	default:
		return query.Body{}, fault.BadContentType(t)
	}
}

// jsonRows reads an object or an array of objects.
func jsonRows(raw []byte, narrowed bool) (query.Body, error) {
	if !isJSON(raw) {
		return query.Body{}, fault.BadBody("Empty or invalid json")
	}
	doc := scanDocument(raw)
	if !doc.alike && !narrowed {
		return query.Body{}, fault.BadBody("All object keys must match")
	}
	if doc.scalar {
		return query.Body{Raw: []byte("[]"), Many: true, Empty: true}, nil
	}
	return query.Body{Raw: raw, Keys: doc.keys, Many: doc.array, Empty: doc.empty, Whole: true}, nil
}

// isJSON reports whether a body is JSON as the database will accept it: in UTF-8 throughout.
func isJSON(raw []byte) bool { return json.Valid(raw) && utf8.Valid(raw) }

// lineArray makes one array out of JSON values that stand on lines of their own (NDJSON). Empty lines count for nothing.
func lineArray(raw []byte) []byte {
	array := make([]byte, 0, len(raw)+2)
	array = append(array, '[')
	for line := range bytes.SplitSeq(raw, []byte{'\n'}) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if len(array) > 1 {
			array = append(array, ',')
		}
		array = append(array, line...)
	}
	return append(array, ']')
}

// csvBody makes rows out of lines; the first line names the columns. A bare NULL is a null, as PostgREST has it.
func csvBody(raw []byte) (query.Body, error) {
	lines := csv.NewReader(bytes.NewReader(raw))
	names, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return query.Body{Raw: []byte("[]"), Many: true, Empty: true}, nil
	}
	if err != nil {
		return query.Body{}, badCSV(err)
	}
	var out bytes.Buffer
	out.WriteByte('[')
	rows := 0
	for ; ; rows++ {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return query.Body{}, badCSV(err)
		}
		if rows > 0 {
			out.WriteByte(',')
		}
		writeObject(&out, names, record)
	}
	out.WriteByte(']')
	return query.Body{Raw: out.Bytes(), Keys: names, Many: true, Empty: rows == 0}, nil
}

func badCSV(err error) error {
	if errors.Is(err, csv.ErrFieldCount) {
		return fault.BadBody("All lines must have same number of fields")
	}
	return fault.BadBody("Invalid csv").WithDetails(err.Error())
}

func writeObject(out *bytes.Buffer, names, values []string) {
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, name)
		out.WriteByte(':')
		if values[i] == "NULL" {
			out.WriteString("null")
		} else {
			writeString(out, values[i])
		}
	}
	out.WriteByte('}')
}

func writeString(out *bytes.Buffer, s string) {
	encoded, _ := json.Marshal(s) // a string always encodes
	out.Write(encoded)
}

// formBody makes one row out of a form.
func formBody(raw []byte) (query.Body, error) {
	var names, values []string
	for _, kv := range splitQuery(string(raw)) {
		names, values = append(names, kv.key), append(values, kv.value)
	}
	var out bytes.Buffer
	writeObject(&out, names, values)
	return query.Body{Raw: out.Bytes(), Keys: names}, nil
}

// callArguments reads the arguments of a function called by POST.
func callArguments(r *http.Request, columns []string) (query.Arguments, error) {
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	t := contentType(r.Header.Get("Content-Type"))
	if kind, ok := opaque[t]; ok {
		return query.BodyArguments{Body: query.Body{Type: kind, Raw: raw}}, nil
	}
	switch t {
	case typeForm:
		return formArguments(raw), nil
	case typeCSV:
		body, err := csvBody(raw)
		return query.BodyArguments{Body: body}, err
	case typeJSON:
		return jsonArguments(raw, columns)
	}
	return nil, fault.BadContentType(t)
}

// opaque are the media types of bodies that a single unnamed parameter takes as they are.
var opaque = map[string]query.BodyType{typeText: query.Text, typeXML: query.XML, typeRaw: query.Bytes}

func formArguments(raw []byte) query.NamedArguments {
	args := query.NamedArguments{}
	for _, kv := range splitQuery(string(raw)) {
		args = append(args, query.Argument{Name: kv.key, Value: kv.value})
	}
	return args
}

// jsonArguments reads a JSON body as arguments: the members of an object, or of an array's first object, or whatever it is
// for a single unnamed parameter. An empty body has no arguments. columns narrow the members that count.
func jsonArguments(raw []byte, columns []string) (query.Arguments, error) {
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	if !isJSON(raw) {
		return nil, fault.BadBody("Empty or invalid json")
	}
	doc := scanDocument(raw)
	body := query.Body{Raw: raw, Keys: doc.keys, Many: doc.array, Empty: doc.empty, Whole: true}
	if columns != nil {
		body.Keys = columns
	}
	return query.BodyArguments{Body: body}, nil
}
