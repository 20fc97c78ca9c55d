package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// The header fields of an error. A client that sends headerVersion with versionCodes or a later date reads newBody.
const (
	headerVersion = "X-Supabase-Api-Version"
	headerCode    = "X-Sb-Error-Code"
	versionCodes  = "2024-01-01"
)

// oldBody is an error before versionCodes, members in GoTrue's order.
type oldBody struct {
	Status  int            `json:"code"`
	Code    string         `json:"error_code"`
	Message string         `json:"msg"`
	ID      string         `json:"error_id,omitempty"`
	Weak    *password.Weak `json:"weak_password,omitempty"`
}

// newBody is an error since versionCodes.
type newBody struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Weak    *password.Weak `json:"weak_password,omitempty"`
}

// oauthBody is the error of a route that speaks OAuth.
type oauthBody struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// Send answers with body as JSON. Nothing is sent if it is an error, which means that body cannot be encoded.
func Send(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // a caller who has gone needs no answer
	return nil
}

// WriteFault answers with err in the shape that the client asks for by X-Supabase-Api-Version. An error with none of GoTrue's
// codes, such as that of a database, becomes unexpected_failure: 503 when it may pass by itself, else 500. Whatever is a 5xx
// is logged, once, here, with the request's id, to log, or to slog.Default() if that is nil.
//
// Nothing of the answer may have been sent before.
func WriteFault(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	isNew := asksForCodes(r)
	if isNew {
		w.Header().Set(headerVersion, versionCodes)
	}
	if o, ok := errors.AsType[*OAuth](err); ok {
		_ = Send(w, http.StatusBadRequest, oauthBody{o.Code, o.Description}) // two texts can always be encoded
		return
	}
	f := Told(r, err, log)
	for _, field := range f.Header {
		w.Header().Set(field.Name, field.Value)
	}
	weak := weaknessOf(f)
	if !isNew || weak == nil { // as GoTrue has it
		w.Header().Set(headerCode, f.Code)
	}
	_ = Send(w, statusOf(f), bodyOf(r.Context(), f, isNew)) // numbers and texts too
}

// Told gives the fault that the client may be told of in the place of err, for an answer of another shape than WriteFault's,
// and logs it as that does.
func Told(r *http.Request, err error, log *slog.Logger) *fault.Error {
	f := public(err)
	if statusOf(f) >= http.StatusInternalServerError {
		report(r.Context(), f, log)
	}
	return f
}

// asksForCodes reports whether the client knows the shape of versionCodes. A date that cannot be read is that of an old one.
func asksForCodes(r *http.Request) bool {
	asked := r.Header.Get(headerVersion)
	_, err := time.Parse(time.DateOnly, asked)
	return err == nil && asked >= versionCodes
}

// public gives the fault inside err when it is one of Auth, and one that tells nothing otherwise.
func public(err error) *fault.Error {
	if f := fault.From(err); !isCode(f.Code) {
		return unexpected(f)
	}
	return fault.From(err)
}

func bodyOf(ctx context.Context, f *fault.Error, isNew bool) any {
	if isNew {
		return newBody{Code: f.Code, Message: f.Message, Weak: weaknessOf(f)}
	}
	b := oldBody{Status: statusOf(f), Code: f.Code, Message: f.Message, Weak: weaknessOf(f)}
	if b.Status >= http.StatusInternalServerError {
		b.ID = web.RequestIDOf(ctx)
	}
	return b
}

// statusOf is the fault's status; what is none of an error is 500.
func statusOf(f *fault.Error) int {
	if status := f.Status(); status >= 400 && status <= 599 {
		return status
	}
	return http.StatusInternalServerError
}

// report logs a fault of ours, which it is not when the caller hung up.
func report(ctx context.Context, f *fault.Error, log *slog.Logger) {
	if log == nil {
		log = slog.Default()
	}
	level := slog.LevelError
	if errors.Is(f, context.Canceled) && ctx.Err() != nil {
		level = slog.LevelInfo
	}
	log.LogAttrs(ctx, level, "request failed",
		slog.String("request_id", web.RequestIDOf(ctx)),
		slog.String("code", f.Code),
		slog.String("error", f.Error()),
	)
}

// NotFound answers at an address where there is nothing, in plain text.
func NotFound(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// MethodNotAllowed answers to a method that an address does not have, without a body. allowed are those that it has.
func MethodNotAllowed(w http.ResponseWriter, allowed ...string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusMethodNotAllowed)
}
