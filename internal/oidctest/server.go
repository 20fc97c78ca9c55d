package oidctest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// The client that the server knows.
const (
	Client      = "pergola-client"
	Secret      = "pergola-client-secret"
	AccessToken = "provider-access-token"
)

// Person is who signs in at the provider.
type Person struct {
	Claims       map[string]any // of the ID token, beside iss, aud, iat and exp; they may set these, too
	Info         map[string]any // at the userinfo endpoint
	GitHubUser   any            // at GitHub's /user
	GitHubEmails any            // at GitHub's /user/emails
	RefreshToken string
	Form         string // what Apple's form says of the person
}

// Server is a provider. Its URL is the issuer.
type Server struct {
	*httptest.Server
	Keys

	// Now is the time of its tokens.
	Now func() time.Time

	mu     sync.Mutex
	calls  []string // the paths that were asked for
	person Person
	codes  map[string]grant
}

// grant is what a code stands for.
type grant struct {
	person    Person
	challenge string
	redirect  string
}

// New starts a provider, which ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{Keys: newKeys(t), Now: time.Now, codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	for _, path := range []string{"/authorize", "/login/oauth/authorize", "/{tenant}/oauth2/v2.0/authorize"} {
		mux.HandleFunc("GET "+path, s.authorize)
	}
	for _, path := range []string{"/token", "/login/oauth/access_token", "/{tenant}/oauth2/v2.0/token"} {
		mux.HandleFunc("POST "+path, s.token)
	}
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.set()) })
	mux.HandleFunc("GET /userinfo", s.about(func(p Person) any { return p.Info }))
	mux.HandleFunc("GET /api/v3/user", s.about(func(p Person) any { return p.GitHubUser }))
	mux.HandleFunc("GET /api/v3/user/emails", s.about(func(p Person) any { return p.GitHubEmails }))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls = append(s.calls, r.URL.Path)
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// Calls counts how often a path was asked for.
func (s *Server) Calls(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, asked := range s.calls {
		if asked == path {
			n++
		}
	}
	return n
}

// SignIn does what a browser does that is sent to an address of the provider, where p signs in. It gives what the provider
// sends back by the browser: the parameters of the redirect, or of the form.
func (s *Server) SignIn(t testing.TB, address string, p Person) url.Values {
	t.Helper()
	s.mu.Lock()
	s.person = p
	s.mu.Unlock()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it is read, or nobody cares
	body, _ := io.ReadAll(resp.Body)
	switch resp.StatusCode {
	case http.StatusFound:
		to, err := resp.Location()
		if err != nil {
			t.Fatal(err)
		}
		return to.Query()
	case http.StatusOK:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Fatal(err)
		}
		return form
	}
	t.Fatalf("the provider answers %d to %s: %s", resp.StatusCode, address, body)
	return nil
}

// IDToken signs claims beside those that every ID token of the server's has for Client.
func (s *Server) IDToken(t testing.TB, claims map[string]any) string {
	t.Helper()
	return s.Sign(t, s.complete(s.URL, claims))
}

func (s *Server) complete(issuer string, claims map[string]any) map[string]any {
	whole := map[string]any{"iss": issuer, "aud": Client, "iat": s.Now().Unix(), "exp": s.Now().Add(time.Hour).Unix()}
	maps.Copy(whole, claims)
	return whole
}

// tenant is the issuer of a request: the server, or one of its tenants.
func (s *Server) tenant(r *http.Request) string {
	if name := r.PathValue("tenant"); name != "" {
		return s.URL + "/" + name + "/v2.0"
	}
	return s.URL
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{
		"issuer": s.tenant(r), "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
		"userinfo_endpoint": s.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		"code_challenge_methods_supported": []string{"plain", "S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_post"},
	})
}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if q.Get("client_id") != Client || q.Get("response_type") != "code" || err != nil || !back.IsAbs() {
		http.Error(w, "a request that is not registered", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	code := "code-" + strings.Repeat("x", len(s.codes)+1)
	s.codes[code] = grant{s.person, q.Get("code_challenge"), q.Get("redirect_uri")}
	form := s.person.Form
	s.mu.Unlock()
	values := url.Values{"code": {code}, "state": {q.Get("state")}}
	if q.Get("response_mode") == "form_post" {
		if form != "" {
			values.Set("user", form)
		}
		_, _ = io.WriteString(w, values.Encode()) // a test that has gone needs no answer
		return
	}
	back.RawQuery = values.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	s.mu.Lock()
	g, ok := s.codes[r.PostFormValue("code")]
	delete(s.codes, r.PostFormValue("code"))
	s.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	proved := g.challenge == "" || g.challenge == base64.RawURLEncoding.EncodeToString(sum[:])
	if !ok || id != Client || secret != Secret || !proved || g.redirect != r.PostFormValue("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	s.mu.Lock()
	s.person = g.person
	s.mu.Unlock()
	body := map[string]any{"access_token": AccessToken, "token_type": "bearer", "expires_in": 3600}
	if g.person.RefreshToken != "" {
		body["refresh_token"] = g.person.RefreshToken
	}
	if g.person.Claims != nil {
		raw, err := s.sign(s.complete(s.tenant(r), g.person.Claims))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body["id_token"] = raw
	}
	answer(w, body)
}

// about tells the bearer of the access token something about whose it is.
func (s *Server) about(what func(Person) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+AccessToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		answer(w, what(s.person))
	}
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a test that has gone needs no answer
}
