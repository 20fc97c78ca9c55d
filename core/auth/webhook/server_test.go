package webhook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/webhook"
)

// request is what a server was sent.
type request struct {
	method, uri string
	header      http.Header
	body        []byte
}

// server is a hook's server that keeps what it was sent.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

// serve starts a server on loopback that answers the nth request with the nth handler, and from then on with the last.
func serve(t *testing.T, answers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.requests = append(s.requests, request{r.Method, r.RequestURI, r.Header.Clone(), body})
		answer := answers[min(len(s.requests), len(answers))-1]
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// seen gives the requests of a server, of which there must be n.
func (s *server) seen(t *testing.T, n int) []request {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) != n {
		t.Fatalf("the hook was asked %d times, want %d", len(s.requests), n)
	}
	return s.requests
}

// hook makes a hook that may be on loopback, with a secret and short times where none are given.
func hook(t *testing.T, o webhook.Options) *webhook.Hook {
	t.Helper()
	o.AllowPrivate = true
	if o.Secrets == "" {
		o.Secrets = oldSecret
	}
	if o.Pause == 0 {
		o.Pause = 5 * time.Millisecond
	}
	h, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// respond answers with a JSON body. Header fields follow as pairs; one with "" is left out altogether.
func respond(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header()[http.CanonicalHeaderKey(header[i])] = nil
			if header[i+1] != "" {
				w.Header().Set(header[i], header[i+1])
			}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a caller who hangs up is part of some tests
	}
}

// hangUp ends the connection without an answer.
func hangUp(_ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }

// stall sends nothing until the caller gives up.
func stall(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// stallInBody begins an answer and goes on when the caller gives up.
func stallInBody(w http.ResponseWriter, r *http.Request) {
	respond(http.StatusOK, `{"a":`)(w, r)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}
