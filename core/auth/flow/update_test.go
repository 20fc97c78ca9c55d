package flow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
)

const another = "another horse"

// verifiedFactor gives Ada a second factor.
const verifiedFactor = `insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
	values ('33333333-3333-4333-8333-333333333333', '` + ada + `', 'phone', 'totp', 'verified', now(), now(), 'x')`

// in is Ada, who has just signed in.
func (s *service) in(t *testing.T) flow.Caller {
	t.Helper()
	return s.caller(t, s.signIn(t))
}

// update changes a user, which must succeed.
func (s *service) update(t *testing.T, c flow.Caller, r flow.UserUpdate) store.User {
	t.Helper()
	u, err := s.UpdateUser(t.Context(), c, r, visit)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPasswordChange ends the other sessions and takes away what was sent before (attacks 11 and 31).
func TestPasswordChange(t *testing.T) {
	s := newService(t, settings())
	other, own := s.signIn(t), s.signIn(t)
	for n, kind := range []string{
		"confirmation_token", "recovery_token", "reauthentication_token", "email_change_token_new", "email_change_token_current", "phone_change_token",
	} {
		s.Exec(fmt.Sprintf(`insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
			values (gen_random_uuid(), '%s', '%s', 'hash%d', '%s')`, ada, kind, n, address))
	}
	s.Exec(`update auth.users set recovery_token = 'abc', recovery_sent_at = now()`)
	u := s.update(t, s.caller(t, own), flow.UserUpdate{Password: new(another)})
	if u.RecoverySent != nil {
		t.Errorf("a mail is said to have gone out at %s", u.RecoverySent)
	}
	_, err := s.Recognise(t.Context(), other.AccessToken)
	refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
	_, err = s.Refresh(t.Context(), other.RefreshToken, visit)
	refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	s.refresh(t, own.RefreshToken)
	if got := s.Value(`select count(*) || ' ' || (select recovery_token from auth.users) from auth.one_time_tokens`); got != "0 " {
		t.Errorf("there are tokens: %q", got)
	}
	_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
	refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
	if _, err := s.SignInWithPassword(t.Context(), address, another, visit); err != nil {
		t.Error(err)
	}
	if got := s.Value(`select string_agg(payload ->> 'action' || ' ' || (payload ->> 'log_type'), ', ' order by payload ->> 'action')
		from auth.audit_log_entries where payload ->> 'action' like 'user%'`); got != "user_modified user, user_updated_password user" {
		t.Errorf("the audit log has %s", got)
	}
}

func TestUpdateRefused(t *testing.T) {
	demanding := settings()
	demanding.Update = flow.UpdateSettings{Reauthenticate: true, CurrentPassword: true}
	const weak = "Password should be at least 6 characters."
	for _, tt := range []struct {
		name, sql     string
		settings      flow.Settings
		wait          time.Duration
		asked         flow.UserUpdate
		status        int
		code, message string
	}{
		{"the same password", "", settings(), 0, flow.UserUpdate{Password: new(plain)}, 422, "same_password", "New password should be different from the old password."},
		{"a weak password", "", settings(), 0, flow.UserUpdate{Password: new("x")}, 422, "weak_password", weak},
		{"an empty password", "", settings(), 0, flow.UserUpdate{Password: new("")}, 422, "weak_password", weak},
		{"the application's data", "", settings(), 0, flow.UserUpdate{AppData: json.RawMessage(`{"role":"x"}`)}, 403, "not_admin", "Updating app_metadata requires admin privileges"},
		{"an old session", "", demanding, 25 * time.Hour, flow.UserUpdate{Password: new(another)}, 400, "reauthentication_needed", "Password update requires reauthentication"},
		{"an old session, and a new address", "", demanding, 25 * time.Hour, flow.UserUpdate{Password: new(another), Email: bob}, 400, "reauthentication_needed", "Password update requires reauthentication"},
		{"a code that nobody sent", "", demanding, 25 * time.Hour, flow.UserUpdate{Password: new(another), Nonce: "123456"}, 422, "reauthentication_not_valid", "Nonce has expired or is invalid"},
		{"a guess at the password before the code", "", demanding, 25 * time.Hour, flow.UserUpdate{Password: new(plain), Nonce: "123456"}, 422, "reauthentication_not_valid", "Nonce has expired or is invalid"},
		{"without the current password", "", demanding, 0, flow.UserUpdate{Password: new(another)}, 400, "current_password_required", "Current password required when setting new password."},
		{"a wrong current password", "", demanding, 0, flow.UserUpdate{Password: new(another), CurrentPassword: "x"}, 400, "current_password_invalid", "Current password required when setting new password."},
		{"a taken address", `insert into auth.users (id, aud, email) values (gen_random_uuid(), 'authenticated', 'bob@example.org')`, settings(), 0, flow.UserUpdate{Email: "BOB@example.org"}, 422, "email_exists", "A user with this email address has already been registered"},
		{"an address that a provider knows somebody by", `with u as (insert into auth.users (id, aud) values (gen_random_uuid(), 'authenticated') returning id)
			insert into auth.identities (provider_id, user_id, provider, identity_data) select '7', id, 'github', '{"email":"Bob@example.org"}' from u`, settings(), 0, flow.UserUpdate{Email: bob}, 422, "email_exists", "A user with this email address has already been registered"},
		{"single sign-on", `update auth.users set is_sso_user = true`, settings(), 0, flow.UserUpdate{Email: bob}, 422, "user_sso_managed", "Updating email, phone, password of a SSO account only possible via SSO"},
		{"an anonymous user's password", `update auth.users set is_anonymous = true, email = null`, settings(), 0, flow.UserUpdate{Password: new(another)}, 422, "validation_failed", "Updating password of an anonymous user without an email or phone is not allowed"},
		{"half a challenge", "", settings(), 0, flow.UserUpdate{Email: bob, Challenge: flow.Challenge{Text: strings.Repeat("a", 43)}}, 400, "validation_failed", "PKCE flow requires code_challenge_method and code_challenge"},
		{"a second factor, and a password", verifiedFactor, settings(), 0, flow.UserUpdate{Password: new(another)}, 401, "insufficient_aal", "AAL2 session is required to update email or password when MFA is enabled."},
		{"a second factor, and an address", verifiedFactor, settings(), 0, flow.UserUpdate{Email: bob}, 401, "insufficient_aal", "AAL2 session is required to update email or password when MFA is enabled."},
		{"a second factor, and a number", verifiedFactor, settings(), 0, flow.UserUpdate{Phone: "4912345678"}, 401, "insufficient_aal", "AAL2 session is required to update email or password when MFA is enabled."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, tt.settings)
			signed := s.signIn(t)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			c := s.caller(t, signed)
			s.Pass(tt.wait)
			before := s.Value(`select u::text from auth.users as u where id = '` + ada + `'`)
			_, err := s.UpdateUser(t.Context(), c, tt.asked, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if after := s.Value(`select u::text from auth.users as u where id = '` + ada + `'`); after != before {
				t.Errorf("the user has changed:\n%s\n%s", before, after)
			}
			if len(s.post.sent) > 0 {
				t.Errorf("%d mails were sent", len(s.post.sent))
			}
		})
	}
}

// TestUpdateWithSecondFactor shows that attack 38 is about credentials and the level of the session.
func TestUpdateWithSecondFactor(t *testing.T) {
	s := newService(t, settings())
	signed := s.signIn(t)
	s.Exec(verifiedFactor)
	s.update(t, s.caller(t, signed), flow.UserUpdate{Data: json.RawMessage(`{"name":"Ada"}`), Email: strings.ToUpper(address)})
	s.Exec(`update auth.sessions set aal = 'aal2'`)
	s.update(t, s.caller(t, signed), flow.UserUpdate{Password: new(another)})
	s.Exec(`update auth.sessions set aal = 'aal1'; update auth.mfa_factors set status = 'unverified'`)
	s.update(t, s.caller(t, signed), flow.UserUpdate{Password: new(plain)})
}

// TestCurrentPassword is asked of those who came by a password, and not of those who came by a mail.
func TestCurrentPassword(t *testing.T) {
	demanding := settings()
	demanding.Update.CurrentPassword = true
	s := newService(t, demanding)
	c := s.in(t)
	s.update(t, c, flow.UserUpdate{Password: new(another), CurrentPassword: plain})
	s.Exec(`update auth.mfa_amr_claims set authentication_method = 'otp'`)
	c, err := s.Recognise(t.Context(), mustToken(t, s, another))
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(`update auth.mfa_amr_claims set authentication_method = 'otp'`)
	c.Session.Methods[0].Name = "otp"
	s.update(t, c, flow.UserUpdate{Password: new(plain)})
}

func mustToken(t *testing.T, s *service, password string) string {
	t.Helper()
	signed, err := s.SignInWithPassword(t.Context(), address, password, visit)
	if err != nil {
		t.Fatal(err)
	}
	return signed.AccessToken
}

// TestUpdateMetadata merges, and reaches nothing but the user's own metadata (attack 34).
func TestUpdateMetadata(t *testing.T) {
	s := newService(t, settings())
	c := s.in(t)
	rest := `select (to_jsonb(u) - 'raw_user_meta_data' - 'updated_at')::text from auth.users as u`
	before := s.Value(rest)
	for _, tt := range []struct{ asked, want string }{
		{`{"name":"Ada","born":1815,"big":12345678901234567890,"work":{"a":1,"b":null}}`, `{"big": 12345678901234567890, "born": 1815, "name": "Ada", "work": {"a": 1, "b": null}}`},
		{`{"born":null,"work":{"c":2},"never":null}`, `{"big": 12345678901234567890, "name": "Ada", "work": {"c": 2}}`},
		{`{}`, `{"big": 12345678901234567890, "name": "Ada", "work": {"c": 2}}`},
		{
			`{"big":null,"name":null,"work":null,"role":"service_role","is_super_admin":true,"app_metadata":{"role":"x"},"email":"eve@example.org","aud":"x"}`,
			`{"aud": "x", "role": "service_role", "email": "eve@example.org", "app_metadata": {"role": "x"}, "is_super_admin": true}`,
		},
	} {
		u := s.update(t, c, flow.UserUpdate{Data: json.RawMessage(tt.asked)})
		if diff := cmp.Diff(tt.want, s.Value(`select raw_user_meta_data::text from auth.users`)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.asked, diff)
		}
		if len(u.UserMetadata) < 2 || len(u.Identities) != 1 || string(u.AppMetadata) != string(c.User.AppMetadata) {
			t.Errorf("the user is %+v", u)
		}
	}
	if after := s.Value(rest); after != before {
		t.Errorf("more than the metadata has changed (-before +after):\n%s", cmp.Diff(before, after))
	}
	s.update(t, c, flow.UserUpdate{AppData: json.RawMessage(`{"plan":"gold","provider":null}`), Admin: true})
	if got := s.Value(`select raw_app_meta_data::text from auth.users`); got != `{"plan": "gold", "providers": ["email"]}` {
		t.Errorf("an administrator left %s", got)
	}
}

// TestUpdateMetadataOfAnImport shows that a column that is no object counts as an empty one.
func TestUpdateMetadataOfAnImport(t *testing.T) {
	for _, was := range []string{`null`, `'null'`, `'[1]'`, `'"x"'`} {
		s := newService(t, settings())
		s.Exec(`update auth.users set raw_user_meta_data = ` + was)
		s.update(t, s.in(t), flow.UserUpdate{Data: json.RawMessage(`{"a":1,"b":null}`)})
		if got := s.Value(`select raw_user_meta_data::text from auth.users`); got != `{"a": 1}` {
			t.Errorf("%s became %s", was, got)
		}
	}
}

// serializationFailure is the SQLSTATE of a transaction that has lost to another one.
const serializationFailure = "40001"

// TestUpdateMetadataAtOnce loses none of twenty members that are written at the same time.
func TestUpdateMetadataAtOnce(t *testing.T) {
	s := newService(t, settings())
	c := s.in(t)
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			asked := flow.UserUpdate{Data: json.RawMessage(fmt.Sprintf(`{"m%d":1}`, n))}
			_, err := s.UpdateUser(t.Context(), c, asked, visit)
			for err != nil && fault.From(err).Code == serializationFailure { // one of twenty may lose again and again
				_, err = s.UpdateUser(t.Context(), c, asked, visit)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := s.Value(`select count(*) from auth.users, jsonb_object_keys(raw_user_meta_data)`); got != "20" {
		t.Errorf("%s members are left", got)
	}
}

// TestPasswordsAtOnce sets ten passwords in ten sessions at the same time: one wins, and its session alone is left.
func TestPasswordsAtOnce(t *testing.T) {
	s := newService(t, settings())
	callers := make([]flow.Caller, 10)
	for n := range callers {
		callers[n] = s.in(t)
	}
	var won sync.Map
	var all sync.WaitGroup
	for n, c := range callers {
		all.Go(func() {
			_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Password: new(fmt.Sprintf("password %d", n))}, visit)
			if err == nil {
				won.Store(n, c.Session.ID)
				return
			}
			refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
		})
	}
	all.Wait()
	winners := 0
	won.Range(func(n, session any) bool {
		winners++
		if got := s.Value(`select string_agg(id::text, ' ') from auth.sessions`); got != session {
			t.Errorf("the sessions left are %s, and %s has won", got, session)
		}
		if _, err := s.SignInWithPassword(t.Context(), address, fmt.Sprintf("password %d", n), visit); err != nil {
			t.Error(err)
		}
		return true
	})
	if winners != 1 {
		t.Errorf("%d passwords were set", winners)
	}
}

// TestUpdateOfALostSession shows what an update is told whose session has ended, or whose user was banned, after it was
// recognised.
func TestUpdateOfALostSession(t *testing.T) {
	s := newService(t, settings())
	c := s.in(t)
	s.Exec(`update auth.users set banned_until = '2030-01-01'`)
	_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Data: json.RawMessage(`{"a":1}`)}, visit)
	refused(t, err, 403, "user_banned", "User is banned")
	s.Exec(`update auth.users set banned_until = null, encrypted_password = 'another'`)
	_, err = s.UpdateUser(t.Context(), c, flow.UserUpdate{Password: new(another)}, visit)
	refused(t, err, 409, "conflict", "The user was changed by another request at the same time: try again")
	s.Exec(`delete from auth.sessions`)
	_, err = s.UpdateUser(t.Context(), c, flow.UserUpdate{Data: json.RawMessage(`{"a":1}`)}, visit)
	refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
	if got := s.Value(`select raw_user_meta_data::text from auth.users`); got != "{}" {
		t.Errorf("the metadata is %s", got)
	}
}

// TestUpdateStatements counts what an update with everything asks of the database.
func TestUpdateStatements(t *testing.T) {
	demanding := settings()
	demanding.Update = flow.UpdateSettings{Reauthenticate: true, CurrentPassword: true, BothAddresses: true}
	s := newService(t, demanding)
	signed := s.signIn(t)
	s.Exec(`update auth.sessions set created_at = created_at - interval '25 hours'`)
	if err := s.Reauthenticate(t.Context(), s.caller(t, signed), visit); err != nil {
		t.Fatal(err)
	}
	before := s.statements.n.Load()
	s.update(t, s.caller(t, signed), flow.UserUpdate{
		Email: bob, Password: new(another), CurrentPassword: plain, Nonce: s.post.sent[0].Token, Data: json.RawMessage(`{"a":1}`),
	})
	if n := s.statements.n.Load() - before; n > 3 {
		t.Errorf("an update takes %d statements, 3 at most", n)
	}
	if got := s.Value(`select string_agg(token_type::text, ' ' order by token_type::text) from auth.one_time_tokens`); got != "email_change_token_current email_change_token_new" {
		t.Errorf("the tokens are %s", got)
	}
}

// between does something when the first statement has been run, with statements of its own.
type between struct {
	store.Runner
	do func()
}

// Run runs a statement.
func (b *between) Run(ctx context.Context, s stmt.Statement) (stmt.Result, error) {
	res, err := b.Runner.Run(ctx, s)
	if do := b.do; do != nil {
		b.do = nil
		do()
	}
	return res, err
}

// TestSignInDuringPasswordChange sets another password while the old one is being verified: it makes no session any more, which
// the change could not end.
func TestSignInDuringPasswordChange(t *testing.T) {
	s := newService(t, settings())
	c := s.in(t)
	s.statements.Runner = &between{Runner: s.statements.Runner, do: func() { s.update(t, c, flow.UserUpdate{Password: new(another)}) }}
	_, err := s.SignInWithPassword(t.Context(), address, plain, visit)
	refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
	if got := s.Value(`select string_agg(id::text, ' ') from auth.sessions`); got != c.Session.ID {
		t.Errorf("the sessions are %s", got)
	}
}
