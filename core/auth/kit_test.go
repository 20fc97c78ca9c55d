package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	secret   = "a-secret-for-tests-that-is-long-enough"
	site     = "https://example.org"
	external = "https://api.example.org/auth/v1"
)

// service is a whole Auth service over a database of its own, whose clock the test sets and whose mail it reads.
type service struct {
	*pgtest.DB
	*authtest.Clock
	handler http.Handler
	issuer  *access.Issuer
	post    *post
}

// settings are those of a service that confirms addresses by mail.
func settings() flow.Settings {
	return flow.Settings{
		Lifetime: time.Hour, Audience: "authenticated", Role: "authenticated", SignUp: true, Email: true, CodeLength: 6, CodeLifetime: time.Hour,
		MailEvery: time.Minute, ExternalURL: external, SiteURL: site, Refresh: refresh.Settings{ReuseInterval: 10 * time.Second},
	}
}

// autoconfirmed are those of a service that believes every address.
func autoconfirmed() flow.Settings {
	s := settings()
	s.Autoconfirm = true
	return s
}

// newService makes a service; change sets other options of its.
func newService(t *testing.T, settings flow.Settings, change ...func(*auth.Options)) *service {
	t.Helper()
	target, db := authtest.New(t)
	s := &service{DB: target, post: &post{}, Clock: authtest.NewClock(time.Now())}
	s.start(t, db, settings, change...)
	return s
}

// start puts the service together over db, with the mail and the clock that it has.
func (s *service) start(t *testing.T, db store.Runner, settings flow.Settings, change ...func(*auth.Options)) {
	t.Helper()
	keys, err := token.ParseRing("", secret, "")
	if err != nil {
		t.Fatal(err)
	}
	s.issuer = access.NewIssuer(keys, "")
	policy, err := redirect.New(site, []string{"https://app.example.org/**"})
	if err != nil {
		t.Fatal(err)
	}
	public, err := s.issuer.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	o := auth.Options{
		Flows: flow.New(store.New(db), s.issuer, s.post, s.Now, settings), Redirects: policy, Keys: public, External: external, Version: "test",
		Admins: []string{"service_role", "supabase_admin"}, Audience: "authenticated",
	}
	for _, each := range change {
		each(&o)
	}
	s.handler = auth.New(o)
}

// post keeps what was sent.
type post struct {
	mu   sync.Mutex
	sent []flow.Letter
}

// Send keeps letters.
func (p *post) Send(_ context.Context, _ store.User, letters ...flow.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, letters...)
	return nil
}

// last is the letter that was sent last.
func (p *post) last(t *testing.T) flow.Letter {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sent) == 0 {
		t.Fatal("no letter was sent")
	}
	return p.sent[len(p.sent)-1]
}

// answer is what the service answered.
type answer struct {
	*httptest.ResponseRecorder
	body map[string]any // of a JSON object
}

// code is the error code of an answer.
func (a answer) code() string { code, _ := a.body["code"].(string); return code }

// text gives a member of the body.
func (a answer) text(name string) string { text, _ := a.body[name].(string); return text }

// do asks the service as supabase-js does. body is JSON, "" for none; header are names and values in turns.
func (s *service) do(t *testing.T, method, target, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	s.handler.ServeHTTP(a.ResponseRecorder, r)
	if b := a.Body.Bytes(); bytes.HasPrefix(b, []byte("{")) {
		if err := json.Unmarshal(b, &a.body); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, b)
		}
	}
	return a
}

// must is do for what has to be answered with a status.
func (s *service) must(t *testing.T, status int, method, target, body string, header ...string) answer {
	t.Helper()
	a := s.do(t, method, target, body, header...)
	if a.Code != status {
		t.Fatalf("%s %s %s: %d %s, want %d", method, target, body, a.Code, a.Body, status)
	}
	return a
}

// signedUp makes a user of a service that believes addresses, and gives the header of their session.
func (s *service) signedUp(t *testing.T, email string) (bearer []string, session answer) {
	t.Helper()
	a := s.must(t, http.StatusOK, "POST", "/signup", `{"email":"`+email+`","password":"correct horse"}`)
	return []string{"Authorization", "Bearer " + a.text("access_token")}, a
}

// key makes the API key of a role.
func (s *service) key(t *testing.T, role string) []string {
	t.Helper()
	raw, err := s.issuer.Issue(access.Claims{Role: role, Issued: s.Now().Unix(), Expires: s.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization", "Bearer " + raw}
}
