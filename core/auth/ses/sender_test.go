package ses_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/ses"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/internal/awstest"
)

var message = mail.Message{To: "ada@example.org", Subject: "Grüße", HTML: "<p>Hallo</p>", Text: "Hallo"}

// TestSend sends through an emulator, which delivers nothing for an address that is not verified.
func TestSend(t *testing.T) {
	s := ses.Sender{Client: &awsapi.Client{Endpoint: awstest.New(t)}, From: "noreply@example.com", Name: "Zoë"}
	if err := s.Send(t.Context(), message); err == nil || !strings.Contains(err.Error(), "not verified") {
		t.Errorf("before the address is verified: %v", err)
	}
	_, err := s.Client.Do(t.Context(), awsapi.Request{
		Service: "ses", Host: "email", Method: http.MethodPost, Path: "/v2/email/identities", Body: []byte(`{"EmailIdentity":"noreply@example.com"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message); err != nil {
		t.Error(err)
	}
	answer, err := s.Client.Do(t.Context(), awsapi.Request{Service: "ses", Host: "email", Method: http.MethodGet, Path: "/moto-api/data.json"})
	if err != nil {
		t.Fatal(err)
	}
	if kept := string(answer); strings.Count(kept, "Hallo") == 0 || !strings.Contains(kept, "ada@example.org") {
		t.Errorf("the emulator has kept %.2000s", kept)
	}
}

// TestWhatIsSent shows SES's own form.
func TestWhatIsSent(t *testing.T) {
	var path string
	var got map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &got)
		_, _ = w.Write([]byte(`{"MessageId":"1"}`))
	}))
	defer server.Close()
	awstest.Point(t, server.URL)
	s := ses.Sender{Client: new(awsapi.Client), From: "noreply@example.com", Name: "Zoë, Inc.", Headers: map[string][]string{"X-B": {"1", "2"}, "X-A": {"3"}}}
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	utf8 := func(data string) map[string]any { return map[string]any{"Data": data, "Charset": "UTF-8"} }
	want := map[string]any{
		"FromEmailAddress": `=?utf-8?b?Wm/DqywgSW5jLg==?= <noreply@example.com>`,
		"Destination":      map[string]any{"ToAddresses": []any{"ada@example.org"}},
		"Content": map[string]any{"Simple": map[string]any{
			"Subject": utf8("Grüße"), "Body": map[string]any{"Text": utf8("Hallo"), "Html": utf8("<p>Hallo</p>")},
			"Headers": []any{
				map[string]any{"Name": "X-A", "Value": "3"}, map[string]any{"Name": "X-B", "Value": "1"}, map[string]any{"Name": "X-B", "Value": "2"},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" || path != "/v2/email/outbound-emails" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestBadAddress(t *testing.T) {
	s := ses.Sender{Client: new(awsapi.Client), From: "noreply@example.com"}
	m := message
	m.To = "a@example.org, b@example.org"
	if err := s.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "address") {
		t.Errorf("two addresses in one: %v", err)
	}
}
