package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/pergola-dev/pergola/core/gateway"
)

// response is the response of an HTTP API, read as the gateway reads it.
type response struct {
	StatusCode int
	Headers    map[string]string
	Cookies    []string
	Body       string
	Base64     bool `json:"isBase64Encoded"`
}

func recorded(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// changed gives a recorded event with some of its top-level members replaced.
func changed(tb testing.TB, name string, members map[string]any) []byte {
	tb.Helper()
	var e map[string]any
	if err := json.Unmarshal(recorded(tb, name), &e); err != nil {
		tb.Fatal(err)
	}
	for k, v := range members {
		e[k] = v
	}
	b, err := json.Marshal(e)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// request gives the request that a handler sees for an event.
func request(tb testing.TB, payload []byte, options ...gateway.Option) *http.Request {
	tb.Helper()
	var got *http.Request
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })
	if _, err := gateway.Lambda(h, options...).Invoke(tb.Context(), payload); err != nil {
		tb.Fatal(err)
	}
	return got
}

// answer gives the response to a recorded GET when h answers it.
func answer(tb testing.TB, h http.HandlerFunc) response {
	tb.Helper()
	return invoke(tb, h, recorded(tb, "get.json"))
}

func invoke(tb testing.TB, h http.HandlerFunc, payload []byte) response {
	tb.Helper()
	out, err := gateway.Lambda(h).Invoke(context.WithoutCancel(tb.Context()), payload)
	if err != nil {
		tb.Fatal(err)
	}
	if len(out) > gateway.MaxResponse {
		tb.Fatalf("a response of %d bytes, more than Lambda takes", len(out))
	}
	var r response
	if err := json.Unmarshal(out, &r); err != nil {
		tb.Fatalf("%v in %.200s", err, out)
	}
	return r
}
