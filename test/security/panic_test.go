package security_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// TestPanic shows that a panic anywhere behind the chain is a plain 500, whose cause stands in the log once, under the
// request id that the caller was told.
func TestPanic(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the password is hunter2") })
	a := start(t, db.URLAs("authenticator"), nil, app.WithAuth(broken))
	got := a.call(t, http.MethodPost, "/auth/v1/token", `{}`)
	id := got.header.Get("X-Request-Id")
	if got.status != http.StatusInternalServerError || id == "" || strings.Contains(got.body, "hunter2") {
		t.Errorf("%d %q %s", got.status, id, got.body)
	}
	if !strings.Contains(got.body, id) {
		t.Errorf("the answer does not name the request id %s: %s", id, got.body)
	}
	logged := 0
	for line := range strings.Lines(a.log.String()) {
		var entry struct {
			RequestID string `json:"request_id"`
			Error     string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(entry.Error, "hunter2") {
			logged++
			if entry.RequestID != id {
				t.Errorf("logged under %q, answered with %q", entry.RequestID, id)
			}
		}
	}
	if logged != 1 {
		t.Errorf("logged %d times, want once:\n%s", logged, a.log)
	}
	if again := a.call(t, http.MethodGet, "/healthz", ""); again.status != http.StatusOK {
		t.Errorf("the next request gives %d", again.status)
	}
}
