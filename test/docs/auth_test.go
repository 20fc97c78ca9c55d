package docs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

const authManual = "../../docs/auth.md"

// outbox is where mail goes.
type outbox struct{ last mail.Message }

// Send keeps the newest message.
func (o *outbox) Send(_ context.Context, m mail.Message) error {
	o.last = m
	return nil
}

// visitor sends the requests of the page, and remembers what later ones need.
type visitor struct {
	*server
	box    *outbox
	client http.Client
	known  map[string]string // the placeholders of the page
}

func TestAuth(t *testing.T) {
	v := newVisitor(t)
	_, blocks := readPage(t, authManual)
	examples := 0
	for i, f := range blocks {
		switch {
		case f.language == "sql":
			v.exec(t, f.text)
		case f.language != "http" || f.isAnswer():
		case i+1 == len(blocks) || !blocks[i+1].isAnswer():
			t.Errorf("line %d: a request without an answer", f.line)
		default:
			examples++
			v.check(t, f, blocks[i+1])
		}
	}
	t.Logf("%d examples", examples)
	if examples == 0 {
		t.Error("the page has no examples")
	}
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	db, _ := authtest.New(t)
	key, err := token.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	secret := token.GenerateAPIKey(config.SecretPrefix)
	c, err := config.LoadFrom(config.Serve, config.Sources{Auth: true, Environ: append(settings(db),
		"GOTRUE_JWT_KEYS=["+string(key)+"]", "PERGOLA_SECRET_KEYS="+secret, "PGRST_DB_CHANNEL_ENABLED=false")})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{box: &outbox{}, known: map[string]string{"$SECRET_KEY": secret}}
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	users, err := authapp.New(t.Context(), c, authapp.Options{Sender: v.box})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), c, app.WithStreaming(), app.WithAuth(users.Handler()))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		h.Close()
		_ = a.Close(context.Background())
		users.Close(context.Background())
	})
	v.server = &server{url: h.URL, db: db, app: a}
	return v
}

// settings are those that the page names before its first request.
func settings(db *pgtest.DB) []string {
	return []string{
		"DATABASE_URL=" + db.URLAs("authenticator"), "GOTRUE_DB_DATABASE_URL=" + db.URL(),
		"API_EXTERNAL_URL=https://api.example.com/auth/v1", "GOTRUE_SITE_URL=https://app.example.com",
		"GOTRUE_URI_ALLOW_LIST=https://app.example.com/**", "GOTRUE_SMTP_HOST=smtp.example.com", "GOTRUE_SMTP_ADMIN_EMAIL=hello@example.com",
	}
}

// check sends a request and compares the answer with that of the page.
func (v *visitor) check(t *testing.T, request, want fence) {
	t.Helper()
	res, err := v.client.Do(request.request(t, v.url, v.placeholders()))
	if err != nil {
		t.Fatalf("line %d: %v", request.line, err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatalf("line %d: %v", request.line, err)
	}
	v.remember(t, res, body)
	expected := want.answer(t)
	if err := expected.fits(seen(res, body, expected.header)); err != nil {
		t.Errorf("%s:%d: %v; the answer is:\n%s", authManual, request.line, err, seen(res, body, expected.header))
	}
}

func (v *visitor) placeholders() *strings.Replacer {
	var pairs []string
	for name, value := range v.known {
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...)
}

// remember keeps tokens and what a mail brought.
func (v *visitor) remember(t *testing.T, res *http.Response, body []byte) {
	t.Helper()
	var session struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal(body, &session) // an answer that is no object has none
	if _, fragment, ok := strings.Cut(res.Header.Get("Location"), "#"); ok {
		q, err := url.ParseQuery(fragment)
		if err != nil {
			t.Fatal(err)
		}
		session.Access, session.Refresh = q.Get("access_token"), q.Get("refresh_token")
	}
	if session.Access != "" {
		v.known["$ACCESS_TOKEN"], v.known["$REFRESH_TOKEN"] = session.Access, session.Refresh
	}
	if len(v.box.last.Links) > 0 {
		link, err := url.Parse(v.box.last.Links[0])
		if err != nil {
			t.Fatal(err)
		}
		v.known["$CODE"], v.known["$HASH"] = v.box.last.Code, link.Query().Get("token")
	}
}

// fits compares an answer with that of the page, in which "..." stands for anything.
func (a answer) fits(got answer) error {
	if a.status != got.status {
		return fmt.Errorf("its status is not %s", a.status)
	}
	for i, f := range a.header {
		begin, open := strings.CutSuffix(f[1], anything)
		if value := got.header[i][1]; !strings.HasPrefix(value, begin) || !open && value != begin {
			return fmt.Errorf("%s is not %s", f[0], f[1])
		}
	}
	if a.body == "" {
		if got.body != "" {
			return fmt.Errorf("it has a body")
		}
		return nil
	}
	var wanted, given any
	if err := json.Unmarshal([]byte(a.body), &wanted); err != nil {
		return fmt.Errorf("the page's body is no JSON: %w", err)
	}
	if err := json.Unmarshal([]byte(got.body), &given); err != nil {
		return fmt.Errorf("its body is no JSON: %w", err)
	}
	return fits("", wanted, given)
}

const anything = "..."

// fits compares a value of JSON with that of the page.
func fits(path string, want, got any) error {
	if want == anything {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", path)
		}
		return memberwise(path, want, got)
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return fmt.Errorf("%s is no list of %d", path, len(want))
		}
		for i := range want {
			if err := fits(fmt.Sprintf("%s/%d", path, i), want[i], got[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if want != got {
		return fmt.Errorf("%s is %v, not %v", path, got, want)
	}
	return nil
}

func memberwise(path string, want, got map[string]any) error {
	for name, value := range want {
		if name == anything {
			continue
		}
		if _, ok := got[name]; !ok {
			return fmt.Errorf("%s/%s is missing", path, name)
		}
		if err := fits(path+"/"+name, value, got[name]); err != nil {
			return err
		}
	}
	if _, open := want[anything]; open {
		return nil
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return fmt.Errorf("%s/%s is not on the page", path, name)
		}
	}
	return nil
}

// store has a value for every reference.
type store struct{}

// Resolve gives a secret of the form that is due.
func (store) Resolve(_ context.Context, ref config.Secret) (string, error) {
	if strings.Contains(string(ref), "hook") {
		return "v1,whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", nil
	}
	return "a secret that is long enough for anything", nil
}

// TestSettingsOfAuth starts the service with each block of settings of the page, beside those that all have.
func TestSettingsOfAuth(t *testing.T) {
	_, blocks := readPage(t, authManual)
	templates(t, blocks)
	count := 0
	for _, f := range blocks {
		if f.language != "ini" {
			continue
		}
		count++
		given := strings.Split(strings.TrimSpace(f.text), "\n")
		c, err := config.LoadFrom(config.Serve, config.Sources{Auth: true, Environ: append(beside(given), given...)})
		if err != nil {
			t.Errorf("line %d: %v", f.line, err)
			continue
		}
		for _, line := range given {
			name, _, _ := strings.Cut(line, "=")
			if _, ok := c.Origins[name]; !ok {
				t.Errorf("line %d: %s is no setting", f.line, name)
			}
		}
		a, err := authapp.New(t.Context(), c, authapp.Options{Resolver: store{}})
		if err != nil {
			t.Errorf("line %d: %v", f.line, err)
			continue
		}
		a.Close(context.Background())
	}
	if count == 0 {
		t.Error("the page has no settings")
	}
}

// templates makes the file that the page shows where its settings find it.
func templates(t *testing.T, blocks []fence) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("templates", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range blocks {
		if f.language == "html" {
			if err := os.WriteFile(filepath.Join("templates", "invite.html"), []byte(f.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// beside are the settings that every service has, without those that a block gives itself. One sender of mail takes the place
// of another.
func beside(given []string) []string {
	all := []string{
		"DATABASE_URL=postgresql://authenticator@127.0.0.1:1/app", "API_EXTERNAL_URL=https://api.example.com/auth/v1",
		"GOTRUE_SITE_URL=https://app.example.com", "GOTRUE_JWT_SECRET=" + secret,
		"GOTRUE_SMTP_HOST=smtp.example.com", "GOTRUE_SMTP_ADMIN_EMAIL=hello@example.com",
	}
	var kept []string
	for _, line := range all {
		name, _, _ := strings.Cut(line, "=")
		own := strings.Join(given, "\n")
		if !strings.Contains(own, name+"=") && !(strings.Contains(own, "PERGOLA_SES_") && strings.HasPrefix(name, "GOTRUE_SMTP_")) {
			kept = append(kept, line)
		}
	}
	return kept
}
