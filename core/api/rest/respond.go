package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
)

// vary lists the headers on which every answer depends.
const vary = "Accept, Prefer, Range"

// response is an answer before it is sent. A header field that is empty is not sent.
type response struct {
	status          int
	body            []byte
	cacheControl    string
	contentLocation string
	contentRange    string
	contentType     string
	etag            string
	location        string
	applied         string      // Preference-Applied
	own             http.Header // what the database itself set, in place of the fields above
	timing          string      // Server-Timing, in place of what the database set
}

// respond turns an answer into a response.
func respond(r *http.Request, q asked, a engine.Answer) (response, error) {
	res := response{status: http.StatusOK}
	var err error
	switch {
	case a.Plan.Explain != nil:
		res.content(a)
	default:
		err = res.fill(r, q, a)
	}
	if err != nil {
		return res, err
	}
	return res, res.override(a)
}

// fill makes the response that belongs to the operation.
func (res *response) fill(r *http.Request, q asked, a engine.Answer) error {
	switch op := q.Operation.(type) {
	case query.Read:
		return res.read(r, q, a)
	case query.Insert:
		res.inserted(q, a)
	case query.Upsert:
		if op.ByKey {
			res.put(q, a)
		} else {
			res.inserted(q, a)
		}
	case query.Update:
		res.changed(q, a, contentRange(0, a.Rows, counted(a)))
	case query.Delete:
		res.changed(q, a, contentRange(0, 0, counted(a)))
	case query.Call:
		return res.called(q, a)
	case query.Describe: // has an answer only beside the catalog: Handler.respond
	}
	return nil
}

func (res *response) read(r *http.Request, q asked, a engine.Answer) error {
	if err := res.page(q, a); err != nil {
		return err
	}
	res.contentLocation = contentLocation(q.target.path, r.URL.RawQuery, q.pairs)
	res.apply(q, "resolution", "missing", "return")
	res.content(a)
	return nil
}

// page sets the status and the range of a page of rows.
func (res *response) page(q asked, a engine.Answer) error {
	status, err := rangeStatus(q.offset, a)
	if err != nil {
		return err
	}
	res.status = status
	res.contentRange = contentRange(q.offset, a.Rows, a.Total)
	return nil
}

// counted is the number of rows written, where an exact count was asked for.
func counted(a engine.Answer) *int64 {
	if a.Plan.Count.Mode != query.CountExact {
		return nil
	}
	return &a.Rows
}

// inserted is the response to rows that were added, or merged: 201 unless every row was there before.
func (res *response) inserted(q asked, a engine.Answer) {
	res.status = http.StatusCreated
	if _, ok := q.Operation.(query.Upsert); ok && (a.Inserted != nil && *a.Inserted == 0 || a.Inserted == nil && a.Rows == 0) {
		res.status = http.StatusOK
	}
	res.contentRange = contentRange(0, 0, counted(a))
	res.location = location(q, a)
	res.apply(q, res.unusedResolution(a)...)
	res.content(a)
}

// unusedResolution leaves the resolution out of the preferences applied where the relation has no key to conflict on.
func (res *response) unusedResolution(a engine.Answer) []string {
	if w, ok := a.Plan.Action.(plan.Write); ok {
		if in, ok := w.Change.(plan.Insert); ok && in.Conflict == nil {
			return []string{"resolution"}
		}
	}
	return nil
}

// put is the response to a PUT: 201 for a new row; for one that was there 200, or 204 without a body.
func (res *response) put(q asked, a engine.Answer) {
	isNew := a.Inserted != nil && *a.Inserted > 0
	switch {
	case isNew:
		res.status = http.StatusCreated
	case q.prefer.Return == query.ReturnRepresentation:
		res.status = http.StatusOK
	default:
		res.status = http.StatusNoContent
	}
	res.apply(q, "resolution")
	res.content(a)
}

// changed is the response to an update or a delete.
func (res *response) changed(q asked, a engine.Answer, rows string) {
	res.status = http.StatusNoContent
	if q.prefer.Return == query.ReturnRepresentation {
		res.status = http.StatusOK
	}
	res.contentRange = rows
	res.apply(q, "resolution")
	res.content(a)
}

// called is the response of a function.
func (res *response) called(q asked, a engine.Answer) error {
	if err := res.page(q, a); err != nil {
		return err
	}
	res.apply(q, "resolution", "missing", "return")
	if call, ok := a.Plan.Action.(plan.Call); ok && call.Function.Returns.Kind == catalog.Void {
		res.status = http.StatusNoContent
		res.contentRange = ""
		return nil
	}
	res.content(a)
	return nil
}

// content sets the body and its type. A response without a body has no type; HEAD tells the one that GET would have.
func (res *response) content(a engine.Answer) {
	if _, none := a.Plan.Media.Encoding.(plan.NoBody); none {
		return
	}
	res.contentType = contentTypeOf(a.Plan.Media)
	res.body = a.Body
}

func contentTypeOf(m plan.Media) string {
	const charset = "; charset=utf-8"
	switch {
	case !m.Charset:
		return m.ContentType
	case m.ContentType == typeJSON: // nearly always
		return typeJSON + charset
	}
	return m.ContentType + charset
}

// apply lists the preferences that were granted. Those whose names begin with one of left are not about this request.
func (res *response) apply(q asked, left ...string) {
	if len(q.prefer.given) == 0 {
		return
	}
	if !q.txApplied {
		left = append(left, "tx")
	}
	res.applied = q.prefer.applied(left...)
}

// override lets the database's own settings decide about headers and status.
func (res *response) override(a engine.Answer) error {
	if a.Headers != nil {
		if err := res.overrideHeaders(a.Headers); err != nil {
			return err
		}
	}
	if a.Status == "" {
		return nil
	}
	status, err := strconv.Atoi(a.Status)
	if err != nil || status < 100 || status > 999 {
		return fault.BadResponseStatus()
	}
	res.status = status
	return nil
}

// overrideHeaders reads response.headers: an array of objects with one member each. A name that comes up there replaces
// ours; one that comes up twice there stands twice.
func (res *response) overrideHeaders(raw []byte) error {
	var fields []map[string]string
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fault.BadResponseHeaders()
	}
	res.own = http.Header{}
	for _, f := range fields {
		if len(f) != 1 {
			return fault.BadResponseHeaders()
		}
		for name, value := range f {
			res.own.Add(name, value)
		}
	}
	return nil
}

// writeHeader puts the fields into h, and one slice under the values of all of them. Names are in http.Header's own spelling.
func (res *response) writeHeader(h http.Header) {
	h["Vary"] = append(h["Vary"], vary)
	values := make([]string, 0, 4)
	for _, f := range [...]struct{ name, value string }{
		{"Cache-Control", res.cacheControl},
		{"Content-Location", res.contentLocation},
		{"Content-Range", res.contentRange},
		{"Content-Type", res.contentType},
		{"Etag", res.etag},
		{"Location", res.location},
		{"Preference-Applied", res.applied},
	} {
		if f.value != "" {
			n := len(values)
			values = append(values, f.value)
			h[f.name] = values[n : n+1 : n+1]
		}
	}
	maps.Copy(h, res.own)
	if res.timing != "" {
		h["Server-Timing"] = []string{res.timing}
	}
}

// send writes the response. A status without content has no length either.
func (res *response) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	res.writeHeader(h)
	if res.status == http.StatusNoContent || res.status == http.StatusNotModified {
		w.WriteHeader(res.status)
		return
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(res.status)
		return
	}
	h["Content-Length"] = []string{strconv.Itoa(len(res.body))}
	w.WriteHeader(res.status)
	_, _ = w.Write(res.body) // a caller who has gone needs no answer
}

// contentLocation is the address of the same rows, its parameters in a fixed order. pairs are those of the query string;
// they get that order too.
func contentLocation(path, rawQuery string, pairs []pair) string {
	var b strings.Builder
	path = (&url.URL{Path: "/" + strings.Trim(path, "/")}).EscapedPath()
	b.Grow(len(path) + len("?") + 2*len(rawQuery)) // signs that browsers leave as they are take three bytes here
	b.WriteString(path)
	slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for i, kv := range pairs {
		if i == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(kv.key))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(kv.value))
	}
	return b.String()
}

// location is the address of the one row that was written; "" when there is none.
func location(q asked, a engine.Answer) string {
	if a.Location == nil {
		return ""
	}
	var key [][2]*string
	if err := json.Unmarshal(a.Location, &key); err != nil {
		return ""
	}
	tests := make([]string, len(key))
	for i, kv := range key {
		test := "is.null"
		if kv[1] != nil {
			test = "eq." + *kv[1]
		}
		tests[i] = url.QueryEscape(*kv[0]) + "=" + url.QueryEscape(test)
	}
	return (&url.URL{Path: "/" + q.target.name}).EscapedPath() + "?" + strings.Join(tests, "&")
}

// duration is one entry of Server-Timing.
type duration struct {
	name string
	took time.Duration
}

// timings writes Server-Timing (W3C), in milliseconds.
func timings(all ...duration) string {
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = fmt.Sprintf("%s;dur=%.1f", d.name, float64(d.took)/float64(time.Millisecond))
	}
	return strings.Join(texts, ", ")
}
