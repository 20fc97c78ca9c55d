package docs_test

import (
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/examples/todos"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

var update = flag.Bool("update", false, "write the answers into the manual")

const (
	manual = "../../docs/rest.md"
	secret = "the manual signs its tokens with this one"
)

// server is the API over the example's database.
type server struct {
	url    string
	db     *pgtest.DB
	app    *app.App
	tokens *strings.Replacer // of the placeholders that the page names
}

func TestREST(t *testing.T) {
	s := newServer(t)
	page, blocks := readPage(t, manual)
	examples := 0
	var changes []fence // with the text that belongs there
	for i, f := range blocks {
		switch {
		case f.language == "sql":
			s.exec(t, f.text)
		case f.language != "http" || f.isAnswer():
		case i+1 == len(blocks) || !blocks[i+1].isAnswer():
			t.Errorf("line %d: a request without an answer", f.line)
		default:
			examples++
			changes = append(changes, s.check(t, f, blocks[i+1])...)
		}
	}
	t.Logf("%d examples", examples)
	if examples == 0 {
		t.Error("the page has no examples")
	}
	if *update {
		rewrite(t, page, changes)
	}
}

// check sends a request and compares the answer; with -update it gives the answer that belongs there instead.
func (s *server) check(t *testing.T, request, want fence) (change []fence) {
	t.Helper()
	res, err := http.DefaultClient.Do(request.request(t, s.url, s.tokens))
	if err != nil {
		t.Fatalf("line %d: %v", request.line, err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatalf("line %d: %v", request.line, err)
	}
	expected := want.answer(t)
	got := seen(res, body, expected.header)
	if *update {
		want.text = got.String()
		return []fence{want}
	}
	if diff := cmp.Diff(expected.String(), got.String()); diff != "" {
		t.Errorf("%s:%d: -page +server:\n%s", manual, request.line, diff)
	}
	return nil
}

func rewrite(t *testing.T, page []byte, changes []fence) {
	t.Helper()
	for _, c := range slices.Backward(changes) {
		page = slices.Replace(page, c.from, c.to, []byte(c.text)...)
	}
	if err := os.WriteFile(manual, page, 0o644); err != nil {
		t.Fatal(err)
	}
}

func newServer(t *testing.T) *server {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(todos.Schema)
	db.Exec(todos.Seed)
	c, err := config.Load(config.Serve, []string{
		"DATABASE_URL=" + db.URLAs("authenticator"), "JWT_SECRET=" + secret,
		"PGRST_DB_AGGREGATES_ENABLED=true", "PGRST_DB_TX_END=commit-allow-override", "PGRST_DB_CHANNEL_ENABLED=false",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), c, app.WithStreaming())
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		h.Close()
		_ = a.Close(context.Background())
	})
	return &server{url: h.URL, db: db, app: a, tokens: strings.NewReplacer(
		"$TOKEN", mint(t, token.Claims{Role: "authenticated", Subject: "00000000-0000-4000-8000-000000000001"}),
		"$SERVICE_KEY", mint(t, token.Claims{Role: "service_role"}),
	)}
}

func mint(t *testing.T, c token.Claims) string {
	t.Helper()
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	c.Issued = time.Now()
	signed, err := token.Mint(keys, c, "")
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// exec runs SQL of the page as the owner of the database, and has the schema read anew.
func (s *server) exec(t *testing.T, sql string) {
	t.Helper()
	s.db.Exec(sql)
	if err := s.app.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
}
