package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// answer is what WriteFault sent to a client that asks for a version ("" for none), and what it logged.
func answer(t testing.TB, err error, version string) (*http.Response, string, string) {
	t.Helper()
	var log bytes.Buffer
	h := web.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wire.WriteFault(w, r, err, slog.New(slog.NewJSONHandler(&log, nil)))
	}), web.RequestID(""))
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	r.Header.Set("X-Request-Id", "req-1")
	if version != "" {
		r.Header.Set("X-Supabase-Api-Version", version)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	body, readErr := io.ReadAll(res.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return res, string(body), log.String()
}

// fields are the header fields of an answer but those that every answer has.
func fields(t testing.TB, res *http.Response, body string) http.Header {
	t.Helper()
	if got := res.Header.Get("Content-Length"); got != strconv.Itoa(len(body)) {
		t.Errorf("the length is %q of %d", got, len(body))
	}
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the type is %q", got)
	}
	h := res.Header.Clone()
	for _, name := range []string{"Content-Length", "Content-Type", "X-Request-Id"} {
		h.Del(name)
	}
	return h
}

const nothing = "Unexpected failure, please check server logs for more information"

func TestWriteFault(t *testing.T) {
	credentials := fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials")
	secret := errors.New("password=hunter2")
	for _, tt := range []struct {
		name     string
		err      error
		status   int
		oldBody  string
		newBody  string
		code     string // of the header field
		newCode  string
		moreOf   http.Header // in both
		isLogged bool
	}{
		{
			"one of GoTrue's", credentials, 400,
			`{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}`,
			`{"code":"invalid_credentials","message":"Invalid login credentials"}`,
			"invalid_credentials", "invalid_credentials", nil, false,
		},
		{
			"wrapped, and with header fields", fmt.Errorf("refreshing: %w", credentials.WithHeader("sb-auth-refresh-token-rotated", "true")), 400,
			`{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}`,
			`{"code":"invalid_credentials","message":"Invalid login credentials"}`,
			"invalid_credentials", "invalid_credentials",
			http.Header{"Sb-Auth-Refresh-Token-Rotated": {"true"}},
			false,
		},
		{
			"a weak password", password.Rules{MinLength: 8, Required: []string{"0123456789"}}.Check("short"), 422,
			`{"code":422,"error_code":"weak_password","msg":"MESSAGE","weak_password":{"reasons":["length","characters"]}}`,
			`{"code":"weak_password","message":"MESSAGE","weak_password":{"reasons":["length","characters"]}}`,
			"weak_password", "", nil, false,
		},
		{
			"characters of HTML", fault.New(fault.Invalid, "validation_failed", "<a>&"), 400,
			`{"code":400,"error_code":"validation_failed","msg":"\u003ca\u003e\u0026"}`,
			`{"code":"validation_failed","message":"\u003ca\u003e\u0026"}`, "validation_failed", "validation_failed", nil, false,
		},
		{
			"a 5xx of GoTrue's", fault.New(fault.Unavailable, "unexpected_failure", "try again").WithCause(secret), 503,
			`{"code":503,"error_code":"unexpected_failure","msg":"try again","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"try again"}`, "unexpected_failure", "unexpected_failure", nil, true,
		},
		{
			"an error that is none of ours", secret, 500,
			`{"code":500,"error_code":"unexpected_failure","msg":"` + nothing + `","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"` + nothing + `"}`, "unexpected_failure", "unexpected_failure", nil, true,
		},
		{
			"a SQLSTATE", fault.New(fault.Conflict, "23505", "duplicate key").WithDetails("Key (email)=(x)").WithHeader("X-Y", "z").WithCause(secret), 500,
			`{"code":500,"error_code":"unexpected_failure","msg":"` + nothing + `","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"` + nothing + `"}`, "unexpected_failure", "unexpected_failure", nil, true,
		},
		{
			"a code and a status that a trigger chose", &fault.Error{HTTPStatus: 402, Code: "over_quota", Message: "pay"}, 500,
			`{"code":500,"error_code":"unexpected_failure","msg":"` + nothing + `","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"` + nothing + `"}`, "unexpected_failure", "unexpected_failure", nil, true,
		},
		{
			"no database", fault.NotConnected(secret), 503,
			`{"code":503,"error_code":"unexpected_failure","msg":"` + nothing + `","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"` + nothing + `"}`, "unexpected_failure", "unexpected_failure",
			http.Header{"Retry-After": {"1"}},
			true,
		},
		{
			"no connection in time", fault.New(fault.Timeout, fault.CodePoolTimeout, "Timed out"), 503,
			`{"code":503,"error_code":"unexpected_failure","msg":"` + nothing + `","error_id":"req-1"}`,
			`{"code":"unexpected_failure","message":"` + nothing + `"}`, "unexpected_failure", "unexpected_failure", nil, true,
		},
		{
			"a status of a hook", &fault.Error{HTTPStatus: 418, Code: "unknown", Message: "no"}, 418,
			`{"code":418,"error_code":"unknown","msg":"no"}`, `{"code":"unknown","message":"no"}`, "unknown", "unknown", nil, false,
		},
		{
			"a status of no error", &fault.Error{HTTPStatus: 200, Code: "unknown", Message: "no"}, 500,
			`{"code":500,"error_code":"unknown","msg":"no","error_id":"req-1"}`, `{"code":"unknown","message":"no"}`, "unknown", "unknown", nil, true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			message := fault.From(tt.err).Message
			for version, want := range map[string]string{"": tt.oldBody, "2024-01-01": tt.newBody} {
				res, body, log := answer(t, tt.err, version)
				if res.StatusCode != tt.status {
					t.Errorf("the status is %d, want %d", res.StatusCode, tt.status)
				}
				same(t, body, strings.ReplaceAll(want, "MESSAGE", message))
				header := http.Header{}
				for name, values := range tt.moreOf {
					header[name] = values
				}
				code := tt.code
				if version != "" {
					code = tt.newCode
					header.Set("X-Supabase-Api-Version", version)
				}
				if code != "" {
					header.Set("X-Sb-Error-Code", code)
				}
				if diff := cmp.Diff(header, fields(t, res, body)); diff != "" {
					t.Error(diff)
				}
				if logged := strings.Contains(log, `"request_id":"req-1"`); logged != tt.isLogged {
					t.Errorf("the log is %q", log)
				}
				if strings.Contains(tt.name, "SQLSTATE") && (!strings.Contains(log, "23505: duplicate key: password=hunter2") || !strings.Contains(log, "ERROR")) {
					t.Errorf("the log does not tell the cause: %q", log)
				}
			}
		})
	}
}

func TestWriteFaultVersions(t *testing.T) {
	for _, tt := range []struct {
		version string
		isNew   bool
	}{
		{"", false},
		{"2023-12-31", false},
		{"2024-01-01", true},
		{"2024-01-02", true},
		{"2099-12-31", true},
		{"2024-13-01", false},
		{"2024-1-1", false},
		{"20240101", false},
		{"v3", false},
		{"9999-99-99", false},
	} {
		t.Run(tt.version, func(t *testing.T) {
			res, body, _ := answer(t, fault.New(fault.Invalid, "bad_jwt", "x"), tt.version)
			echo, want := "", `{"code":400,"error_code":"bad_jwt","msg":"x"}`
			if tt.isNew {
				echo, want = "2024-01-01", `{"code":"bad_jwt","message":"x"}`
			}
			same(t, body, want)
			if got := res.Header.Get("X-Supabase-Api-Version"); got != echo {
				t.Errorf("the echo is %q", got)
			}
		})
	}
}

func TestWriteFaultOAuth(t *testing.T) {
	for _, version := range []string{"", "2024-01-01"} {
		for _, tt := range []struct {
			name string
			err  error
			want string
		}{
			{"whole", &wire.OAuth{Code: "invalid request", Description: "Bad ID token", Cause: errors.New("kid")}, `{"error":"invalid request","error_description":"Bad ID token"}`},
			{"wrapped", fmt.Errorf("exchanging: %w", &wire.OAuth{Code: "invalid_client"}), `{"error":"invalid_client"}`},
			{"caused by a fault", &wire.OAuth{Code: "invalid_grant", Cause: fault.BadPath()}, `{"error":"invalid_grant"}`},
		} {
			t.Run(tt.name+" "+version, func(t *testing.T) {
				res, body, _ := answer(t, tt.err, version)
				same(t, body, tt.want)
				if res.StatusCode != 400 || fields(t, res, body).Get("X-Sb-Error-Code") != "" {
					t.Errorf("got %d %v", res.StatusCode, res.Header)
				}
			})
		}
	}
}

// TestWriteFaultToNobody is a caller who has hung up, which is nobody's error.
func TestWriteFaultToNobody(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/user", nil)
	wire.WriteFault(httptest.NewRecorder(), r, fmt.Errorf("running: %w", context.Canceled), slog.New(slog.NewJSONHandler(&log, nil)))
	var line struct{ Level string }
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Level != "INFO" {
		t.Errorf("the log is %q (%v)", log.String(), err)
	}
}

func TestSend(t *testing.T) {
	w := httptest.NewRecorder()
	if err := wire.Send(w, http.StatusOK, map[string]any{"n": math.Inf(1)}); err == nil || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("what cannot be encoded gives %v and %v %q", err, w.Header(), w.Body)
	}
	if err := wire.Send(w, http.StatusCreated, struct{}{}); err != nil || w.Code != 201 || w.Body.String() != "{}" {
		t.Errorf("got %v %d %q", err, w.Code, w.Body)
	}
}

func TestUnrouted(t *testing.T) {
	w := httptest.NewRecorder()
	wire.NotFound(w, httptest.NewRequest(http.MethodGet, "/x", nil))
	if w.Code != 404 || w.Body.String() != "404 page not found\n" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	wire.MethodNotAllowed(w, http.MethodGet, http.MethodPut)
	if w.Code != 405 || w.Body.Len() > 0 || w.Header().Get("Allow") != "GET, PUT" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
}
