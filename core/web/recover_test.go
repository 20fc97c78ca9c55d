package web_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/web"
)

func TestRecover(t *testing.T) {
	for _, tt := range []struct {
		name string
		with any
	}{
		{"a text", "password=hunter2"},
		{"an error", errors.New("password=hunter2")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, written := logged()
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/x")
				panic(tt.with)
			})
			res := serve(web.Chain(h, web.RequestID(""), web.Recover(web.FaultOptions{Log: log})), request("GET", "/", "X-Request-Id", "req-1"))
			got := text(t, res)
			want := `{"code":"PERGOLA_INTERNAL","details":null,"hint":"The server's log tells more under the request id req-1.","message":"Internal server error"}`
			if res.StatusCode != 500 || got != want {
				t.Errorf("got %d %s", res.StatusCode, got)
			}
			all := lines(t, written)
			if len(all) != 1 || all[0]["request_id"] != "req-1" || all[0]["error"] != "panic: password=hunter2" {
				t.Fatalf("the log has %v", all)
			}
			if stack := fmt.Sprint(all[0]["stack"]); !strings.Contains(stack, "recover_test.go") {
				t.Errorf("the stack does not show where: %s", stack)
			}
		})
	}
}

func TestRecoverAfterTheAnswerBegan(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(http.ResponseWriter)
	}{
		{"a part of the body", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "[1,2") }},
		{"the header", func(w http.ResponseWriter) { w.WriteHeader(201) }},
		{"a flush", func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logger, written := logged()
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				tt.write(w)
				panic("too late")
			})
			s := httptest.NewUnstartedServer(web.Chain(h, web.Recover(web.FaultOptions{Log: logger})))
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.Start()
			t.Cleanup(s.Close)
			res, err := http.Get(s.URL)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			if err == nil {
				t.Error("the answer looks whole")
			}
			s.Close() // waits for the handler, which writes the log
			if n := len(lines(t, written)); n != 1 {
				t.Errorf("%d lines in the log, want 1", n)
			}
		})
	}
}

func TestRecoverLetsAbortThrough(t *testing.T) {
	logger, written := logged()
	defer func() {
		err, _ := recover().(error)
		if !errors.Is(err, http.ErrAbortHandler) || written.Len() != 0 {
			t.Errorf("recovered %v, the log has %q", err, written)
		}
	}()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	serve(web.Chain(h, web.Recover(web.FaultOptions{Log: logger})), request("GET", "/"))
}
