package auth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
)

// TestSweep tidies up behind others, with a request for a token alone.
func TestSweep(t *testing.T) {
	asked := 0
	s := newService(t, autoconfirmed(), func(o *auth.Options) { o.Sweep = func() bool { asked++; return true } })
	_, session := s.signedUp(t, "ada@example.org")
	s.Exec(`insert into auth_internal.rate_limits values ('old', 1, '` + s.Now().Add(-time.Hour).Format(time.RFC3339) + `')`)
	if asked != 0 {
		t.Error("a sign-up sweeps")
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`)
	if left := s.Value(`select count(*) from auth_internal.rate_limits where bucket = 'old'`); asked != 1 || left != "0" {
		t.Errorf("asked %d times, %s rows are left", asked, left)
	}
}
