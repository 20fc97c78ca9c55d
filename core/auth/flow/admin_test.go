package flow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/token"
)

// key is an administrator by an API key.
var key = flow.Admin{Claims: access.Claims{Role: "service_role"}}

func ref[T any](v T) *T { return &v }

// asked counts the statements of what is done.
func (s *service) asked(do func()) int64 {
	before := s.statements.n.Load()
	do()
	return s.statements.n.Load() - before
}

func (s *service) made(t *testing.T, n flow.AdminUser) store.User {
	t.Helper()
	user, err := s.AdminCreateUser(t.Context(), key, n, visit)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func TestAdminCreateUser(t *testing.T) {
	at := settings()
	at.Autoconfirm = true // which is about those who sign up themselves
	s := newService(t, at)
	var user store.User
	if n := s.asked(func() { user = s.made(t, flow.AdminUser{Email: bob, Password: ref("12345")}) }); n != 1 {
		t.Errorf("it takes %d statements", n)
	}
	if user.EmailConfirmedAt != nil || user.Role != "authenticated" || user.Aud != "authenticated" || user.BannedUntil != nil || len(s.post.sent) != 0 {
		t.Errorf("got %+v", user)
	}
	_, err := s.SignInWithPassword(t.Context(), bob, "12345", visit)
	refused(t, err, 400, "email_not_confirmed", "Email not confirmed")
	if got := s.Value(`select payload::text from auth.audit_log_entries`); got != `{"action":"user_signedup","actor_id":"00000000-0000-0000-0000-000000000000",`+
		`"actor_username":"service_role","actor_via_sso":false,"log_type":"team","traits":{"user_email":"`+bob+`","user_id":"`+user.ID+`","user_phone":""}}` {
		t.Errorf("the audit log has %s", got)
	}
}

// TestAdminCreateWholeUser makes a user with all that an administrator can say.
func TestAdminCreateWholeUser(t *testing.T) {
	s := newService(t, settings())
	const id = "77777777-7777-1777-8777-777777777777"
	user := s.made(t, flow.AdminUser{
		ID: id, Audience: "staff", Role: "editor", Email: bob, Phone: "4915112345678", EmailConfirm: true, PhoneConfirm: true,
		PasswordHash: s.Value(`select encrypted_password from auth.users`), UserMetadata: json.RawMessage(`{"name":"Bob","none":null}`),
		AppMetadata: json.RawMessage(`{"plan":"a","none":null}`), Ban: ref(24 * time.Hour),
	})
	for what, pair := range map[string][2]string{
		"id": {user.ID, id}, "audience": {user.Aud, "staff"}, "role": {user.Role, "editor"}, "number": {*user.Phone, "4915112345678"},
		"metadata":                   {string(user.UserMetadata), `{"name": "Bob", "none": null, "email_verified": true}`},
		"application's metadata":     {string(user.AppMetadata), `{"plan": "a", "provider": "email", "providers": ["email", "phone"]}`},
		"ban":                        {user.BannedUntil.String(), s.Now().Truncate(time.Microsecond).Add(24 * time.Hour).String()},
		"confirmed":                  {fmt.Sprint(user.EmailConfirmedAt != nil, user.PhoneConfirmedAt != nil), "true true"},
		"identities":                 {fmt.Sprint(len(user.Identities), user.Identities[0].ProviderID == id, user.Identities[1].ProviderID == id), "2 true true"},
		"password is what was moved": {s.Value(`select count(distinct encrypted_password) from auth.users`), "1"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %s, want %s", what, pair[0], pair[1])
		}
	}
	phoneOnly := s.made(t, flow.AdminUser{Phone: "4915112345679"})
	if string(phoneOnly.AppMetadata) != `{"provider": "phone", "providers": ["phone"]}` || phoneOnly.Email != "" || string(phoneOnly.UserMetadata) != `{}` {
		t.Errorf("by a number alone: %+v", phoneOnly)
	}
}

func TestAdminCreateUserRefused(t *testing.T) {
	s := newService(t, settings())
	number := "4915112345678"
	s.made(t, flow.AdminUser{Phone: number, Audience: "staff"})
	hash := s.Value(`select encrypted_password from auth.users where id = '` + ada + `'`)
	for _, tt := range []struct {
		name          string
		n             flow.AdminUser
		status        int
		code, message string
	}{
		{"nobody", flow.AdminUser{}, 400, "validation_failed", "Cannot create a user without either an email or phone"},
		{"an address that is taken", flow.AdminUser{Email: address, Phone: "1234"}, 422, "email_exists", "A user with this email address has already been registered"},
		{"in another audience, too", flow.AdminUser{Email: address, Audience: "x"}, 422, "email_exists", "A user with this email address has already been registered"},
		{"a number that is taken", flow.AdminUser{Email: bob, Phone: number}, 422, "phone_exists", "Phone number already registered by another user"},
		{"an id that is taken", flow.AdminUser{ID: ada, Email: bob}, 422, "user_already_exists", "A user with this ID already exists"},
		{"two passwords", flow.AdminUser{Email: bob, Password: ref(plain), PasswordHash: hash}, 400, "validation_failed", "Only a password or a password hash should be provided"},
		{"a long password", flow.AdminUser{Email: bob, Password: ref(strings.Repeat("x", 73))}, 400, "validation_failed", "Password cannot be longer than 72 characters"},
		{"a long role", flow.AdminUser{Email: bob, Role: strings.Repeat("x", 256)}, 400, "validation_failed", "A role and an audience cannot be longer than 255 characters"},
		{"a hash that costs too much", flow.AdminUser{Email: bob, PasswordHash: "$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHQ$aGFzaGhhc2g"}, 400, "validation_failed", "Invalid password_hash: its argon2 parameter m is over 65536"},
		{"a hash that nobody knows", flow.AdminUser{Email: bob, PasswordHash: "plain"}, 400, "validation_failed", "Invalid password_hash: its form is unknown: it is one of bcrypt, $argon2i$, $argon2id$ and $fbscrypt$"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.AdminCreateUser(t.Context(), key, tt.n, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select (select count(*) from auth.users) || ' ' || (select count(*) from auth.audit_log_entries)`); n != "2 1" {
				t.Errorf("there are %s users and lines of the audit log", n)
			}
		})
	}
}

func TestAdminUpdateUser(t *testing.T) {
	s := newService(t, settings())
	signed := s.signIn(t)
	admin, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	by := flow.Admin{Claims: admin.Claims, User: &admin.User}
	user := s.made(t, flow.AdminUser{Email: bob, Password: ref(plain), EmailConfirm: true, AppMetadata: json.RawMessage(`{"plan":"a"}`)})
	bobs, err := s.SignInWithPassword(t.Context(), bob, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	update := func(n flow.AdminUser) store.User {
		t.Helper()
		var changed store.User
		var err error
		if n := s.asked(func() { changed, err = s.AdminUpdateUser(t.Context(), by, user.ID, n, visit) }); n > 2 || err != nil {
			t.Fatalf("it takes %d statements, and gives %v", n, err)
		}
		return changed
	}
	if got := update(flow.AdminUser{AppMetadata: json.RawMessage(`{"plan":null,"b":1}`), Role: "editor"}); string(got.AppMetadata) != `{"b": 1, "provider": "email", "providers": ["email"]}` || got.Role != "editor" {
		t.Errorf("got %+v", got)
	}
	if _, err := s.Recognise(t.Context(), bobs.AccessToken); err != nil {
		t.Errorf("the session has ended: %v", err)
	}
	update(flow.AdminUser{Ban: ref(time.Hour)})
	_, err = s.Recognise(t.Context(), bobs.AccessToken)
	refused(t, err, 403, "user_banned", "User is banned")
	_, err = s.Refresh(t.Context(), bobs.RefreshToken, visit)
	refused(t, err, 400, "user_banned", "Invalid Refresh Token: User Banned")
	if got := update(flow.AdminUser{Ban: ref(time.Duration(0))}); got.BannedUntil != nil {
		t.Errorf("the ban lasts until %s", got.BannedUntil)
	}
	bobs = s.refresh(t, bobs.RefreshToken)
	got := update(flow.AdminUser{Email: "robert@example.org", Phone: "4915112345678", PhoneConfirm: true})
	if got.Email != "robert@example.org" || *got.Phone != "4915112345678" || len(got.Identities) != 2 || got.PhoneConfirmedAt == nil {
		t.Errorf("got %+v", got)
	}
	if line := s.Value(`select payload -> 'traits' ->> 'user_email' || ' ' || (payload ->> 'actor_username') from auth.audit_log_entries
		where payload ->> 'action' = 'user_modified' and payload -> 'traits' ->> 'user_phone' <> ''`); line != "robert@example.org "+address {
		t.Errorf("the audit log has %s", line)
	}
	update(flow.AdminUser{Password: ref("another password")})
	_, err = s.Refresh(t.Context(), bobs.RefreshToken, visit)
	refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	_, err = s.SignInWithPassword(t.Context(), "robert@example.org", plain, visit)
	refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
	if _, err := s.SignInWithPassword(t.Context(), "robert@example.org", "another password", visit); err != nil {
		t.Error(err)
	}
	if _, err := s.Recognise(t.Context(), signed.AccessToken); err != nil {
		t.Errorf("the administrator's session has ended: %v", err)
	}
}

func TestAdminUpdateUserRefused(t *testing.T) {
	s := newService(t, settings())
	user := s.made(t, flow.AdminUser{Email: bob})
	s.made(t, flow.AdminUser{Phone: "4915112345678"})
	for _, tt := range []struct {
		name, id      string
		n             flow.AdminUser
		status        int
		code, message string
	}{
		{"nobody", "99999999-9999-4999-8999-999999999999", flow.AdminUser{Role: "x"}, 404, "user_not_found", "User not found"},
		{"an address that is taken", user.ID, flow.AdminUser{Email: address}, 422, "email_exists", "A user with this email address has already been registered"},
		{"a number that is taken", user.ID, flow.AdminUser{Phone: "4915112345678"}, 422, "phone_exists", "Phone number already registered by another user"},
		{"a weak password", user.ID, flow.AdminUser{Password: ref("")}, 422, "weak_password", "Password should be at least 6 characters."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.AdminUpdateUser(t.Context(), key, tt.id, tt.n, visit)
			refused(t, err, tt.status, tt.code, tt.message)
		})
	}
}

func TestAdminDeleteUser(t *testing.T) {
	for _, softly := range []bool{false, true} {
		t.Run(fmt.Sprintf("softly %v", softly), func(t *testing.T) {
			s := newService(t, settings())
			signed := s.signIn(t)
			var err error
			if n := s.asked(func() { err = s.AdminDeleteUser(t.Context(), key, ada, softly, visit) }); n > 2 || err != nil {
				t.Fatalf("it takes %d statements, and gives %v", n, err)
			}
			_, err = s.Refresh(t.Context(), signed.RefreshToken, visit)
			refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
			_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
			refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
			if got := s.Value(`select payload -> 'traits' ->> 'user_email' from auth.audit_log_entries where payload ->> 'action' = 'user_deleted'`); got != address {
				t.Errorf("the audit log has %s", got)
			}
			s.made(t, flow.AdminUser{Email: address})
			user, err := s.AdminUser(t.Context(), key, ada)
			if !softly {
				refused(t, err, 404, "user_not_found", "User not found")
				refused(t, s.AdminDeleteUser(t.Context(), key, ada, true, visit), 404, "user_not_found", "User not found")
				return
			}
			if err != nil || user.DeletedAt == nil || user.Email == address || user.EncryptedPassword != "" {
				t.Errorf("got %+v, %v", user, err)
			}
			if err := s.AdminDeleteUser(t.Context(), key, ada, true, visit); err != nil {
				t.Errorf("once more: %v", err)
			}
			if err := s.AdminDeleteUser(t.Context(), key, ada, false, visit); err != nil {
				t.Errorf("for good: %v", err)
			}
		})
	}
	s := newService(t, settings())
	s.Exec(`create table public.notes (author uuid references auth.users (id)); insert into public.notes values ('` + ada + `')`)
	refused(t, s.AdminDeleteUser(t.Context(), key, ada, false, visit), 500, "unexpected_failure", "Database error deleting user")
}

// TestRecogniseAdmin has tokens that say they are an administrator's.
func TestRecogniseAdmin(t *testing.T) {
	s := newService(t, settings())
	keys, _ := token.ParseRing("", secret, "")
	issuer := access.NewIssuer(keys, "")
	signed := s.signIn(t)
	mint := func(c access.Claims) string {
		c.Expires = s.Now().Add(time.Hour).Unix()
		raw, err := issuer.Issue(c)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	roles := []string{"service_role", "supabase_admin"}
	session := mint(access.Claims{Subject: ada, SessionID: signed.Session.ID, Role: "service_role"})
	for _, tt := range []struct{ name, sql, raw, code string }{
		{"a key", "", mint(access.Claims{Role: "service_role"}), ""},
		{"a key of another role", "", mint(access.Claims{Role: "anon"}), "not_admin"},
		{"no role", "", mint(access.Claims{}), "not_admin"},
		{"a user", "", signed.AccessToken, "not_admin"},
		{"a user whose claim says more", "", session, "not_admin"},
		{"a user whose role says it", `update auth.users set role = 'service_role'`, session, ""},
		{"whose claim says less", ``, signed.AccessToken, "not_admin"},
		{"who is banned", `update auth.users set banned_until = '2030-01-01'`, session, "user_banned"},
		{"who has signed out", `delete from auth.sessions`, session, "session_not_found"},
	} {
		if tt.sql != "" {
			s.Exec(tt.sql)
		}
		_, err := s.RecogniseAdmin(t.Context(), tt.raw, roles)
		if got := codeOf(err); got != tt.code {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.code)
		}
	}
}

// TestAdminCreateUserManyAtOnce has twenty make a user of one address.
func TestAdminCreateUserManyAtOnce(t *testing.T) {
	s := newService(t, settings())
	var all sync.WaitGroup
	codes := make([]string, 20)
	for n := range codes {
		all.Go(func() {
			_, err := s.AdminCreateUser(t.Context(), key, flow.AdminUser{Email: bob}, visit)
			codes[n] = codeOf(err)
		})
	}
	all.Wait()
	won := 0
	for _, code := range codes {
		switch code {
		case "":
			won++
		case "email_exists", "40001":
		default:
			t.Errorf("got %s", code)
		}
	}
	if n := s.Value(`select count(*) from auth.users where email = '` + bob + `'`); won != 1 || n != "1" {
		t.Errorf("%d have made %s users", won, n)
	}
}

func TestAdminPasswordIsHashed(t *testing.T) {
	s := newService(t, settings())
	user := s.made(t, flow.AdminUser{Email: bob, Password: ref(plain)})
	if ok, err := password.Verify(s.Value(`select encrypted_password from auth.users where id = '`+user.ID+`'`), plain); !ok {
		t.Errorf("the password is not that of the user: %v", err)
	}
	none := s.made(t, flow.AdminUser{Phone: "4915112345678"})
	if got := s.Value(`select encrypted_password from auth.users where id = '` + none.ID + `'`); got != "" {
		t.Errorf("a user without a password has %s", got)
	}
}

func TestAdminReadStatements(t *testing.T) {
	s := newService(t, settings())
	if n := s.asked(func() {
		page, err := s.AdminUsers(t.Context(), key, store.UserQuery{Audience: "authenticated", Limit: 50})
		if err != nil || page.Total != 1 || len(page.Users) != 1 || page.Users[0].ID != ada {
			t.Errorf("got %+v, %v", page, err)
		}
	}); n != 1 {
		t.Errorf("a list takes %d statements", n)
	}
	if n := s.asked(func() {
		if user, err := s.AdminUser(t.Context(), key, ada); err != nil || user.Email != address {
			t.Errorf("got %+v, %v", user, err)
		}
	}); n != 1 {
		t.Errorf("a user takes %d statements", n)
	}
}
