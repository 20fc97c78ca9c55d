package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/corpus"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
	"github.com/pergola-dev/pergola/test/lambda/runtimeapi"
)

// named gives one request of the corpus.
func named(t *testing.T, name string) corpus.Request {
	t.Helper()
	for _, r := range requests(t) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("the corpus has no %q", name)
	return corpus.Request{}
}

// ask sends one request to a gateway.
func ask(t *testing.T, g *apigw.Gateway, r corpus.Request) answer {
	t.Helper()
	return sendAll(t, g, []corpus.Request{r})[r.Name]
}

func TestStrictAuthorizer(t *testing.T) {
	env := newDatabase(t)
	g := &apigw.Gateway{
		API:        start(t, goBootstrap(t, "api"), env...),
		Authorizer: start(t, goBootstrap(t, "authorizer"), append(env, "PERGOLA_AUTHORIZER_MODE=strict")...),
	}
	for _, c := range []struct {
		request string
		status  int
		body    string
	}{
		{"wrong/forged token", 403, `{"message":"Forbidden"}`},
		{"wrong/expired token", 403, `{"message":"Forbidden"}`},
		{"wrong/no token at all", 403, `{"message":"Forbidden"}`},
		{"read/the caller's own rows, Alice", 200, `[{"id":1,"body":"written by Alice"}]`},
		{"call/who is calling, nobody", 200, `{"role" : "anon", "sub" : null, "method" : "GET"}`},
	} {
		t.Run(c.request, func(t *testing.T) {
			if got := ask(t, g, named(t, c.request)); got.Status != c.status || got.Body != c.body {
				t.Errorf("got %d %s, want %d %s", got.Status, got.Body, c.status, c.body)
			}
		})
	}
}

// TestFunctionTrustsNoAuthorizer lets an authorizer call a caller who has no token a service_role.
func TestFunctionTrustsNoAuthorizer(t *testing.T) {
	g := &apigw.Gateway{API: start(t, goBootstrap(t, "api"), newDatabase(t)...), Authorizer: liar{}}
	got := ask(t, g, named(t, "call/who is calling, nobody"))
	if !strings.Contains(got.Body, `"role" : "anon"`) {
		t.Errorf("acted as %s", got.Body)
	}
	if got := ask(t, g, named(t, "wrong/forged token")); got.Status != 401 {
		t.Errorf("a forged token: %d %s", got.Status, got.Body)
	}
}

func TestAnswerOverTheLimitOfLambda(t *testing.T) {
	g := &apigw.Gateway{API: start(t, goBootstrap(t, "api"), newDatabase(t)...)}
	got := ask(t, g, corpus.Request{
		Name: "lines", Method: "GET", Target: "/rest/v1/rpc/lines?n=40000",
		Header: []corpus.Field{{Name: "Origin", Value: "https://app.example.com"}},
	})
	var problem struct{ Code, Hint string }
	if err := json.Unmarshal([]byte(got.Body), &problem); err != nil || got.Status != 413 || problem.Code != "PERGOLA_ANSWER_TOO_BIG" {
		t.Errorf("got %d %.300s", got.Status, got.Body)
	}
	if got.Header["Access-Control-Allow-Origin"] == "" {
		t.Errorf("a browser could not read it: %v", got.Header)
	}
}

// TestRequestWithoutIDIsNamedAfterTheInvocation: in the answer and in the log, where Lambda's own lines name it too.
func TestRequestWithoutIDIsNamedAfterTheInvocation(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000001"
	var log strings.Builder
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Config{
		Program: goBootstrap(t, "api"), Env: newDatabase(t), Log: &log, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Invoke(t.Context(), []byte(`{"version":"2.0","rawPath":"/healthz","headers":{},"requestContext":{"http":{"method":"GET"}}}`))
	f.Stop()
	if err != nil || !strings.Contains(string(out), `"X-Request-Id":"`+id+`"`) {
		t.Errorf("%s, %v", out, err)
	}
	for _, part := range []string{`"request_id":"` + id + `"`, `"requestId":"` + id + `"`} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %s in the log:\n%s", part, &log)
		}
	}
}

func TestUnknownEventIsRefusedByTheFunction(t *testing.T) {
	f := start(t, goBootstrap(t, "api"), newDatabase(t)...)
	_, err := f.Invoke(t.Context(), []byte(`{"Records":[]}`))
	if err == nil || !strings.Contains(err.Error(), "payload format version 2.0") {
		t.Errorf("error %v", err)
	}
	out, err := f.Invoke(t.Context(), []byte(`{"version":"2.0","rawPath":"/healthz","requestContext":{"http":{"method":"GET"}}}`))
	if err != nil {
		t.Errorf("the next event: %s, %v", out, err)
	}
}

// TestBadConfigurationEndsTheFunction: all that is wrong is said at once, before the first event.
func TestBadConfigurationEndsTheFunction(t *testing.T) {
	var log strings.Builder
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Config{
		Program: goBootstrap(t, "api"), Log: &log, Env: []string{"JWT_SECRET=short", "PGRST_DB_POOL=none"},
	})
	if err == nil {
		f.Stop()
		t.Fatal("it started")
	}
	for _, part := range []string{"JWT_SECRET", "PGRST_DB_POOL"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%q does not name %s", log.String(), part)
		}
	}
}

// TestTermination: on SIGTERM the function gives its connections back in the time that Lambda leaves it.
func TestTermination(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(corpus.Schema())
	open := func() string {
		return db.Value("select count(*) from pg_stat_activity where datname = current_database() and usename = 'authenticator'")
	}
	f := start(t, goBootstrap(t, "api"), variables(db)...)
	if got := ask(t, &apigw.Gateway{API: f}, named(t, "read/one row by key")); got.Status != 200 || open() == "0" {
		t.Errorf("a request: status %d, %s connections", got.Status, open())
	}
	f.Terminate()
	if n := open(); n != "0" {
		t.Errorf("%s connections after SIGTERM", n)
	}
}

// TestDatabaseThatIsDown: the start does not wait for the database, what needs none is answered, the rest says what is
// wrong, and service begins by itself.
func TestDatabaseThatIsDown(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Supabase()
	db.Exec(corpus.Schema())
	db.Stop()
	f := start(t, goBootstrap(t, "api"), variables(db)...)
	g := &apigw.Gateway{API: f}
	if got := ask(t, g, named(t, "transport/health")); got.Status != 200 {
		t.Errorf("health: %+v", got)
	}
	got := ask(t, g, named(t, "read/one row by key"))
	if got.Status != 503 || got.Header["Retry-After"] == "" || !strings.Contains(got.Body, `"PGRST00`) {
		t.Errorf("a request: %+v", got)
	}
	db.Start()
	deadline := time.Now().Add(10 * time.Second)
	for got.Status != 200 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		got = ask(t, g, named(t, "read/one row by key"))
	}
	if got.Status != 200 {
		t.Errorf("the database is back: %+v", got)
	}
}
