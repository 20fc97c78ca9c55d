package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var now = time.Date(2026, 11, 20, 12, 0, 0, 123456000, time.UTC)

// id makes a UUID that tells what it is for by its number.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// prepared gives a database with the tables of the Auth service, and a store over it.
func prepared(t *testing.T) (*pgtest.DB, *store.Store) {
	t.Helper()
	target, db := authtest.New(t)
	return target, store.New(db)
}

// member is a sign-up by e-mail with the id n.
func member(n int, email string) store.NewUser {
	user := id(n)
	return store.NewUser{
		User: store.User{
			ID: user, Aud: "authenticated", Role: "authenticated", Email: email, EncryptedPassword: "$2a$10$x", ConfirmationSent: &now,
			AppMetadata: json.RawMessage(`{"provider": "email"}`), UserMetadata: json.RawMessage(`{"name": "Ada"}`), CreatedAt: now, UpdatedAt: now,
			Identities: []store.Identity{{
				ID: id(n + 1000), ProviderID: user, UserID: user, Provider: "email", Data: json.RawMessage(`{"sub": "` + user + `", "email": "` + email + `"}`),
				CreatedAt: now, UpdatedAt: now,
			}},
		},
		Tokens: []store.Token{{ID: id(n + 2000), UserID: user, Kind: "confirmation_token", Hash: "abc", RelatesTo: email, CreatedAt: store.Clock{Time: now}}},
		Entry:  entry(n, "user_signedup"),
	}
}

func entry(n int, action string) store.Entry {
	return store.Entry{ID: id(n + 3000), Payload: json.RawMessage(`{"action":"` + action + `"}`), CreatedAt: now, IP: "192.0.2.1"}
}

func create(t *testing.T, s *store.Store, n store.NewUser) store.User {
	t.Helper()
	user, err := s.CreateUser(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func session(n, user int) store.SignIn {
	return store.SignIn{
		Session:  store.Session{ID: id(n), UserID: id(user), AAL: "aal1", UserAgent: "test", IP: "192.0.2.7", Key: "a key", CreatedAt: now},
		Method:   store.Method{ID: id(n + 100), Name: "password", CreatedAt: now},
		Provider: "email", Entry: entry(n, "login"),
	}
}

func signIn(t *testing.T, s *store.Store, n store.SignIn) (store.Session, store.User) {
	t.Helper()
	session, user, ok, err := s.SignIn(t.Context(), n)
	if err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	return session, user
}

func TestCreateUser(t *testing.T) {
	target, s := prepared(t)
	made := create(t, s, member(1, "ada@example.org"))
	want := member(1, "ada@example.org").User
	want.Identities[0].Email = "ada@example.org"
	want.Factors = []store.Factor{}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	for name, find := range map[string]func() (store.User, bool, error){
		"id": func() (store.User, bool, error) { return s.UserByID(t.Context(), id(1)) },
		"address": func() (store.User, bool, error) {
			return s.UserByEmail(t.Context(), "ada@example.org", "authenticated")
		},
		"address in large letters": func() (store.User, bool, error) {
			return s.UserByEmail(t.Context(), "ADA@Example.org", "authenticated")
		},
	} {
		found, ok, err := find()
		if err != nil || !ok || !cmp.Equal(made, found) {
			t.Errorf("by %s: got %v, %v\n%s", name, ok, err, cmp.Diff(made, found))
		}
	}
	for name, find := range map[string]func() (store.User, bool, error){
		"another id":       func() (store.User, bool, error) { return s.UserByID(t.Context(), id(9)) },
		"another audience": func() (store.User, bool, error) { return s.UserByEmail(t.Context(), "ada@example.org", "x") },
		"no number":        func() (store.User, bool, error) { return s.UserByPhone(t.Context(), "", "authenticated") },
		"a pattern":        func() (store.User, bool, error) { return s.UserByEmail(t.Context(), "%", "authenticated") },
	} {
		if found, ok, err := find(); ok || err != nil {
			t.Errorf("by %s: got %+v, %v", name, found, err)
		}
	}
	for sql, want := range map[string]string{
		`select token_hash || ' ' || token_type from auth.one_time_tokens`:                              "abc confirmation_token",
		`select payload ->> 'action' || ' ' || ip_address from auth.audit_log_entries`:                  "user_signedup 192.0.2.1",
		`select count(*) from auth.users where confirmation_token = '' and reauthentication_token = ''`: "1",
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}

// TestCreateUserTwice shows that a refused sign-up leaves nothing, however many race for one address.
func TestCreateUserTwice(t *testing.T) {
	target, s := prepared(t)
	errs := make([]error, 20)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() { _, errs[n] = s.CreateUser(t.Context(), member(n+1, "ada@example.org")) })
	}
	all.Wait()
	var won, taken int
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case errors.Is(err, store.ErrTaken):
			taken++
		default:
			t.Error(err)
		}
	}
	if won != 1 || taken != len(errs)-1 {
		t.Errorf("%d have the address, %d were refused", won, taken)
	}
	for _, table := range []string{"users", "identities", "one_time_tokens", "audit_log_entries"} {
		if n := target.Value(`select count(*) from auth.` + table); n != "1" {
			t.Errorf("%s holds %s rows", table, n)
		}
	}
}

// TestUserOfAnImport reads rows with NULL wherever the table allows it: an import leaves out what GoTrue always writes.
func TestUserOfAnImport(t *testing.T) {
	target, s := prepared(t)
	target.Exec(`insert into auth.users (id, email, aud) values ('` + id(1) + `', 'Old@example.org', 'authenticated')`)
	user, ok, err := s.UserByEmail(t.Context(), "old@example.org", "authenticated")
	want := store.User{ID: id(1), Aud: "authenticated", Email: "Old@example.org", Identities: []store.Identity{}, Factors: []store.Factor{}}
	if diff := cmp.Diff(want, user); err != nil || !ok || diff != "" {
		t.Errorf("got %v, %v (-want +got):\n%s", ok, err, diff)
	}
	target.Exec(`update auth.users set is_sso_user = true`)
	if _, ok, _ := s.UserByEmail(t.Context(), "old@example.org", "authenticated"); ok {
		t.Error("a user of single sign-on was found by an address")
	}
}

func TestSignIn(t *testing.T) {
	target, s := prepared(t)
	create(t, s, member(1, "ada@example.org"))
	made, user := signIn(t, s, session(11, 1))
	want := session(11, 1).Session
	want.Methods = []store.Method{{ID: id(111), SessionID: id(11), Name: "password", CreatedAt: now, UpdatedAt: now}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("the session (-want +got):\n%s", diff)
	}
	if user.LastSignInAt == nil || !user.LastSignInAt.Equal(now) || user.Identities[0].LastSignInAt == nil {
		t.Errorf("the user is %+v", user)
	}
	found, owner, ok, err := s.Session(t.Context(), id(11))
	if err != nil || !ok || !cmp.Equal(made, found) || !cmp.Equal(user, owner) {
		t.Errorf("read back: %v, %v\n%s%s", ok, err, cmp.Diff(made, found), cmp.Diff(user, owner))
	}
	if _, _, ok, err := s.Session(t.Context(), id(12)); ok || err != nil {
		t.Errorf("a session that there is not: %v, %v", ok, err)
	}
	if got := target.Value(`select string_agg(payload ->> 'action', ' ' order by id) from auth.audit_log_entries`); got != "user_signedup login" {
		t.Errorf("the audit log has %s", got)
	}
}

func TestSignInOfOneWhoIsGone(t *testing.T) {
	for _, tt := range []struct{ name, sql string }{
		{"banned", `update auth.users set banned_until = '2026-11-21'`},
		{"deleted softly", `update auth.users set deleted_at = '2026-11-19'`},
		{"deleted", `delete from auth.users`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, s := prepared(t)
			create(t, s, member(1, "ada@example.org"))
			target.Exec(tt.sql)
			if _, _, ok, err := s.SignIn(t.Context(), session(11, 1)); ok || err != nil {
				t.Errorf("got %v, %v", ok, err)
			}
			if n := target.Value(`select (select count(*) from auth.sessions) + (select count(*) from auth.audit_log_entries) - 1`); n != "0" {
				t.Errorf("%s rows were written", n)
			}
		})
	}
	t.Run("no longer banned", func(t *testing.T) {
		target, s := prepared(t)
		create(t, s, member(1, "ada@example.org"))
		target.Exec(`update auth.users set banned_until = '2026-11-20 12:00:00'`)
		signIn(t, s, session(11, 1))
	})
}

// TestRefresh has fifty refresh at once: one wins.
func TestRefresh(t *testing.T) {
	target, s := prepared(t)
	create(t, s, member(1, "ada@example.org"))
	signIn(t, s, session(11, 1))
	later := now.Add(time.Minute)
	won := make([]bool, 50)
	var all sync.WaitGroup
	for n := range won {
		all.Go(func() {
			refreshed, ok, err := s.Refresh(t.Context(), store.Refresh{ID: id(11), From: 0, At: later, IP: "192.0.2.9", Entry: entry(500+n, "token_refreshed")})
			if err != nil || ok && (refreshed.Counter != 1 || !refreshed.Refreshed.Equal(later) || refreshed.IP != "192.0.2.9" || refreshed.UserAgent != "test") {
				t.Errorf("got %+v, %v", refreshed, err)
			}
			won[n] = ok
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(won, func(w bool) bool { return !w })); n != 1 {
		t.Errorf("%d have won", n)
	}
	if n := target.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'token_refreshed'`); n != "1" {
		t.Errorf("the audit log has %s lines", n)
	}
	if _, ok, err := s.Refresh(t.Context(), store.Refresh{ID: id(12), At: later}); ok || err != nil {
		t.Errorf("a session that there is not: %v, %v", ok, err)
	}
}

func TestEnd(t *testing.T) {
	for _, tt := range []struct {
		scope store.Scope
		ended int
		left  string
	}{
		{store.Local, 1, id(12) + " " + id(21)}, {store.Others, 1, id(11) + " " + id(21)}, {store.Global, 2, id(21)},
	} {
		t.Run(string(tt.scope), func(t *testing.T) {
			target, s := prepared(t)
			create(t, s, member(1, "ada@example.org"))
			create(t, s, member(2, "bob@example.org"))
			signIn(t, s, session(11, 1))
			signIn(t, s, session(12, 1))
			signIn(t, s, session(21, 2))
			n, err := s.End(t.Context(), id(1), id(11), tt.scope, entry(90, "logout"))
			if err != nil || n != tt.ended {
				t.Errorf("%d ended, %v", n, err)
			}
			if left := target.Value(`select string_agg(id::text, ' ' order by id) from auth.sessions`); left != tt.left {
				t.Errorf("left are %s", left)
			}
			if n := target.Value(`select count(*) from auth.mfa_amr_claims`); n != fmt.Sprint(3-tt.ended) {
				t.Errorf("%s methods are left", n)
			}
		})
	}
	_, s := prepared(t)
	create(t, s, member(1, "ada@example.org"))
	create(t, s, member(2, "bob@example.org"))
	signIn(t, s, session(21, 2))
	if n, err := s.End(t.Context(), id(1), id(21), store.Local, store.Entry{}); n != 0 || err != nil {
		t.Errorf("somebody else's session: %d ended, %v", n, err)
	}
}

// TestUse counts across instances: no two of them get the same number.
func TestUse(t *testing.T) {
	_, s := prepared(t)
	counted := useAtOnce(t, s, 30)
	for counted < 30 { // what lost every race on DSQL has counted nothing
		if got, err := s.Use(t.Context(), store.Count{Bucket: "otp:192.0.2.1", At: now, Window: time.Minute}); got != counted+1 || err != nil {
			t.Fatalf("counted %d after %d, %v", got, counted, err)
		}
		counted++
	}
	for _, tt := range []struct {
		name, bucket string
		at           time.Time
		want         int
	}{
		{"another bucket", "otp:192.0.2.2", now, 1},
		{"the last moment of the window", "otp:192.0.2.1", now.Add(time.Minute - time.Microsecond), 31},
		{"a new window", "otp:192.0.2.1", now.Add(time.Minute), 1},
		{"which is as long", "otp:192.0.2.1", now.Add(2*time.Minute - time.Microsecond), 2},
	} {
		if got, err := s.Use(t.Context(), store.Count{Bucket: tt.bucket, At: tt.at, Window: time.Minute}); got != tt.want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", tt.name, got, err, tt.want)
		}
	}
	for _, want := range []int{1, 1, 0} {
		if n, err := s.Sweep(t.Context(), now.Add(time.Hour), now, 1); n != want || err != nil {
			t.Errorf("swept %d, %v, want %d", n, err, want)
		}
	}
}

// useAtOnce makes n uses at once, of which each that succeeds is to be counted once, and gives how many did: all of them, but
// on DSQL, where a use may lose as many races as there are tries.
func useAtOnce(t *testing.T, s *store.Store, n int) int {
	t.Helper()
	used := make([]int, n)
	var all sync.WaitGroup
	for i := range used {
		all.Go(func() {
			var err error
			used[i], err = s.Use(t.Context(), store.Count{Bucket: "otp:192.0.2.1", At: now, Window: time.Minute})
			if f := fault.From(err); err != nil && (!authtest.OnDSQL() || f.Code != "40001") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	slices.Sort(used)
	used = slices.DeleteFunc(used, func(count int) bool { return count == 0 })
	for i, got := range used {
		if got != i+1 {
			t.Fatalf("counted %v", used)
		}
	}
	return len(used)
}

func TestClock(t *testing.T) {
	for text, want := range map[string]time.Time{
		`"2026-11-20T12:00:00"`:        time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		`"2026-11-20T12:00:00.123456"`: now,
		`null`:                         {},
	} {
		var c store.Clock
		if err := json.Unmarshal([]byte(text), &c); err != nil || !c.Equal(want) {
			t.Errorf("%s: got %v, %v", text, c, err)
		}
		if back, err := json.Marshal(c); err != nil || string(back) != text {
			t.Errorf("%s is written as %s, %v", text, back, err)
		}
	}
	if err := json.Unmarshal([]byte(`"2026-11-20T12:00:00+01:00"`), new(store.Clock)); err == nil {
		t.Error("a time with a zone was read")
	}
}

// TestMute writes what it writes without the lines of the audit log.
func TestMute(t *testing.T) {
	target, s := prepared(t)
	muted := s.Mute()
	create(t, muted, member(1, "ada@example.org"))
	signIn(t, muted, session(11, 1))
	if err := muted.Log(t.Context(), entry(1, "login")); err != nil {
		t.Error(err)
	}
	if _, err := muted.End(t.Context(), id(1), id(11), store.Global, entry(2, "logout")); err != nil {
		t.Error(err)
	}
	if got := target.Value("select (select count(*) from auth.users) || ' user, ' || (select count(*) from auth.audit_log_entries) || ' lines'"); got != "1 user, 0 lines" {
		t.Errorf("there are %s", got)
	}
}

// TestSweep takes what has ended and leaves what has not, a bounded number of rows at a time.
func TestSweep(t *testing.T) {
	target, s := prepared(t)
	target.Exec(`
		insert into auth_internal.rate_limits select n::text, 1, now() + (n - 2.5) * interval '1 hour' from generate_series(1, 5) as n;
		insert into auth_internal.token_failures select n::text, 1, now() + (n - 2.5) * interval '1 hour' from generate_series(1, 5) as n;
		insert into auth.flow_state (id, provider_type, authentication_method, created_at)
		select gen_random_uuid(), 'email', 'recovery', now() - n * interval '4 days' from generate_series(1, 2) as n;
		insert into auth.oauth_client_states select gen_random_uuid(), 'google', '', now() - n * interval '4 days' from generate_series(1, 2) as n;
		insert into auth.users (id) values ('` + id(1) + `');
		insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
		values ('` + id(2) + `', '` + id(1) + `', 'totp', 'verified', now(), now());
		insert into auth.mfa_challenges (id, factor_id, created_at, ip_address)
		select gen_random_uuid(), '` + id(2) + `', now() - n * interval '4 days', '192.0.2.7' from generate_series(1, 2) as n;
		insert into auth_internal.factor_guards (factor_id, updated_at) values ('` + id(2) + `', now() - interval '8 days'), ('` + id(3) + `', now() - interval '8 days')`)
	at := time.Now()
	for _, want := range []int{6, 2, 0} {
		if n, err := s.Sweep(t.Context(), at, at.Add(-7*24*time.Hour), 1); n != want || err != nil {
			t.Fatalf("swept %d, %v, want %d", n, err, want)
		}
	}
	left := target.Value(`
		select (select count(*) from auth_internal.rate_limits)::text || (select count(*) from auth_internal.token_failures) || (select count(*) from auth.flow_state)
		|| (select count(*) from auth.oauth_client_states) || (select count(*) from auth.mfa_challenges) || (select count(*) from auth_internal.factor_guards)`)
	if left != "331111" {
		t.Errorf("what is left: %s", left)
	}
}
