package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/web"
)

func TestAccessLog(t *testing.T) {
	user := mint(t, "authenticated", "u1")
	log, written := logged()
	h := web.Chain(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, "12345")
		}),
		web.RequestID(""), web.AccessLog(log), web.Recover(web.FaultOptions{Log: log}),
		web.Authenticate(web.AuthOptions{Verifier: verifier(t, "anon"), APIKey: true, Clock: clock}),
	)
	serve(h, request("POST", "/rest/v1/todos?email=eq.someone@example.com", "X-Request-Id", "req-1",
		"Authorization", "Bearer "+user, "apikey", user))
	for _, hidden := range []string{user, "someone", "email"} {
		if strings.Contains(written.String(), hidden) {
			t.Errorf("the log tells %q: %s", hidden, written)
		}
	}
	all := lines(t, written)
	if len(all) != 1 {
		t.Fatalf("%d lines in the log, want 1", len(all))
	}
	if d, ok := all[0]["duration"].(float64); !ok || d <= 0 {
		t.Errorf("the duration is %v", all[0]["duration"])
	}
	delete(all[0], "time")
	delete(all[0], "duration")
	want := map[string]any{
		"level": "INFO", "msg": "request", "request_id": "req-1", "method": "POST", "path": "/rest/v1/todos",
		"status": 201.0, "bytes": 5.0, "role": "authenticated", "remote": "192.0.2.1:1234",
	}
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Errorf("the line differs (-want +got):\n%s", diff)
	}
}

func TestAccessLogStatus(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    float64
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, 200},
		{"a body alone", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, 200},
		{"early hints first", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
		{"a panic", func(http.ResponseWriter, *http.Request) { panic("x") }, 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, written := logged()
			serve(web.Chain(tt.handler, web.AccessLog(log), web.Recover(web.FaultOptions{Log: slog.New(slog.DiscardHandler)})), request("GET", "/"))
			if all := lines(t, written); len(all) != 1 || all[0]["status"] != tt.want {
				t.Errorf("the log has %v, want status %v", all, tt.want)
			}
		})
	}
}
