package lambda_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/corpus"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
)

// newDatabase makes the corpus's database, and gives the variables of a function that serves it.
func newDatabase(t *testing.T) (env []string) {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(corpus.Schema())
	return variables(db)
}

// variables are those of a function that serves a database of the corpus.
func variables(db *pgtest.DB) []string {
	return []string{"DATABASE_URL=" + db.URLAs("authenticator"), "JWT_SECRET=" + corpus.Secret}
}

func requests(t *testing.T) []corpus.Request {
	t.Helper()
	all, err := corpus.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// served gives the answers of net/http, without any gateway: what all others are measured by.
func served(t *testing.T) map[string]answer {
	t.Helper()
	return sendAll(t, handler(t, newDatabase(t)), requests(t))
}

// handler is the API with the settings of env, in this process.
func handler(t *testing.T, env []string) http.Handler {
	t.Helper()
	c, err := config.Load(config.Serve, append(env, "AWS_LAMBDA_FUNCTION_NAME=pergola-test")) // a function's defaults
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(context.Background()) })
	return a.Handler()
}

// TestCorpus compares every way of carrying the corpus with net/http, each on a copy of the database of its own.
func TestCorpus(t *testing.T) {
	want := served(t)
	t.Run("net/http", func(t *testing.T) {
		for _, r := range requests(t) {
			if got := want[r.Name]; got.Status != r.Status {
				t.Errorf("%s: status %d, want %d: %.300s", r.Name, got.Status, r.Status, got.Body)
			}
		}
	})
	for _, way := range []struct {
		name string
		gate func(*testing.T) *apigw.Gateway
	}{
		{"go build", func(t *testing.T) *apigw.Gateway {
			return &apigw.Gateway{API: start(t, goBootstrap(t, "api"), newDatabase(t)...)}
		}},
		{"sam build", func(t *testing.T) *apigw.Gateway {
			return &apigw.Gateway{API: start(t, samBootstrap(t, "ApiFunction"), newDatabase(t)...)}
		}},
		{"behind the authorizer", func(t *testing.T) *apigw.Gateway {
			env := newDatabase(t)
			return &apigw.Gateway{
				API:        start(t, goBootstrap(t, "api"), env...),
				Authorizer: start(t, goBootstrap(t, "authorizer"), append(env, "PERGOLA_AUTHORIZER_MODE=permissive")...),
			}
		}},
		{"sam build behind the authorizer", func(t *testing.T) *apigw.Gateway {
			env := newDatabase(t)
			return &apigw.Gateway{
				API:        start(t, samBootstrap(t, "ApiFunction"), env...),
				Authorizer: start(t, samBootstrap(t, "AuthorizerFunction"), append(env, "PERGOLA_AUTHORIZER_MODE=permissive")...),
			}
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			compare(t, want, sendAll(t, way.gate(t), requests(t)))
		})
	}
}

// compare demands the same answers, and logs what was compared.
func compare(t *testing.T, want, got map[string]answer) {
	t.Helper()
	for _, r := range requests(t) {
		if d := cmp.Diff(want[r.Name], got[r.Name]); d != "" {
			t.Errorf("%s: net/http (-) and this (+):\n%s", r.Name, d)
		}
	}
	t.Logf("%d answers compared: %s", len(got), statuses(got))
}
