package lambda_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/corpus"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
)

// vault stands for SSM and Secrets Manager: as much of their JSON protocols as the AWS SDK needs to fetch one value.
type vault struct {
	parameters, secrets map[string]string

	mu    sync.Mutex
	asked []string
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Name, SecretId string
		WithDecryption bool
	}
	_ = json.NewDecoder(r.Body).Decode(&q)
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	v.mu.Lock()
	v.asked = append(v.asked, action+" "+q.Name+q.SecretId)
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	parameter, isParameter := v.parameters[q.Name]
	secret, isSecret := v.secrets[q.SecretId]
	switch {
	case action == "GetParameter" && isParameter && q.WithDecryption:
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]any{"Name": q.Name, "Value": parameter}})
	case action == "GetSecretValue" && isSecret:
		_ = json.NewEncoder(w).Encode(map[string]any{"Name": q.SecretId, "SecretString": secret})
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"ResourceNotFoundException","message":"no such secret"}`))
	}
}

// TestSecretsByReference runs both functions with what the template gives them: names of secrets, never their values.
func TestSecretsByReference(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(corpus.Schema())
	fields, err := json.Marshal(map[string]string{"jwt": corpus.Secret})
	if err != nil {
		t.Fatal(err)
	}
	const publishable, secretKey = "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB", "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
	v := &vault{
		parameters: map[string]string{"/pergola/dev/database-url": db.URLAs("authenticator"), "/pergola/dev/keys": secretKey},
		secrets:    map[string]string{"pergola/dev": string(fields)},
	}
	s := httptest.NewServer(v)
	defer s.Close()
	env := []string{
		"DATABASE_URL=ssm:/pergola/dev/database-url", "JWT_SECRET=secretsmanager:pergola/dev#jwt",
		"PERGOLA_SECRET_KEYS=ssm:/pergola/dev/keys", "PERGOLA_PUBLISHABLE_KEYS=" + publishable,
		"AWS_ENDPOINT_URL=" + s.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
	}
	g := &apigw.Gateway{
		API:        start(t, goBootstrap(t, "api"), env...),
		Authorizer: start(t, goBootstrap(t, "authorizer"), append(env, "PERGOLA_AUTHORIZER_MODE=strict")...),
	}
	for range 2 {
		if got := ask(t, g, named(t, "read/the caller's own rows, Alice")); got.Body != `[{"id":1,"body":"written by Alice"}]` {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
	if got := ask(t, g, named(t, "wrong/forged token")); got.Status != 403 {
		t.Errorf("a forged token: %d %s", got.Status, got.Body)
	}
	for key, want := range map[string]string{secretKey: `"service_role"`, publishable: `"anon"`, secretKey + "x": `{"message":"Forbidden"}`} {
		who := named(t, "call/who is calling, nobody")
		who.Header = append(who.Header, corpus.Field{Name: "Apikey", Value: key}, corpus.Field{Name: "Authorization", Value: "Bearer " + key})
		if got := ask(t, g, who); !strings.Contains(got.Body, want) {
			t.Errorf("with %s: got %d %s, want %s", key, got.Status, got.Body, want)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.asked) != 5 { // the database's address once, the JWT secret and the secret keys once for each function
		t.Errorf("asked for %q", v.asked)
	}
}
