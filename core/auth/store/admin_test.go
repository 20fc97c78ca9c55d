package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// ids are those of a page, by the number in each, in its order.
func ids(t *testing.T, s *store.Store, q store.UserQuery) string {
	t.Helper()
	page, err := s.Users(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, u := range page.Users {
		numbers = append(numbers, strings.TrimLeft(u.ID[24:], "0"))
	}
	return fmt.Sprintf("%s of %d", strings.Join(numbers, " "), page.Total)
}

func TestUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		for n, email := range []string{"ada@example.org", "bob@example.org", "c_d@example.org", "", "Eve%@example.org", "x@sso.org"} {
			u := member(n+1, email)
			u.User.CreatedAt = now.Add(time.Duration(n/2) * time.Hour) // two at each moment
			u.User.UserMetadata = json.RawMessage(fmt.Sprintf(`{"full_name":"O'Neill \\ %d"}`, n+1))
			create(t, s, u)
		}
		target.Exec(`insert into auth.users (id, aud, email, raw_user_meta_data) values ('` + id(7) + `', 'authenticated', null, '[]')`)
		target.Exec(`insert into auth.users (id, aud, email) values ('` + id(8) + `', 'other', 'ada@other.org')`)
		all := store.UserQuery{Audience: "authenticated", Limit: 50}
		for _, tt := range []struct {
			name string
			set  func(*store.UserQuery)
			want string
		}{
			{"all, the newest first; one without a time counts as new", nil, "7 6 5 4 3 2 1 of 7"},
			{"the oldest first", func(q *store.UserQuery) { q.OldestFirst = true }, "1 2 3 4 5 6 7 of 7"},
			{"another audience", func(q *store.UserQuery) { q.Audience = "other" }, "8 of 1"},
			{"beyond the last", func(q *store.UserQuery) { q.Offset = 7 }, " of 7"},
			{"far beyond the last", func(q *store.UserQuery) { q.Offset = 1<<63 - 1 }, " of 7"},
			{"a part of an address", func(q *store.UserQuery) { q.Filter = "BOB@" }, "2 of 1"},
			{"an address in large letters", func(q *store.UserQuery) { q.Filter = "eve" }, "5 of 1"},
			{"a name", func(q *store.UserQuery) { q.Filter = "neill" }, "6 5 4 3 2 1 of 6"},
			{"a percent sign is one", func(q *store.UserQuery) { q.Filter = "%" }, "5 of 1"},
			{"an underline is one", func(q *store.UserQuery) { q.Filter = "_" }, "3 of 1"},
			{"a backslash is one", func(q *store.UserQuery) { q.Filter = `\ 2` }, "2 of 1"},
			{"a quote is one", func(q *store.UserQuery) { q.Filter = "o'neill" }, "6 5 4 3 2 1 of 6"},
			{"SQL is a text", func(q *store.UserQuery) { q.Filter = "' or '1'='1" }, " of 0"},
			{"a page of what matches", func(q *store.UserQuery) { q.Filter, q.Limit, q.Offset = "neill", 2, 2 }, "4 3 of 6"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				q := all
				if tt.set != nil {
					tt.set(&q)
				}
				if got := ids(t, s, q); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		}
	})
}

// TestUsersOfOneMoment reads pages of users made at one moment: each is on one page.
func TestUsersOfOneMoment(t *testing.T) {
	_, s := prepared(t)
	for n := range 25 {
		create(t, s, member((n*7)%25+1, fmt.Sprintf("u%d@example.org", n)))
	}
	for _, oldest := range []bool{false, true} {
		var seen []string
		for offset := int64(0); offset < 25; offset += 3 {
			page, err := s.Users(t.Context(), store.UserQuery{Audience: "authenticated", OldestFirst: oldest, Limit: 3, Offset: offset})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Users {
				seen = append(seen, u.ID)
			}
		}
		if !oldest {
			slices.Reverse(seen)
		}
		if len(seen) != 25 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 25 {
			t.Errorf("oldest first %v: got %d users in the order %v", oldest, len(seen), seen)
		}
	}
}

func change(t *testing.T, s *store.Store, c store.Change) store.User {
	t.Helper()
	c.UserID, c.At = id(1), now.Add(time.Hour)
	user, ok, err := s.ChangeUser(t.Context(), c)
	if err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	return user
}

// TestChangeUser changes one thing at a time, and looks at what else has changed.
func TestChangeUser(t *testing.T) {
	later := now.Add(time.Hour)
	phone := "4915112345678"
	for _, tt := range []struct {
		name             string
		change           store.Change
		want             func(*store.User)
		sessions, tokens string // that are left
	}{
		{"nothing", store.Change{}, func(*store.User) {}, "1", "1"},
		{"the role", store.Change{Role: "editor"}, func(u *store.User) { u.Role = "editor" }, "1", "1"},
		{"the password", store.Change{Password: "$2a$10$y"}, func(u *store.User) { u.EncryptedPassword, u.ConfirmationSent = "$2a$10$y", nil }, "0", "0"},
		{"a ban", store.Change{Ban: true, BannedUntil: &later}, func(u *store.User) { u.BannedUntil = &later }, "1", "1"},
		{"the address is confirmed", store.Change{EmailConfirmedAt: &later}, func(u *store.User) { u.EmailConfirmedAt, u.ConfirmedAt = &later, &later }, "1", "0"},
		{"a number", store.Change{Phone: phone, PhoneConfirmedAt: &later}, func(u *store.User) {
			u.Phone, u.PhoneConfirmedAt, u.ConfirmedAt = &phone, &later, &later
		}, "1", "0"},
		{"metadata", store.Change{UserMetadata: json.RawMessage(`{"name":null,"a":{"b":null},"n":12345678901234567890}`)}, func(u *store.User) {
			u.UserMetadata = json.RawMessage(`{"a": {"b": null}, "n": 12345678901234567890}`)
		}, "1", "1"},
		{"the application's metadata", store.Change{AppMetadata: json.RawMessage(`{"provider":"x","plan":"a"}`)}, func(u *store.User) {
			u.AppMetadata = json.RawMessage(`{"plan": "a", "provider": "x"}`)
		}, "1", "1"},
		{"all members", store.Change{AppMetadata: json.RawMessage(`{"provider":null}`)}, func(u *store.User) { u.AppMetadata = json.RawMessage(`{}`) }, "1", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, s := prepared(t)
			create(t, s, member(1, "ada@example.org"))
			create(t, s, member(2, "bob@example.org"))
			signIn(t, s, session(12, 2))
			_, want := signIn(t, s, session(11, 1))
			tt.change.Entries = []store.Entry{entry(9, "user_modified")}
			got := change(t, s, tt.change)
			tt.want(&want)
			want.UpdatedAt = later
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the user (-want +got):\n%s", diff)
			}
			if read, _, err := s.UserByID(t.Context(), id(1)); err != nil || !cmp.Equal(got, read) {
				t.Errorf("read back: %v\n%s", err, cmp.Diff(got, read))
			}
			for table, left := range map[string]string{"sessions": tt.sessions, "one_time_tokens": tt.tokens} {
				if n := target.Value(`select count(*) from auth.` + table + ` where user_id = '` + id(1) + `'`); n != left {
					t.Errorf("%s: %s are left, want %s", table, n, left)
				}
				if n := target.Value(`select count(*) from auth.` + table + ` where user_id = '` + id(2) + `'`); n != "1" {
					t.Errorf("%s: the other user has %s", table, n)
				}
			}
			if n := target.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_modified'`); n != "1" {
				t.Errorf("the audit log has %s lines", n)
			}
		})
	}
}

// TestChangeAddress gives a user an address, whose identity there is, and a number, whose identity there is not.
func TestChangeAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		target.Exec(`update auth.users set is_anonymous = true, raw_user_meta_data = '[1]', raw_app_meta_data = null`)
		identity := func(n int, provider, data string) store.Identity {
			return store.Identity{ID: id(n), ProviderID: id(1), UserID: id(1), Provider: provider, Data: json.RawMessage(data), CreatedAt: now, UpdatedAt: now.Add(time.Hour)}
		}
		got := change(t, s, store.Change{
			Email: "new@example.org", EmailConfirmedAt: &now, Phone: "4915112345678", UserMetadata: json.RawMessage(`{"a":1}`), AppMetadata: json.RawMessage(`{"b":2}`),
			Identities: []store.Identity{identity(77, "email", `{"email":"new@example.org","email_verified":true}`), identity(78, "phone", `{"phone":"4915112345678"}`)},
		})
		if got.Email != "new@example.org" || got.IsAnonymous || string(got.UserMetadata) != `{"a": 1}` || string(got.AppMetadata) != `{"b": 2}` {
			t.Errorf("got %+v", got)
		}
		if len(got.Identities) != 2 || got.Identities[0].ID != id(78) || got.Identities[1].ID != id(1001) || got.Identities[1].Email != "new@example.org" ||
			string(got.Identities[1].Data) != `{"sub": "`+id(1)+`", "email": "new@example.org", "email_verified": true}` {
			t.Errorf("the identities are %+v", got.Identities)
		}
		if read, _, err := s.UserByID(t.Context(), id(1)); err != nil || !cmp.Equal(got, read) {
			t.Errorf("read back: %v\n%s", err, cmp.Diff(got, read))
		}
	})
}

func TestChangeToWhatIsTaken(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		create(t, s, member(2, "bob@example.org"))
		signIn(t, s, session(11, 1))
		_, _, err := s.ChangeUser(t.Context(), store.Change{UserID: id(1), At: now, Email: "bob@example.org", Password: "$2a$10$y", Entries: []store.Entry{entry(9, "user_modified")}})
		if !errors.Is(err, store.ErrTaken) {
			t.Errorf("got %v", err)
		}
		if got := target.Value(`select (select count(*) from auth.sessions) || ' ' || (select count(*) from auth.audit_log_entries) || ' ' || encrypted_password from auth.users where email = 'ada@example.org'`); got != "1 3 $2a$10$x" {
			t.Errorf("left is %s", got)
		}
		if _, ok, err := s.ChangeUser(t.Context(), store.Change{UserID: id(9), At: now, Role: "x", Entries: []store.Entry{entry(9, "user_modified")}}); ok || err != nil {
			t.Errorf("a user whom there is not: %v, %v", ok, err)
		}
		if n := target.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_modified'`); n != "0" {
			t.Errorf("the audit log has %s lines", n)
		}
		for _, tt := range []struct {
			email, phone, except string
			byEmail, byPhone     bool
		}{
			{"BOB@example.org", "", "", true, false},
			{"bob@example.org", "", id(2), false, false},
			{"bob@example.org", "1", id(1), true, false},
			{"", "", "", false, false},
			{"eve@example.org", "", "", false, false},
		} {
			if byEmail, byPhone, err := s.Taken(t.Context(), tt.email, tt.phone, tt.except); byEmail != tt.byEmail || byPhone != tt.byPhone || err != nil {
				t.Errorf("%+v: got %v, %v, %v", tt, byEmail, byPhone, err)
			}
		}
	})
}

// TestChangeManyAtOnce has ten change a member of the metadata each: none is lost that was not refused, which happens only
// where a change that lost too many races in a row is.
func TestChangeManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		var all sync.WaitGroup
		var written atomic.Int64
		for n := range 10 {
			all.Go(func() {
				_, ok, err := s.ChangeUser(t.Context(), store.Change{UserID: id(1), At: now, AppMetadata: json.RawMessage(fmt.Sprintf(`{"m%d":1}`, n))})
				switch f := fault.From(err); {
				case err == nil && ok:
					written.Add(1)
				case err == nil || f.Code != "40001":
					t.Errorf("got %v, %v", ok, err)
				}
			})
		}
		all.Wait()
		user, _, _ := s.UserByID(t.Context(), id(1))
		var members map[string]any
		if err := json.Unmarshal(user.AppMetadata, &members); err != nil || len(members) != int(written.Load())+1 || len(members) < 2 {
			t.Errorf("%d have written %s", written.Load(), user.AppMetadata)
		}
	})
}

func TestDeleteUser(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		create(t, s, member(2, "bob@example.org"))
		signIn(t, s, session(11, 1))
		target.Exec(`create table public.notes (author uuid references auth.users (id)); insert into public.notes values ('` + id(1) + `')`)
		if _, err := s.DeleteUser(t.Context(), id(1), entry(9, "user_deleted")); err == nil {
			t.Error("a user whom the application refers to was deleted")
		}
		target.Exec(`delete from public.notes`)
		for _, want := range []bool{true, false} {
			if ok, err := s.DeleteUser(t.Context(), id(1), entry(9, "user_deleted")); ok != want || err != nil {
				t.Errorf("got %v, %v, want %v", ok, err, want)
			}
		}
		for table, want := range map[string]string{"users": "1", "identities": "1", "one_time_tokens": "1", "sessions": "0", "mfa_amr_claims": "0", "audit_log_entries": "4"} {
			if n := target.Value(`select count(*) from auth.` + table); n != want {
				t.Errorf("%s holds %s rows, want %s", table, n, want)
			}
		}
	})
}

// TestHideUser looks at what is left of a user, in GoTrue's form: base64url(sha256(id || value)).
func TestHideUser(t *testing.T) {
	onBoth(t, func(t *testing.T, target *pgtest.DB, s *store.Store) {
		create(t, s, member(1, "ada@example.org"))
		create(t, s, member(2, "bob@example.org"))
		signIn(t, s, session(11, 1))
		target.Exec(`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
			values ('` + id(60) + `', '` + id(1) + `', 'totp', 'verified', now(), now())`)
		target.Exec(`update auth.users set phone = '49151', email_change = 'new@example.org' where id = '` + id(1) + `'`)
		for _, want := range []bool{true, false} {
			if ok, err := s.HideUser(t.Context(), id(1), now, entry(9, "user_deleted")); ok != want || err != nil {
				t.Errorf("got %v, %v, want %v", ok, err, want)
			}
		}
		for sql, want := range map[string]string{
			`email`:              obscured(id(1), "ada@example.org"),
			`phone`:              obscured(id(1), "49151")[:15],
			`email_change`:       obscured(id(1), "new@example.org"),
			`phone_change`:       obscured(id(1), "")[:15],
			`encrypted_password`: "",
			`raw_user_meta_data`: "{}",
			`raw_app_meta_data`:  "{}",
			`to_char(deleted_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US')`:                                                           "2026-11-20 12:00:00.123456",
			`(select provider_id || ' ' || identity_data || ' ' || coalesce(i.email, '-') from auth.identities as i where user_id = u.id)`: obscured(id(1), "email:"+id(1)) + " {} -",
			`(select count(*) from auth.sessions) + (select count(*) from auth.mfa_factors)`:                                               "0",
			`(select count(*) from auth.one_time_tokens)`:                                                                                  "1",
			`(select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_deleted')`:                                    "1",
			`(select email from auth.users where id = '` + id(2) + `')`:                                                                    "bob@example.org",
		} {
			if got := target.Value(`select coalesce((` + sql + `)::text, '') from auth.users as u where id = '` + id(1) + `'`); got != want {
				t.Errorf("%s: got %q, want %q", sql, got, want)
			}
		}
		again := member(3, "ada@example.org")
		create(t, s, again)
	})
}
