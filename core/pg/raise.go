package pg

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/fault"
)

// raiseState is the SQLSTATE with which a function of the user chooses the whole response of an error, as PostgREST has
// it: MESSAGE and DETAIL are JSON then.
const raiseState = "PGRST"

// raiseMessage is the JSON of MESSAGE; code and message are required.
type raiseMessage struct {
	Code    *string `json:"code"`
	Message *string `json:"message"`
	Details *string `json:"details"`
	Hint    *string `json:"hint"`
}

// raiseDetail is the JSON of DETAIL; status and headers are required. HTTP/2 has no status texts and net/http sends its
// own, so status_text is read by nobody.
type raiseDetail struct {
	Status  *int              `json:"status"`
	Headers map[string]string `json:"headers"`
}

// The texts of the two hints are PostgREST's, to the byte.
const (
	raiseMessageHint = "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
	raiseDetailHint  = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
)

// raised gives the fault that a RAISE SQLSTATE 'PGRST' describes, or the fault of one that cannot be read.
func raised(e *pgconn.PgError) *fault.Error {
	var m raiseMessage
	if json.Unmarshal([]byte(e.Message), &m) != nil || m.Code == nil || m.Message == nil {
		return fault.BadRaise("Invalid JSON value for MESSAGE: '"+e.Message+"'", raiseMessageHint).WithCause(e)
	}
	if e.Detail == "" {
		return fault.BadRaise("DETAIL is missing in the RAISE statement", raiseDetailHint).WithCause(e)
	}
	var d raiseDetail
	if json.Unmarshal([]byte(e.Detail), &d) != nil || d.Status == nil || !sendable(*d.Status) || d.Headers == nil {
		return fault.BadRaise("Invalid JSON value for DETAIL: '"+e.Detail+"'", raiseDetailHint).WithCause(e)
	}
	return chosen(m, d).WithCause(e)
}

func chosen(m raiseMessage, d raiseDetail) *fault.Error {
	f := fault.New(fault.Invalid, *m.Code, *m.Message)
	f.HTTPStatus = *d.Status
	if m.Details != nil {
		f.Details = *m.Details
	}
	if m.Hint != nil {
		f.Hint = *m.Hint
	}
	for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
		f = f.WithHeader(name, d.Headers[name])
	}
	return f
}
