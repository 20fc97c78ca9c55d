package store_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// obscured is a value as GoTrue hides it.
func obscured(id, value string) string {
	sum := sha256.Sum256([]byte(id + value))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func token(n int, kind, to string) store.Token {
	return store.Token{ID: id(n), UserID: id(1), Kind: kind, Hash: "hash of " + kind, RelatesTo: to, CreatedAt: store.Clock{Time: now}}
}

func TestIssue(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		later := now.Add(time.Hour)
		create(t, s, member(1, "Ada@example.org"))
		issued, ok, err := s.Issue(t.Context(), store.Issue{
			Token: token(80, "confirmation_token", "ada@example.org"), At: later, Unconfirmed: true, InvitedAt: &later, ConfirmationSentAt: &later,
			Email: "ada@example.org", UserMetadata: json.RawMessage(`{"name":null,"x":1}`), Entry: entry(9, "user_invited"),
		})
		if err != nil || !ok {
			t.Fatalf("got %v, %v", ok, err)
		}
		if !issued.InvitedAt.Equal(later) || !issued.ConfirmationSent.Equal(later) || !issued.UpdatedAt.Equal(later) || string(issued.UserMetadata) != `{"x": 1}` ||
			issued.RecoverySent != nil || issued.EmailChange != "" || issued.EmailChangeSent != nil || len(issued.Identities) != 1 {
			t.Errorf("got %+v", issued)
		}
		if got := target.Value(`select string_agg(id || ' ' || token_hash, ' ') from auth.one_time_tokens`); got != id(80)+" hash of confirmation_token" {
			t.Errorf("the tokens are %s", got)
		}
		if n := target.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_invited'`); n != "1" {
			t.Errorf("the audit log has %s lines", n)
		}
	})
}

func TestIssueRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		issue     store.Issue
		ok        bool
	}{
		{"confirmed in the meantime", `update auth.users set email_confirmed_at = now()`, store.Issue{Unconfirmed: true, Email: "ada@example.org"}, false},
		{"confirmed, where that is right", `update auth.users set email_confirmed_at = now()`, store.Issue{Email: "ada@example.org"}, true},
		{"another address in the meantime", `update auth.users set email = 'x@example.org'`, store.Issue{Email: "ada@example.org"}, false},
		{"deleted softly in the meantime", `update auth.users set deleted_at = now()`, store.Issue{Email: "ada@example.org"}, false},
		{"deleted in the meantime", `delete from auth.users`, store.Issue{Email: "ada@example.org"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, s := prepared(t)
			create(t, s, member(1, "ada@example.org"))
			target.Exec(tt.sql)
			tt.issue.At, tt.issue.Token, tt.issue.Entry = now, token(80, "recovery_token", "ada@example.org"), entry(9, "user_recovery_requested")
			if _, ok, err := s.Issue(t.Context(), tt.issue); ok != tt.ok || err != nil {
				t.Errorf("got %v, %v", ok, err)
			}
			written := map[bool]string{false: "0", true: "2"}[tt.ok]
			if n := target.Value(`select (select count(*) from auth.one_time_tokens where token_type::text = 'recovery_token')
				+ (select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_recovery_requested')`); n != written {
				t.Errorf("%s rows were written", n)
			}
		})
	}
}

// TestIssueOfBothSides keeps the token of the other side while it is about the same address, and no longer.
func TestIssueOfBothSides(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		issue := func(n int, kind, to, email string) {
			t.Helper()
			issued, ok, err := s.Issue(t.Context(), store.Issue{Token: token(n, kind, to), At: now, EmailChange: email, Email: "ada@example.org"})
			if err != nil || !ok || issued.EmailChange != email || !issued.EmailChangeSent.Equal(now) {
				t.Fatalf("got %+v, %v, %v", issued, ok, err)
			}
		}
		left := func(want string) {
			t.Helper()
			if got := target.Value(`select string_agg(right(id::text, 2), ' ' order by id) from auth.one_time_tokens where token_type::text like 'email%'`); got != want {
				t.Errorf("left are %s, want %s", got, want)
			}
		}
		issue(80, store.EmailChangeCurrent, "ada@example.org", "new@example.org")
		issue(81, store.EmailChangeNew, "new@example.org", "new@example.org")
		left("80 81")
		target.Exec(`update auth.users set email_change_confirm_status = 1`)
		issue(82, store.EmailChangeNew, "other@example.org", "other@example.org")
		left("82")
		if got := target.Value(`select email_change_confirm_status from auth.users`); got != "0" {
			t.Errorf("%s of both sides have agreed", got)
		}
	})
}
