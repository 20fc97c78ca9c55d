package auth_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/internal/authtest"
)

// instances are services over one database that behaves as Aurora DSQL does: every fifth commit fails with SQLSTATE 40001.
func instances(t *testing.T, settings flow.Settings) []*service {
	t.Helper()
	target, db := authtest.NewDSQL(t)
	first := &service{DB: target, post: &post{}, Clock: authtest.NewClock(time.Now())}
	second := &service{DB: target, post: first.post, Clock: authtest.NewClock(first.Now())}
	first.start(t, db, settings)
	second.start(t, db, settings)
	return []*service{first, second}
}

// atOnce sends a request to the instances in turns, n times at once, and gives the answers.
func atOnce(t *testing.T, all []*service, n int, target, body string) []answer {
	t.Helper()
	answers := make([]answer, n)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = all[i%len(all)].do(t, "POST", target, body) })
	}
	wait.Wait()
	return answers
}

// TestInstancesOneCode brings one code to two instances at once: one session, whoever wins.
func TestInstancesOneCode(t *testing.T) {
	all := instances(t, settings())
	for range 3 {
		all[0].Exec(`delete from auth.users`)
		all[0].must(t, http.StatusOK, "POST", "/signup", `{"email":"`+bob+`","password":"correct horse"}`)
		sessions := 0
		for _, a := range atOnce(t, all, 6, "/verify", `{"type":"signup","email":"`+bob+`","token":"`+all[0].post.last(t).Token+`"}`) {
			switch {
			case a.Code == http.StatusOK:
				sessions++
			case a.Code != http.StatusForbidden && a.Code != http.StatusServiceUnavailable:
				t.Errorf("got %d %s", a.Code, a.Body)
			}
		}
		if got := all[0].Value(`select count(*) from auth.sessions`); sessions != 1 || got != "1" {
			t.Errorf("%d answers have a session, and there are %s", sessions, got)
		}
		if got := all[0].Value(`select count(*) from auth.audit_log_entries where payload::json ->> 'action' = 'login'`); got != "0" && got != "1" {
			t.Errorf("%s sign-ins were written down", got)
		}
		all[0].Exec(`delete from auth.audit_log_entries`)
	}
}

// TestInstancesOneRefreshToken brings one refresh token to two instances at once: whoever is answered has the same token.
func TestInstancesOneRefreshToken(t *testing.T) {
	all := instances(t, autoconfirmed())
	_, session := all[0].signedUp(t, bob)
	for round := range 4 {
		next := ""
		for _, a := range atOnce(t, all, 10, "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`) {
			switch {
			case a.Code == http.StatusServiceUnavailable: // which a client repeats
			case a.Code != http.StatusOK:
				t.Errorf("got %d %s", a.Code, a.Body)
			case next != "" && a.text("refresh_token") != next:
				t.Errorf("two tokens came of one: %q and %q", next, a.text("refresh_token"))
			default:
				next = a.text("refresh_token")
				session = a
			}
		}
		if got := all[0].Value(`select count(*) || ' ' || max(refresh_token_counter) from auth.sessions`); next == "" || got != "1 "+string(rune('1'+round)) {
			t.Fatalf("after round %d the sessions and the counter are %s", round, got)
		}
	}
}

// TestInstancesOneMail does what sends mail many times, behind commits that fail and are tried again: each sends one mail,
// writes one token and one line of the audit log.
func TestInstancesOneMail(t *testing.T) {
	all := instances(t, settings())
	const users = 12
	for n := range users {
		email := string(rune('a'+n)) + "@example.org"
		all[n%2].must(t, http.StatusOK, "POST", "/signup", `{"email":"`+email+`","password":"correct horse"}`)
		if sent := len(all[0].post.sent); sent != n+1 {
			t.Fatalf("%d mails went out for %d sign-ups", sent, n+1)
		}
	}
	if got := all[0].Value(`select (select count(*) from auth.users) || ' ' || (select count(*) from auth.identities) || ' ' ||
		(select count(*) from auth.one_time_tokens) || ' ' || (select count(*) from auth.audit_log_entries)`); got != "12 12 12 12" {
		t.Errorf("users, identities, tokens and lines are %s", got)
	}
	for _, s := range all {
		s.Pass(2 * time.Minute)
	}
	for n := range users {
		email := string(rune('a'+n)) + "@example.org"
		all[n%2].must(t, http.StatusOK, "POST", "/recover", `{"email":"`+email+`"}`)
		if sent := len(all[0].post.sent); sent != users+n+1 {
			t.Fatalf("%d mails went out for %d requests", sent, users+n+1)
		}
	}
	sentTwice := map[string]int{}
	for _, letter := range all[0].post.sent {
		sentTwice[letter.SendingTo+" "+letter.Token]++
	}
	if len(sentTwice) != 2*users {
		t.Errorf("the mails differ in %d ways, want %d", len(sentTwice), 2*users)
	}
}

// TestAuditRowsBelongToTheWrite makes the audit log refuse its line: what it was about has not happened either.
func TestAuditRowsBelongToTheWrite(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, _ := s.signedUp(t, "ada@example.org")
	before := s.Value(`select encrypted_password from auth.users`)
	s.Exec(`alter table auth.audit_log_entries add constraint closed check (false) not valid`)
	for _, r := range []struct{ method, target, body string }{
		{"POST", "/signup", `{"email":"` + bob + `","password":"correct horse"}`},
		{"POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"correct horse"}`},
		{"PUT", "/user", `{"password":"another horse"}`},
		{"POST", "/logout", ""},
	} {
		s.must(t, http.StatusInternalServerError, r.method, r.target, r.body, bearer...)
	}
	if got := s.Value(`select (select count(*) from auth.users) || ' ' || (select count(*) from auth.sessions)`); got != "1 1" {
		t.Errorf("users and sessions are %s", got)
	}
	if s.Value(`select encrypted_password from auth.users`) != before {
		t.Error("the password has changed")
	}
}
