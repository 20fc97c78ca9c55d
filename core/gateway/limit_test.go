package gateway_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/gateway"
)

// problem is a fault as a client reads it.
type problem struct{ Code, Details, Hint, Message string }

func read(t *testing.T, r response) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
		t.Fatalf("%v in %.200q", err, r.Body)
	}
	return p
}

// sized answers with n bytes of contentType, and headers that speak of them.
func sized(contentType string, n int, b byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Range", "0-9/10")
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Access-Control-Allow-Origin", "*")
		chunk := bytes.Repeat([]byte{b}, 1<<20)
		for n > 0 {
			k := min(n, len(chunk))
			_, _ = w.Write(chunk[:k])
			n -= k
		}
	}
}

func TestAnswerOverTheLimit(t *testing.T) {
	for _, c := range []struct {
		name, contentType string
		n                 int
		b                 byte
		tooLarge          bool
	}{
		{"text that fits", "text/plain", 6_290_000, 'a', false},
		{"text over the limit", "text/plain", gateway.MaxResponse + 1, 'a', true},
		{"text that is too long once it is in the response", "text/plain", gateway.MaxResponse - 10, 'a', true},
		{"quotes that grow", "application/json", 3_500_000, '"', true},
		{"octets that fit", "application/octet-stream", 4_700_000, 0, false},
		{"octets that grow", "application/octet-stream", 4_800_000, 0, true},
		{"far over the limit", "text/plain", 40_000_000, 'a', true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := answer(t, sized(c.contentType, c.n, c.b))
			if !c.tooLarge {
				if got.StatusCode != 200 || len(got.Body) < c.n {
					t.Errorf("status %d and %d bytes", got.StatusCode, len(got.Body))
				}
				return
			}
			if p := read(t, got); got.StatusCode != 413 || p.Code != "PERGOLA_ANSWER_TOO_BIG" || !strings.Contains(p.Hint, "limit") {
				t.Errorf("status %d, %+v", got.StatusCode, p)
			}
			want := map[string]string{
				"Content-Type": "application/json; charset=utf-8", "Access-Control-Allow-Origin": "*",
				"Proxy-Status": "PostgREST; error=PERGOLA_ANSWER_TOO_BIG",
			}
			if d := cmp.Diff(want, got.Headers); d != "" {
				t.Errorf("headers (-want +got):\n%s", d)
			}
		})
	}
}

func TestWriteWhoseAnswerIsTooLargeSaysThatItHappened(t *testing.T) {
	got := invoke(t, sized("text/plain", 7_000_000, 'a'), recorded(t, "post_binary.json"))
	if p := read(t, got); !strings.Contains(p.Details, "was carried out") || !strings.Contains(p.Hint, "return=minimal") {
		t.Errorf("%+v", p)
	}
}

func TestHeadIsNotBoundByTheLimit(t *testing.T) {
	event := changed(t, "get.json", map[string]any{"requestContext": map[string]any{
		"http": map[string]any{"method": "HEAD", "sourceIp": "203.0.113.7"},
	}})
	if got := invoke(t, sized("text/plain", 7_000_000, 'a'), event); got.StatusCode != 200 || got.Body != "" {
		t.Errorf("status %d, %d bytes", got.StatusCode, len(got.Body))
	}
}

func TestPanic(t *testing.T) {
	for _, c := range []struct {
		name   string
		h      http.HandlerFunc
		logged int
	}{
		{"before anything is written", func(http.ResponseWriter, *http.Request) { panic("secret detail") }, 1},
		{"in the middle of a body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			_, _ = w.Write([]byte("half"))
			panic(errors.New("secret detail"))
		}, 1},
		{"no status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) }, 1},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := captureLog(t)
			got := answer(t, c.h)
			if p := read(t, got); got.StatusCode != 500 || p != (problem{Code: "PERGOLA_INTERNAL", Message: "Internal server error"}) {
				t.Errorf("status %d, %+v", got.StatusCode, p)
			}
			if n := strings.Count(log.String(), "\n"); n != c.logged {
				t.Errorf("%d log lines:\n%s", n, log)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd"})
	captureLog(t)
	for _, c := range []struct{ name, brought, want string }{
		{"the invocation's", "", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"}, {"the caller's", "mine", "mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := changed(t, "get.json", map[string]any{"headers": map[string]any{"x-request-id": c.brought}})
			seen := ""
			out, err := gateway.Lambda(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				seen = r.Header.Get("X-Request-Id")
				panic("x")
			})).Invoke(ctx, event)
			if err != nil || seen != c.want || !strings.Contains(string(out), `"X-Request-Id":"`+c.want+`"`) {
				t.Errorf("%v, seen %q, answered %s", err, seen, out)
			}
		})
	}
}

func TestPanicReachesTheHandlersOwnRecovery(t *testing.T) {
	log := captureLog(t)
	got := answer(t, func(w http.ResponseWriter, _ *http.Request) {
		defer func() {
			_ = recover()
			w.WriteHeader(503)
		}()
		panic("x")
	})
	if got.StatusCode != 503 || log.Len() > 0 {
		t.Errorf("status %d, log %q", got.StatusCode, log)
	}
}

func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return &b
}
