package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// onBoth runs a test on PostgreSQL's tables, and on those that DSQL gets, behind its rules and its conflicts.
func onBoth(t *testing.T, test func(t *testing.T, target *pgtest.DB, s *store.Store)) {
	t.Helper()
	t.Run("PostgreSQL", func(t *testing.T) {
		target, s := prepared(t)
		test(t, target, s)
	})
	t.Run("DSQL", func(t *testing.T) {
		target, db := authtest.NewDSQL(t)
		test(t, target, store.New(db))
	})
}

// member1 makes the user 1 with the session 11.
func member1(t *testing.T, s *store.Store) {
	t.Helper()
	create(t, s, member(1, "ada@example.org"))
	signIn(t, s, session(11, 1))
}

func newFactor(n int, name string) store.NewFactor {
	return store.NewFactor{
		Factor: store.Factor{
			ID: id(n), UserID: id(1), FriendlyName: name, Type: "totp", Status: "unverified", Secret: "GEZDGNBVGY3TQOJQ", CreatedAt: now.Add(time.Duration(n) * time.Second),
		},
		Session: id(11), Stale: now, Most: 3, MostVerified: 3, Entry: entry(n, "factor_in_progress"),
	}
}

func add(t *testing.T, s *store.Store, n store.NewFactor) store.Factor {
	t.Helper()
	made, ok, err := s.AddFactor(t.Context(), n)
	if err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	return made
}

func challenge(t *testing.T, s *store.Store, n, factor int) {
	t.Helper()
	c := store.Challenge{ID: id(n), FactorID: id(factor), CreatedAt: now.Add(time.Duration(n) * time.Millisecond), IP: "192.0.2.7"}
	if ok, err := s.Challenge(t.Context(), c, id(1), entry(n, "challenge_created")); !ok || err != nil {
		t.Fatalf("got %v, %v", ok, err)
	}
}

func TestAddFactor(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	made := add(t, s, newFactor(61, ""))
	want := newFactor(61, "").Factor
	want.UpdatedAt = want.CreatedAt
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	add(t, s, newFactor(62, "phone"))
	for _, tt := range []struct {
		name, sql string
		factor    store.NewFactor
		ok        bool
	}{
		{"a name that is there", "", newFactor(63, "phone"), false},
		{"no name, as another", "", newFactor(63, ""), false},
		{"somebody else's session", `update auth.sessions set user_id = '` + id(2) + `'`, newFactor(63, "x"), false},
		{"no session", `delete from auth.sessions`, newFactor(63, "x"), false},
		{"a verified one, and a low session", `update auth.mfa_factors set status = 'verified' where friendly_name = 'phone'`, newFactor(63, "x"), false},
		{"a verified one, and a high session", `update auth.mfa_factors set status = 'verified'; update auth.sessions set aal = 'aal2'`, newFactor(63, "x"), true},
		{"as many as there may be", `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at) values ('` + id(99) + `', '` + id(1) + `', 'totp', 'verified', now(), now()); update auth.sessions set aal = 'aal2'`, newFactor(63, "x"), false},
		{"a free name", "", newFactor(63, "x"), true},
	} {
		target.Exec(`delete from auth.users where id = '` + id(1) + `'; delete from auth.users where id = '` + id(2) + `'; delete from auth.audit_log_entries`)
		member1(t, s)
		create(t, s, member(2, "bob@example.org"))
		add(t, s, newFactor(61, ""))
		add(t, s, newFactor(62, "phone"))
		target.Exec(tt.sql)
		if _, ok, err := s.AddFactor(t.Context(), tt.factor); ok != tt.ok || err != nil && !errors.Is(err, store.ErrTaken) {
			t.Errorf("%s: got %v, %v", tt.name, ok, err)
		}
		if got := target.Value(`select count(*) from auth.audit_log_entries where id = '`+id(3063)+`'`) == "1"; got != tt.ok {
			t.Errorf("%s: it is in the audit log: %v", tt.name, got)
		}
	}
}

// TestAddFactorCleans: a factor that nobody has used makes room, and its name is free again.
func TestAddFactorCleans(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	for n, name := range []string{"stale", "challenged", "verified"} {
		add(t, s, newFactor(61+n, name))
	}
	challenge(t, s, 71, 62)
	target.Exec(`update auth.mfa_factors set status = 'verified' where friendly_name = 'verified'; update auth.sessions set aal = 'aal2'`)
	again := newFactor(64, "stale")
	again.Stale = now.Add(time.Hour)
	add(t, s, again)
	if got := target.Value(`select string_agg(friendly_name, ' ' order by id) from auth.mfa_factors`); got != "challenged verified stale" {
		t.Errorf("there are %s", got)
	}
}

func TestRenameFactor(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	add(t, s, newFactor(61, "one"))
	add(t, s, newFactor(62, "two"))
	target.Exec(`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at) values ('` + id(63) + `', '` + id(1) + `', 'phone', 'verified', now(), now())`)
	for _, tt := range []struct {
		factor            int
		user, name, phone string
		want              string // "" for a refusal
	}{
		{61, id(1), "three", "49123", "three "},
		{61, id(1), "", "", "three "},
		{61, id(1), "three", "", "three "},
		{61, id(1), "two", "", ""},
		{61, id(2), "four", "", ""},
		{63, id(1), "", "49123", " 49123"},
	} {
		got, ok, err := s.RenameFactor(t.Context(), store.Factor{ID: id(tt.factor), UserID: tt.user, FriendlyName: tt.name, Phone: tt.phone, UpdatedAt: now}, store.Entry{})
		if errors.Is(err, store.ErrTaken) {
			err = nil
		}
		if err != nil || ok != (tt.want != "") || ok && got.FriendlyName+" "+got.Phone != tt.want {
			t.Errorf("%+v: got %+v, %v, %v", tt, got, ok, err)
		}
	}
}

func TestRemoveFactor(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	signIn(t, s, session(12, 1))
	add(t, s, newFactor(61, "verified"))
	add(t, s, newFactor(62, "unverified"))
	challenge(t, s, 71, 61)
	meet(t, s, met(71, 1))
	signIn(t, s, session(13, 1))
	signIn(t, s, session(14, 1))
	target.Exec(`update auth.sessions set aal = 'aal2' where id = '` + id(14) + `'`)
	high := newFactor(63, "unverified")
	high.Session = id(14)
	add(t, s, high)
	removal := func(factor, session int) store.Removal {
		return store.Removal{Factor: id(factor), User: id(1), Session: id(session), At: now, Entry: entry(200+session, "factor_unenrolled")}
	}
	if _, ok, err := s.RemoveFactor(t.Context(), removal(61, 13)); ok || err != nil {
		t.Errorf("a verified one, by a low session: %v, %v", ok, err)
	}
	if got, ok, err := s.RemoveFactor(t.Context(), removal(63, 13)); !ok || err != nil || got.Status != "unverified" {
		t.Errorf("an unverified one: %+v, %v, %v", got, ok, err)
	}
	if got, ok, err := s.RemoveFactor(t.Context(), removal(61, 11)); !ok || err != nil || got.Status != "verified" {
		t.Errorf("a verified one: %+v, %v, %v", got, ok, err)
	}
	for sql, want := range map[string]string{
		`select aal::text || coalesce(factor_id::text, '') from auth.sessions where id = '` + id(11) + `'`:           "aal1",
		`select string_agg(authentication_method, ' ') from auth.mfa_amr_claims where session_id = '` + id(11) + `'`: "password",
		`select (select count(*) from auth_internal.factor_guards) + (select count(*) from auth.mfa_challenges)`:     "0",
		`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'factor_unenrolled'`:               "2",
		`select count(*) from auth.mfa_factors`: "0",
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}

func guess(challenge int, at time.Time) store.Guess {
	return store.Guess{
		Challenge: id(challenge), Factor: id(61), User: id(1), IP: "192.0.2.7", At: at, Oldest: now,
		Free: 3, Pause: time.Minute, Longest: 5 * time.Minute, Forget: time.Hour,
	}
}

// TestGuess has the locks grow: a minute after the third guess, then two, four, and never more than five.
func TestGuess(t *testing.T) {
	_, s := prepared(t)
	member1(t, s)
	add(t, s, newFactor(61, ""))
	challenge(t, s, 71, 61)
	for _, tt := range []struct {
		name  string
		after time.Duration
		taken bool
		until time.Duration // of the lock before; 0 for none
	}{
		{"first", 0, true, 0},
		{"second", 0, true, 0},
		{"third", 0, true, 0},
		{"fourth, too early", time.Minute - time.Millisecond, false, time.Minute},
		{"fourth", time.Minute, true, time.Minute},
		{"fifth, too early", 3*time.Minute - time.Millisecond, false, 3 * time.Minute},
		{"fifth", 3 * time.Minute, true, 3 * time.Minute},
		{"sixth", 7 * time.Minute, true, 7 * time.Minute},
		{"seventh, too early", 12*time.Minute - time.Millisecond, false, 12 * time.Minute},
		{"seventh", 12 * time.Minute, true, 12 * time.Minute},
		{"after a while", 73 * time.Minute, true, 17 * time.Minute},
		{"and one more", 73 * time.Minute, true, 0},
	} {
		got, found, err := s.Guess(t.Context(), guess(71, now.Add(tt.after)))
		if err != nil || !found || got.Taken != tt.taken || got.Used || got.Expired || got.Elsewhere {
			t.Fatalf("%s: got %+v, %v, %v", tt.name, got, found, err)
		}
		if locked := got.LockedUntil; (locked == nil) != (tt.until == 0) || locked != nil && !locked.Equal(now.Add(tt.until)) {
			t.Errorf("%s: it was locked until %v", tt.name, locked)
		}
	}
}

// TestGuessesAtOnce: none is compared that is not counted.
func TestGuessesAtOnce(t *testing.T) {
	_, s := prepared(t)
	member1(t, s)
	add(t, s, newFactor(61, ""))
	challenge(t, s, 71, 61)
	taken := make([]bool, 40)
	var all sync.WaitGroup
	for n := range taken {
		all.Go(func() {
			got, _, err := s.Guess(t.Context(), guess(71, now))
			if err != nil {
				t.Error(err)
			}
			taken[n] = got.Taken
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(taken, func(t bool) bool { return !t })); n != 3 {
		t.Errorf("%d guesses were taken, want 3", n)
	}
}

func TestGuessRefused(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	add(t, s, newFactor(61, ""))
	challenge(t, s, 71, 61)
	for _, tt := range []struct {
		name  string
		how   func(*store.Guess)
		found bool
		want  store.Guessed
	}{
		{"another challenge", func(g *store.Guess) { g.Challenge = id(72) }, false, store.Guessed{}},
		{"another factor", func(g *store.Guess) { g.Factor = id(62) }, false, store.Guessed{}},
		{"another user", func(g *store.Guess) { g.User = id(2) }, false, store.Guessed{}},
		{"another address", func(g *store.Guess) { g.IP = "192.0.2.8" }, true, store.Guessed{Elsewhere: true}},
		{"expired", func(g *store.Guess) { g.Oldest = now.Add(72 * time.Millisecond) }, true, store.Guessed{Expired: true}},
	} {
		g := guess(71, now)
		tt.how(&g)
		if got, found, err := s.Guess(t.Context(), g); err != nil || found != tt.found || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: got %+v, %v, %v", tt.name, got, found, err)
		}
	}
	if n := target.Value(`select count(*) from auth_internal.factor_guards`); n != "0" {
		t.Error("they were counted as guesses")
	}
	noAddress := guess(71, now)
	noAddress.IP = ""
	if got, _, err := s.Guess(t.Context(), noAddress); err != nil || !got.Taken {
		t.Errorf("an address that is not known: %+v, %v", got, err)
	}
	target.Exec(`update auth.mfa_challenges set ip_address = '0.0.0.0'`)
	if got, _, err := s.Guess(t.Context(), guess(71, now)); err != nil || !got.Taken {
		t.Errorf("one that was not known: %+v, %v", got, err)
	}
}

func met(challenge int, step int64) store.Met {
	return store.Met{
		Challenge: id(challenge), Factor: id(61), User: id(1), Session: id(11), At: now.Add(time.Minute), Oldest: now, Step: step, Key: "another key",
		Method: store.Method{ID: id(challenge + 5000), Name: "totp", CreatedAt: now.Add(time.Minute)}, Entry: entry(challenge+6000, "verification_attempted"),
	}
}

func meet(t *testing.T, s *store.Store, m store.Met) (store.Session, store.User) {
	t.Helper()
	session, user, ok, err := s.Meet(t.Context(), m)
	if err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	return session, user
}

func TestMeet(t *testing.T) {
	target, s := prepared(t)
	member1(t, s)
	create(t, s, member(2, "bob@example.org"))
	signIn(t, s, session(12, 1))
	signIn(t, s, session(13, 1))
	signIn(t, s, session(21, 2))
	target.Exec(`update auth.sessions set aal = 'aal2' where id = '` + id(13) + `'; update auth.sessions set aal = null where id = '` + id(12) + `'`)
	target.Exec(`insert into auth.refresh_tokens (token, session_id, revoked) values ('abcdefghijkl', '` + id(11) + `', false), ('mnopqrstuvwx', '` + id(21) + `', false)`)
	add(t, s, newFactor(61, "one"))
	add(t, s, newFactor(62, "two"))
	challenge(t, s, 71, 61)
	got, user := meet(t, s, met(71, 7))
	found, owner, _, err := s.Session(t.Context(), id(11))
	if diff := cmp.Diff(found, got) + cmp.Diff(owner, user); err != nil || diff != "" {
		t.Errorf("what it gives is not what there is: %v\n%s", err, diff)
	}
	if got.AAL != "aal2" || got.Counter != 2 || got.Key != "another key" || len(got.Methods) != 2 || got.Methods[0].Name != "totp" ||
		len(user.Factors) != 1 || user.Factors[0].Status != "verified" || !user.Factors[0].UpdatedAt.Equal(now.Add(time.Minute)) {
		t.Errorf("got %+v, %+v", got, user.Factors)
	}
	for sql, want := range map[string]string{
		`select string_agg(id::text, ' ' order by id) from auth.sessions`:                                   strings.Join([]string{id(11), id(13), id(21)}, " "),
		`select string_agg(token, ' ') from auth.refresh_tokens`:                                            "mnopqrstuvwx",
		`select last_step || ' ' || failures from auth_internal.factor_guards`:                              "7 0",
		`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'verification_attempted'`: "1",
		`select factor_id from auth.sessions where id = '` + id(11) + `'`:                                   id(61),
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	challenge(t, s, 72, 61)
	again := met(72, 8)
	again.Method.CreatedAt = now.Add(time.Hour)
	if got, _ := meet(t, s, again); len(got.Methods) != 2 || !got.Methods[0].UpdatedAt.Equal(now.Add(time.Hour)) || got.Counter != 4 {
		t.Errorf("a second time: %+v", got)
	}
}

func TestMeetRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		how       func(*store.Met)
	}{
		{"met before", `update auth.mfa_challenges set verified_at = now()`, nil},
		{"expired", "", func(m *store.Met) { m.Oldest = now.Add(72 * time.Millisecond) }},
		{"another factor", "", func(m *store.Met) { m.Factor = id(62) }},
		{"another user", "", func(m *store.Met) { m.User = id(2) }},
		{"somebody else's session", "", func(m *store.Met) { m.Session = id(21) }},
		{"signed out", `delete from auth.sessions where id = '` + id(11) + `'`, nil},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, nil},
		{"deleted softly", `update auth.users set deleted_at = '2020-01-01'`, nil},
		{"the step of the last code", `insert into auth_internal.factor_guards (factor_id, last_step) values ('` + id(61) + `', 7)`, nil},
		{"an earlier step", `insert into auth_internal.factor_guards (factor_id, last_step) values ('` + id(61) + `', 8)`, nil},
		{"an unverified one beside a verified one", `update auth.mfa_factors set status = 'verified' where id = '` + id(62) + `'`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, s := prepared(t)
			member1(t, s)
			create(t, s, member(2, "bob@example.org"))
			signIn(t, s, session(21, 2))
			add(t, s, newFactor(61, "one"))
			add(t, s, newFactor(62, "two"))
			challenge(t, s, 71, 61)
			target.Exec(tt.sql)
			m := met(71, 7)
			if tt.how != nil {
				tt.how(&m)
			}
			if _, _, ok, err := s.Meet(t.Context(), m); ok || err != nil {
				t.Errorf("got %v, %v", ok, err)
			}
			for sql, want := range map[string]string{
				`select count(*) from auth.sessions where aal = 'aal2' or refresh_token_counter > 0`:                "0",
				`select count(*) from auth.mfa_factors`:                                                             "2",
				`select count(*) from auth.mfa_factors where status = 'verified' and id = '` + id(61) + `'`:         "0",
				`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'verification_attempted'`: "0",
			} {
				if got := target.Value(sql); got != want {
					t.Errorf("%s: got %s", sql, got)
				}
			}
		})
	}
}

// TestMeetAtOnce brings one code with twenty challenges, and with one challenge twenty times.
func TestMeetAtOnce(t *testing.T) {
	for _, challenges := range []int{1, 20} {
		t.Run(fmt.Sprint(challenges, " challenges"), func(t *testing.T) {
			target, s := prepared(t)
			member1(t, s)
			add(t, s, newFactor(61, "one"))
			for n := range challenges {
				challenge(t, s, 71+n, 61)
			}
			won := make([]bool, 20)
			var all sync.WaitGroup
			for n := range won {
				all.Go(func() {
					m := met(71+n%challenges, 7)
					m.Method.ID, m.Entry = id(9000+n), entry(9100+n, "verification_attempted")
					var err error
					if _, _, won[n], err = s.Meet(t.Context(), m); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := len(slices.DeleteFunc(won, func(w bool) bool { return !w })); n != 1 {
				t.Errorf("%d have won", n)
			}
			if got := target.Value(`select max(refresh_token_counter) || ' ' || count(*) from auth.sessions`); got != "2 1" {
				t.Errorf("the counter and the sessions are %s", got)
			}
		})
	}
}
