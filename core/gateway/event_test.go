package gateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/gateway"
)

func TestOtherEventsAreRefusedByName(t *testing.T) {
	for _, c := range []struct{ name, payload, kind string }{
		{"REST API", string(recorded(t, "rest_api.json")), "a REST API event"},
		{"function URL", string(recorded(t, "function_url.json")), "a function URL event"},
		{"load balancer", string(recorded(t, "load_balancer.json")), "an Application Load Balancer event"},
		{"queue", string(recorded(t, "queue.json")), `an event with version ""`},
		{"authorizer", `{"version":"2.0","type":"REQUEST","rawPath":"/"}`, `an event with version "2.0" and no HTTP request`},
		{"null", `null`, "no HTTP request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := gateway.Lambda(unreachable(t)).Invoke(t.Context(), []byte(c.payload))
			if !errors.Is(err, gateway.ErrUnknownEvent) {
				t.Fatalf("got %s, %v", out, err)
			}
			for _, part := range []string{c.kind, "HTTP API events with payload format version 2.0"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not name %q", err, part)
				}
			}
		})
	}
}

func TestBrokenEvents(t *testing.T) {
	for _, c := range []struct{ name, payload string }{
		{"no JSON", `{"version":`},
		{"no object", `[]`},
		{"wrong type", `{"version":"2.0","rawPath":7,"requestContext":{"http":{"method":"GET"}}}`},
		{"no method", string(changed(t, "get.json", map[string]any{"requestContext": map[string]any{"http": map[string]any{}}}))},
		{"relative path", string(changed(t, "get.json", map[string]any{"rawPath": "notes"}))},
		{"body is not base64", string(changed(t, "post_binary.json", map[string]any{"body": "***"}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, err := gateway.Lambda(unreachable(t)).Invoke(t.Context(), []byte(c.payload)); err == nil {
				t.Errorf("answered %s", out)
			}
		})
	}
}

func unreachable(t *testing.T) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the handler got %s %s", r.Method, r.URL) })
}
