package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/pergola-dev/pergola/core/fault"
)

// FaultOptions say how errors are written.
type FaultOptions struct {
	Terse bool         // code and message alone: PGRST_CLIENT_ERROR_VERBOSITY=minimal
	Log   *slog.Logger // where faults of ours go; nil for slog.Default()
}

// body is PostgREST's error, members in its order.
type body struct {
	Code    string  `json:"code"`
	Details any     `json:"details"`
	Hint    *string `json:"hint"`
	Message string  `json:"message"`
}

// terseBody is PostgREST's error at verbosity minimal.
type terseBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// WriteFault answers with err in PostgREST's protocol: a JSON body, its code in Proxy-Status, and the header fields that
// the fault asks for. An error that holds no fault becomes a bare 500 that names the request id. Whatever is a 5xx is
// logged, once, here: the caller does not log it again.
//
// Nothing of the answer may have been sent before.
func WriteFault(w http.ResponseWriter, r *http.Request, err error, o FaultOptions) {
	f := asFault(err)
	if statusOf(f) >= http.StatusInternalServerError {
		o.report(r.Context(), f)
	}
	o.write(w, r, f)
}

// asFault gives the fault inside err. A body that went over a limit of http.MaxBytesReader is the caller's doing,
// whoever set the limit.
func asFault(err error) *fault.Error {
	f := fault.From(err)
	if over, ok := errors.AsType[*http.MaxBytesError](err); ok && f.Code == fault.CodeInternal {
		return fault.TooLargeBody(over.Limit).WithCause(err)
	}
	return f
}

// report logs a fault of ours, which it is not when the caller hung up.
func (o FaultOptions) report(ctx context.Context, f *fault.Error) {
	level := slog.LevelError
	if errors.Is(f, context.Canceled) && ctx.Err() != nil {
		level = slog.LevelInfo
	}
	o.logger().LogAttrs(ctx, level, "request failed",
		slog.String("request_id", RequestIDOf(ctx)),
		slog.String("code", f.Code),
		slog.String("error", f.Error()),
	)
}

func (o FaultOptions) logger() *slog.Logger {
	if o.Log != nil {
		return o.Log
	}
	return slog.Default()
}

// write sends the fault without logging it.
func (o FaultOptions) write(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	text := o.encode(f, RequestIDOf(r.Context()))
	h := w.Header()
	for _, name := range []string{"Content-Encoding", "Content-Location", "Etag", "Last-Modified", "Location"} {
		h.Del(name) // they told of the answer that was to come
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Proxy-Status", "PostgREST; error="+f.Code)
	for _, field := range f.Header {
		addHeader(h, field)
	}
	w.WriteHeader(statusOf(f))
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // a caller who has gone needs no answer
	}
}

// addHeader adds what a fault asks for. A database function may ask too: it can replace our fields but for the length,
// which has to be that of the body.
func addHeader(h http.Header, field fault.Header) {
	switch http.CanonicalHeaderKey(field.Name) {
	case "Content-Length", "Transfer-Encoding":
	case "Content-Type", "Proxy-Status":
		h.Set(field.Name, field.Value)
	default:
		h.Add(field.Name, field.Value)
	}
}

// encode gives the body. What Details holds may have been written by a caller's own function; if it cannot be encoded it
// is left out.
func (o FaultOptions) encode(f *fault.Error, requestID string) []byte {
	if o.Terse {
		return compact(terseBody{f.Code, f.Message})
	}
	b := body{Code: f.Code, Details: f.Details, Hint: optional(f.Hint), Message: f.Message}
	if f.Code == fault.CodeInternal && requestID != "" {
		b.Hint = optional("The server's log tells more under the request id " + requestID + ".")
	}
	if b.Details == "" {
		b.Details = nil
	}
	if text := compact(b); text != nil {
		return text
	}
	b.Details = nil
	return compact(b)
}

// compact encodes without spaces and without escapes for HTML; nil when v cannot be encoded.
func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// statusOf is the fault's status. A database function may ask for any number; what is no final status is a 500.
func statusOf(f *fault.Error) int {
	status := f.Status()
	if status < 200 || status > 599 {
		return http.StatusInternalServerError
	}
	return status
}
