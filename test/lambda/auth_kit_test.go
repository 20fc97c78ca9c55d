package lambda_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/corpus"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
)

const (
	appURL  = "https://app.example.com"
	authURL = "https://" + host + "/auth/v1"
)

// newUsers makes the corpus's database with the tables of the Auth service.
func newUsers(t *testing.T) *pgtest.DB {
	t.Helper()
	return pgtest.NewFrom(t, "lambda_auth", func(pattern *pgtest.DB) {
		pattern.Supabase()
		pattern.Exec(corpus.Schema())
		authtest.Apply(t, pattern.URL())
	})
}

// plainUsers are the variables of an Auth function that believes every address and signs with a text.
func plainUsers(db *pgtest.DB) []string {
	return []string{
		"GOTRUE_DB_DATABASE_URL=" + db.URL(), "GOTRUE_JWT_SECRET=" + corpus.Secret, "GOTRUE_SITE_URL=" + appURL,
		"API_EXTERNAL_URL=" + authURL, "GOTRUE_MAILER_AUTOCONFIRM=true",
	}
}

// newKeys makes a private key as GOTRUE_JWT_KEYS has it, and its public set as JWT_SECRET has it.
func newKeys(t *testing.T) (private, public string) {
	t.Helper()
	key, err := token.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	set, err := token.PublicSet(key)
	if err != nil {
		t.Fatal(err)
	}
	return "[" + string(key) + "]", string(set)
}

// inTurns is several instances of one function, of which each is asked in its turn.
type inTurns struct {
	instances []apigw.Function
	asked     atomic.Uint32
}

// Invoke hands the event to the next instance.
func (i *inTurns) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	n := int(i.asked.Add(1))
	return i.instances[n%len(i.instances)].Invoke(ctx, event)
}

// refuser is an authorizer that lets nobody in.
type refuser struct{}

// Invoke says no.
func (refuser) Invoke(context.Context, []byte) ([]byte, error) {
	return []byte(`{"isAuthorized":false}`), nil
}

// person asks a gateway as a browser with supabase-js does, from an address of loopback.
type person struct {
	t      *testing.T
	url    string
	client *http.Client
}

// newPerson opens the gateway's door to somebody at an address, such as 127.0.0.7.
func newPerson(t *testing.T, g *apigw.Gateway, address string) *person {
	t.Helper()
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &person{t, s.URL, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is what the gateway answered.
type reply struct {
	*http.Response
	text string
	body struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ID, Email    string
		User         struct{ ID, Email string }
		Code         string
		Keys         []map[string]any
		Users        []struct{ Email string }
	}
}

// do sends a request below the gateway's address. header are names and values in turns.
func (p *person) do(method, target, body string, header ...string) reply {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Host = host
	r.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	r.Header.Set("User-Agent", "a browser")
	if body != "" {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	out := reply{Response: res, text: string(text)}
	if strings.HasPrefix(out.text, "{") {
		if err := json.Unmarshal(text, &out.body); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, target, err, text)
		}
	}
	return out
}

// want demands a status.
func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: %d %s, want %d", r.Request.Method, r.Request.URL.Path, r.StatusCode, r.text, status)
	}
	return r
}
