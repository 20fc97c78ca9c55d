package cli_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// post sends JSON, and gives status and body.
func post(t *testing.T, url, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var said map[string]any
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, said
}

const somebody = `{"email":"ada@example.org","password":"correct horse"}`

func TestDevAuth(t *testing.T) {
	d := dev(t, dataDir(t), "--empty")
	status, session := post(t, d.URL+"/auth/v1/signup", somebody)
	if status != http.StatusOK || session["access_token"] == nil {
		t.Fatalf("an address is not believed: %d %v", status, session)
	}
	if status, said := post(t, d.URL+"/auth/v1/recover", `{"email":"ada@example.org"}`); status != http.StatusOK {
		t.Fatalf("%d %v", status, said)
	}
	status, inbox := d.get("/inbox.json", "")
	if status != http.StatusOK || !strings.Contains(inbox, "localhost%3A3000") || !strings.Contains(inbox, d.URL+"/auth/v1/verify?") {
		t.Errorf("the inbox: %d %s", status, inbox)
	}
	if status, page := d.get("/inbox", ""); status != http.StatusOK || !strings.Contains(page, "ada@example.org") {
		t.Errorf("the page: %d %s", status, page)
	}
	d.stop()
}

// TestInboxIsPrivate asks for the inbox as a page would that somebody else has put into the developer's browser.
func TestInboxIsPrivate(t *testing.T) {
	d := dev(t, dataDir(t), "--empty")
	for _, tt := range []struct {
		name, host, origin string
		status             int
	}{
		{"by another name", "evil.example.org", "", http.StatusForbidden},
		{"by another name and port", "evil.example.org:54321", "", http.StatusForbidden},
		{"from another page", "localhost", "https://evil.example.org", http.StatusOK},
		{"by its number", "[::1]:54321", "", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/inbox.json", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			req.Header.Set("Origin", tt.origin)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != tt.status || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, for origin %q", res.Status, res.Header.Get("Access-Control-Allow-Origin"))
			}
		})
	}
	d.stop()
}

func TestMigrate(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	for _, tt := range []struct{ name, flag, want string }{
		{"what there is to do", "--dry-run", "0001 functions: "},
		{"all of it", "", "from version 0 to "},
		{"nothing more", "", "already"},
		{"and says so", "--dry-run", "There is nothing to do."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"migrate", "--db", db.URL()}
			if tt.flag != "" {
				args = append(args, tt.flag)
			}
			code, out, stderr := pergola(t, nil, args...)
			if code != 0 || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, %q, %s", code, out, stderr)
			}
		})
	}
	if code, _, stderr := pergola(t, []string{"DATABASE_URL=" + db.URL()}, "migrate", "--hand-over"); code != 0 {
		t.Error(stderr)
	}
	if n := db.Value(`select count(*) > 50 from auth.schema_migrations`); n != "true" {
		t.Error("GoTrue's ledger is empty")
	}
	if code, _, stderr := pergola(t, nil, "migrate"); code != 1 || !strings.Contains(stderr, "DATABASE_URL is not set") {
		t.Errorf("without a database: exit code %d, %s", code, stderr)
	}
}

func TestServeAuth(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	env := []string{
		"GOTRUE_DB_DATABASE_URL=" + db.URL(), "GOTRUE_JWT_SECRET=" + secret, "GOTRUE_SITE_URL=https://example.org",
		"API_EXTERNAL_URL=https://auth.example.org", "GOTRUE_MAILER_AUTOCONFIRM=true",
	}
	refusals := [][]string{{"serve", "auth", "--listen", "127.0.0.1:0", "--migrate=false"}, {"serve", "--listen", "127.0.0.1:0"}}
	for _, args := range refusals {
		if code, _, stderr := pergola(t, append(env, "DATABASE_URL="+db.URL()), args...); code != 1 || !strings.Contains(stderr, "pergola migrate") {
			t.Fatalf("without tables, %v: exit code %d, %s", args, code, stderr)
		}
	}
	s := serving(t, env, "serve", "auth", "--listen", "127.0.0.1:0")
	if status, body := s.ask("/health"); status != http.StatusOK || !strings.Contains(body, "GoTrue") {
		t.Errorf("%d %s", status, body)
	}
	if status, session := post(t, s.url+"/signup", somebody); status != http.StatusOK || session["refresh_token"] == nil {
		t.Errorf("%d %v", status, session)
	}
	s.stop()

	mounted := serving(t, append(env, "DATABASE_URL="+db.URLAs("authenticator")), "serve", "--listen", "127.0.0.1:0")
	status, session := post(t, mounted.url+"/auth/v1/token?grant_type=password", somebody)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, session)
	}
	db.Exec(`create table notes as select 'hers' as body; grant select on notes to authenticated`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, mounted.url+"/rest/v1/notes", nil)
	if err != nil {
		t.Fatal(err)
	}
	token, _ := session["access_token"].(string)
	req.Header.Set("Authorization", "Bearer "+token)
	waitFor(t, "the table", func() bool {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		return err == nil && strings.Contains(string(body), "hers")
	})
	mounted.stop()
}

func TestServeAuthRefuses(t *testing.T) {
	good := map[string]string{
		"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "GOTRUE_JWT_SECRET": secret, "GOTRUE_SITE_URL": "https://example.org",
		"API_EXTERNAL_URL": "https://auth.example.org", "GOTRUE_MAILER_AUTOCONFIRM": "true",
	}
	for _, tt := range []struct{ name, setting, value, want string }{
		{"no secret", "GOTRUE_JWT_SECRET", "", "pergola key generate"},
		{"a weak one", "GOTRUE_JWT_SECRET", "short", "32 bytes"},
		{"no site", "GOTRUE_SITE_URL", "", "GOTRUE_SITE_URL"},
		{"nothing that sends mail", "GOTRUE_MAILER_AUTOCONFIRM", "false", "GOTRUE_SMTP_HOST"},
		{"a broken template", "GOTRUE_MAILER_TEMPLATES_RECOVERY", "<p>{{ .Nothing }}</p>", "GOTRUE_MAILER_TEMPLATES_RECOVERY"},
		{"what there is not", "GOTRUE_SAML_ENABLED", "true", "not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var env []string
			for name, value := range good {
				if name != tt.setting {
					env = append(env, name+"="+value)
				}
			}
			if tt.value != "" {
				env = append(env, tt.setting+"="+tt.value)
			}
			if code, _, stderr := pergola(t, env, "serve", "auth", "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}
