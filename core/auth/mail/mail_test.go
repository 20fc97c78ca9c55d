package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/mail"
)

func templates(t *testing.T, own map[mail.Kind]mail.Texts) *mail.Templates {
	t.Helper()
	parsed, err := mail.ParseTemplates(own)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestBuiltInTemplates(t *testing.T) {
	v := mail.Variables{ConfirmationURL: "https://x.org/verify?token=t&type=signup", Token: "123456", Email: "a@x.org", NewEmail: "b@x.org", SiteURL: "https://x.org"}
	for _, tt := range []struct {
		kind          mail.Kind
		subject, text string
	}{
		{mail.Confirmation, "Confirm Your Email", "Confirm your email\n\nFollow this link to confirm your email:\n\nConfirm your email address (https://x.org/verify?token=t&type=signup)\n\nOr enter this code: 123456"},
		{mail.EmailChange, "Confirm Email Change", "Confirm the change of your email\n\nFollow this link to confirm the change of your email from a@x.org to b@x.org:\n\nChange your email (https://x.org/verify?token=t&type=signup)\n\nOr enter this code: 123456"},
		{mail.Reauthentication, "Confirm reauthentication", "Confirm that it is you\n\nEnter this code: 123456"},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			m, err := templates(t, nil).Render(tt.kind, v)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject != tt.subject || m.Text != tt.text || m.Code != "123456" {
				t.Errorf("got %q\n%q", m.Subject, m.Text)
			}
			if tt.kind != mail.Reauthentication && !cmp.Equal(m.Links, []string{v.ConfirmationURL}) {
				t.Errorf("the links are %q", m.Links)
			}
		})
	}
	for _, k := range mail.Kinds() {
		if m, err := templates(t, nil).Render(k, v); err != nil || m.Subject == "" || !strings.Contains(m.HTML, "123456") {
			t.Errorf("%s: got %+v, %v", k, m, err)
		}
	}
}

func TestOwnTemplates(t *testing.T) {
	parsed := templates(t, map[mail.Kind]mail.Texts{mail.Invite: {
		Subject: "{{ .Data.team }}\r\nBcc: everybody", Body: `<style>p{}</style><p>Hello {{ .Data.name }}</p><a href="{{ .ConfirmationURL }}">{{ .ConfirmationURL }}</a>`,
	}})
	m, err := parsed.Render(mail.Invite, mail.Variables{
		ConfirmationURL: "https://x.org/v", Data: map[string]any{"team": "Red & Blue", "name": `<script>alert(1)</script>`},
	})
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Red & Blue Bcc: everybody" {
		t.Errorf("the subject is %q", m.Subject)
	}
	if strings.Contains(m.HTML, "<script>") || m.Text != "Hello <script>alert(1)</script>\n\nhttps://x.org/v" {
		t.Errorf("got %s\n%q", m.HTML, m.Text)
	}
}

func TestBrokenTemplates(t *testing.T) {
	for _, tt := range []struct {
		name string
		own  mail.Texts
		text string
	}{
		{"no end of an action", mail.Texts{Body: "<p>{{ .Token </p>"}, "GOTRUE_MAILER_TEMPLATES_RECOVERY"},
		{"an unknown variable", mail.Texts{Body: "<p>{{ .Tokn }}</p>"}, "Tokn"},
		{"an unknown variable in the subject", mail.Texts{Subject: "{{ .Sbj }}"}, "GOTRUE_MAILER_SUBJECTS_RECOVERY"},
		{"an attribute left open", mail.Texts{Body: `<a href="{{ .ConfirmationURL }}>x`}, "GOTRUE_MAILER_TEMPLATES_RECOVERY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mail.ParseTemplates(map[mail.Kind]mail.Texts{mail.Recovery: tt.own})
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %q", err, tt.text)
			}
		})
	}
}

func TestSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mail.html")
	if err := os.WriteFile(file, []byte("<p>of a file</p>"), 0o600); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/mail.html":
			_, _ = io.WriteString(w, "<p>of the site</p>")
		case "/data":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		case "/long":
			_, _ = io.WriteString(w, "<p>"+strings.Repeat("x", 1<<20))
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	s := mail.Sources{SiteURL: site.URL + "/", Fetch: func(_ context.Context, address string) ([]byte, error) {
		if address != "s3://bucket/mail.html" {
			return nil, errors.New("no such object")
		}
		return []byte("<p>of a bucket</p>"), nil
	}}
	for _, tt := range []struct{ name, value, want, fault string }{
		{"the text itself", "<p>inline</p>", "<p>inline</p>", ""},
		{"text without marks", "Code: {{ .Token }}", "Code: {{ .Token }}", ""},
		{"a path", file, "<p>of a file</p>", ""},
		{"a file's address", "file://" + file, "<p>of a file</p>", ""},
		{"an address", site.URL + "/mail.html", "<p>of the site</p>", ""},
		{"a path of the site", "/mail.html", "<p>of the site</p>", ""},
		{"an object in S3", "s3://bucket/mail.html", "<p>of a bucket</p>", ""},
		{"an object that is missing", "s3://bucket/x", "", "no such object"},
		{"no such file", "mails/none.html", "", "as a file"},
		{"a page that is missing", site.URL + "/none", "", "status 404"},
		{"data", site.URL + "/data", "", "application/json"},
		{"far too long", site.URL + "/long", "", "longer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Read(t.Context(), tt.value)
			if got != tt.want || (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := (mail.Sources{}).Read(t.Context(), "s3://bucket/mail.html"); err == nil {
		t.Error("an address that nobody can fetch was read")
	}
}

// letterbox is a mail server that keeps what it is given.
type letterbox struct{ letters chan string }

func (b letterbox) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (letterbox) Mail(string, *smtp.MailOptions) error          { return nil }
func (letterbox) Reset()                                        {}
func (letterbox) Logout() error                                 { return nil }

func (letterbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	}
	return nil
}

func (b letterbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	b.letters <- string(text)
	return err
}

func TestSMTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := letterbox{letters: make(chan string, 1)}
	server := smtp.NewServer(box)
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	s := mail.SMTP{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "no-reply@example.org", Name: "Exämple",
		Headers: map[string][]string{"X-Campaign": {"auth"}},
	}
	m := mail.Message{To: "a@example.org", Subject: "Grüße", HTML: "<p>Hallo</p>", Text: "Hallo"}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	letter, err := netmail.ReadMessage(strings.NewReader(<-box.letters))
	if err != nil {
		t.Fatal(err)
	}
	from, _ := letter.Header.AddressList("From")
	body, _ := io.ReadAll(letter.Body)
	for what, ok := range map[string]bool{
		"sender": len(from) == 1 && from[0].Name == "Exämple" && from[0].Address == "no-reply@example.org", "subject": letter.Header.Get("Subject") == "=?UTF-8?q?Gr=C3=BC=C3=9Fe?=",
		"own header": letter.Header.Get("X-Campaign") == "auth", "id": letter.Header.Get("Message-Id") != "",
		"both forms": strings.HasPrefix(letter.Header.Get("Content-Type"), "multipart/alternative") && strings.Contains(string(body), "<p>Hallo</p>"),
	} {
		if !ok {
			t.Errorf("the %s is not right: %v\n%s", what, letter.Header, body)
		}
	}
	m.To = "nobody@example.org"
	if err := s.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("a refused mailbox gave %v", err)
	}
	m.To = "a@example.org>\r\nRCPT TO:<b@example.org"
	if err := s.Send(t.Context(), m); err == nil {
		t.Error("an address with a command in it was taken")
	}
	s.User, s.Password, s.Host = "me", "the-password", "localhost.localdomain"
	m.To = "a@example.org"
	if err := s.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "the-password") {
		t.Errorf("a password went out without TLS: %v", err)
	}
}

func TestInbox(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	inbox := mail.NewInbox(func() time.Time { at = at.Add(time.Second); return at })
	if got := read(t, inbox, "/inbox.json"); got != "[]\n" {
		t.Errorf("an empty inbox is %s", got)
	}
	_ = inbox.Send(t.Context(), mail.Message{To: "a@x.org", Subject: "One", HTML: "<p>1</p>", Text: "1"})
	_ = inbox.Send(t.Context(), mail.Message{To: "b@x.org", Subject: "<Two>", HTML: `<script>alert(1)</script><a href="https://x.org/v">go</a>`, Text: "2", Links: []string{"https://x.org/v"}, Code: "123456"})
	var got []map[string]any
	if err := json.Unmarshal([]byte(read(t, inbox, "/inbox.json")), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"to": "b@x.org", "subject": "<Two>", "html": `<script>alert(1)</script><a href="https://x.org/v">go</a>`, "text": "2", "links": []any{"https://x.org/v"}, "code": "123456", "at": "2026-11-20T11:00:02.123Z"},
		{"to": "a@x.org", "subject": "One", "html": "<p>1</p>", "text": "1", "links": []any{}, "at": "2026-11-20T11:00:01.123Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	page := read(t, inbox, "/inbox")
	if strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;Two&gt;") || !strings.Contains(page, "<b>123456</b>") || !strings.Contains(page, "sandbox=") {
		t.Errorf("the page is\n%s", page)
	}
	for n := range 1100 {
		_ = inbox.Send(t.Context(), mail.Message{Subject: fmt.Sprint(n)})
	}
	if err := json.Unmarshal([]byte(read(t, inbox, "/inbox.json")), &got); err != nil || len(got) != 1000 || got[0]["subject"] != "1099" {
		t.Errorf("%d messages are kept, %v", len(got), err)
	}
	w := httptest.NewRecorder()
	if inbox.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/inbox", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST gave %d", w.Code)
	}
}

func read(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %d, %v", path, w.Code, w.Header())
	}
	return w.Body.String()
}
