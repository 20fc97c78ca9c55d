package security_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
)

// secret is the HS256 secret of the tests' tokens.
const secret = "the tests of security sign with this one"

// api is a server of the REST surface on a loopback port.
type api struct {
	*httptest.Server
	log *journal
}

// journal is a log that may be written by many.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// start serves a database until the test ends. The settings are NAME=value and come after the usual ones.
func start(t testing.TB, databaseURL string, settings []string, options ...app.Option) *api {
	t.Helper()
	environment := append([]string{"DATABASE_URL=" + databaseURL, "JWT_SECRET=" + secret}, settings...)
	cfg, err := config.Load(config.Serve, environment)
	if err != nil {
		t.Fatal(err)
	}
	log := &journal{}
	options = append(options, app.WithLogger(slog.New(slog.NewJSONHandler(log, nil))))
	a, err := app.New(t.Context(), cfg, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return &api{s, log}
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request and reads its answer. Header fields are given as name, value, name, value.
func (a *api) call(t testing.TB, method, path, body string, fields ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, a.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	res, err := a.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

// bearer is the Authorization header's value for a role (RFC 7515, 3.1). The token is signed here rather than by the
// product, so that a mistake of its own cannot hide itself.
func bearer(role, subject string) string {
	encode := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"role":%q,"sub":%q,"exp":4102444800}`, role, subject) // 2100
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return "Bearer " + text + "." + encode(mac.Sum(nil))
}

// eventually waits for a condition, 5 seconds at most.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for range 250 {
		if holds() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s: it never came true", what)
}
