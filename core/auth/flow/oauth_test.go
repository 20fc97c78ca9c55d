package flow_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

// TestThroughEveryProvider signs somebody up and in again through a real provider of every kind.
func TestThroughEveryProvider(t *testing.T) {
	s, server := realProviders(t)
	for _, provider := range []string{oauth.Google, oauth.GitHub, oauth.Apple, oauth.Azure, "acme"} {
		t.Run(provider, func(t *testing.T) {
			email := provider + "@example.org"
			p := oidctest.Person{
				Claims:     map[string]any{"sub": "42", "name": "Ada", "email": email, "email_verified": true},
				GitHubUser: map[string]any{"id": 42, "name": "Ada"}, GitHubEmails: []map[string]any{{"email": email, "verified": true, "primary": true}},
				RefreshToken: "refresh", Form: `{"name":{"firstName":"Ada"}}`,
			}
			if provider == oauth.Azure {
				p.Claims["iss"] = server.URL + "/a-tenant/v2.0"
			}
			var first string
			for range 2 {
				to, err := s.Depart(t.Context(), flow.Departure{Provider: provider, RedirectTo: welcomePage})
				if err != nil {
					t.Fatal(err)
				}
				back := server.SignIn(t, to, p)
				end, err := s.Return(t.Context(), flow.Return{State: back.Get("state"), Code: back.Get("code"), User: back.Get("user")}, visit)
				if err != nil {
					t.Fatal(err)
				}
				u := end.Signed.User
				if u.Email != email || u.EmailConfirmedAt == nil || identities(u) != provider+" " || end.Signed.ProviderToken != oidctest.AccessToken || end.Signed.ProviderRefreshToken != "refresh" {
					t.Errorf("got %+v", end.Signed)
				}
				var data map[string]any
				if err := json.Unmarshal(u.UserMetadata, &data); err != nil || data["full_name"] != "Ada" || data["email_verified"] != true || data["sub"] != "42" {
					t.Errorf("the metadata are %s", u.UserMetadata)
				}
				if string(u.AppMetadata) != `{"provider": "`+provider+`", "providers": ["`+provider+`"]}` {
					t.Errorf("the application's metadata are %s", u.AppMetadata)
				}
				if first != "" && first != u.ID {
					t.Error("it is another user the second time")
				}
				first = u.ID
				caller := s.whoHas(t, *end.Signed)
				if m := caller.Claims.Methods; len(m) != 1 || m[0].Method != "oauth" {
					t.Errorf("the methods are %+v", m)
				}
				s.Pass(time.Second) // the audit log has its lines in the order of their times
			}
		})
	}
	if got := s.Value(`select string_agg(payload ->> 'action', ' ' order by created_at, id) from auth.audit_log_entries where payload -> 'traits' ->> 'provider' = 'acme'`); got != "user_signedup login" {
		t.Errorf("the audit log has %q", got)
	}
	if n := s.Value(`select (select count(*) from auth.flow_state) + (select count(*) from auth.oauth_client_states)`); n != "0" {
		t.Errorf("%s rows of states are left", n)
	}
}

func TestOAuthStatements(t *testing.T) {
	s, v := vouched(t, nil)
	for _, who := range []oauth.Arrival{somebody("google", "1", "new@example.org", true), somebody("google", "1", "new@example.org", true)} {
		v.arrival = who
		before := s.statements.n.Load()
		state := s.leave(t, flow.Departure{Provider: "google"})
		if n := s.statements.n.Load() - before; n != 1 {
			t.Errorf("a departure takes %d statements", n)
		}
		before = s.statements.n.Load()
		if _, err := s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit); err != nil {
			t.Fatal(err)
		}
		if n := s.statements.n.Load() - before; n != 3 {
			t.Errorf("a return takes %d statements", n)
		}
	}
}

// TestStates is attack 22.
func TestStates(t *testing.T) {
	s, v := vouched(t, nil)
	v.arrival = somebody("google", "1", "new@example.org", true)
	pkce := flow.Departure{Provider: "google", Challenge: flow.Challenge{Text: strings.Repeat("c", 43), Method: "plain"}}
	fresh := func(flow.Departure) func() string {
		return func() string { return s.leave(t, flow.Departure{Provider: "google"}) }
	}
	used := func(d flow.Departure) func() string {
		return func() string {
			state := s.leave(t, d)
			if _, err := s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit); err != nil {
				t.Fatal(err)
			}
			return state
		}
	}
	for _, tt := range []struct {
		name    string
		state   func() string
		r       flow.Return
		status  int
		code    string
		message string
	}{
		{"no state", func() string { return "" }, flow.Return{Code: "x"}, 400, "bad_oauth_callback", "OAuth state parameter missing"},
		{"no id", func() string { return "1; select" }, flow.Return{Code: "x"}, 400, "bad_oauth_state", "OAuth state parameter is invalid"},
		{"unknown", func() string { return ada }, flow.Return{Code: "x"}, 400, "bad_oauth_state", "OAuth state not found or expired"},
		{"no code", fresh(flow.Departure{}), flow.Return{}, 400, "bad_oauth_callback", "OAuth callback with missing authorization code missing"},
		{"used", used(flow.Departure{Provider: "google"}), flow.Return{Code: "x"}, 400, "bad_oauth_state", "OAuth state not found or expired"},
		{"used with PKCE", used(pkce), flow.Return{Code: "x"}, 400, "flow_state_already_used", "State has already been used"},
		{"that waits for a mail", func() string {
			state := s.leave(t, flow.Departure{Provider: "google"})
			s.Exec(`update auth.flow_state set authentication_method = 'magiclink' where id = '` + state + `'`)
			return state
		}, flow.Return{Code: "x"}, 400, "bad_oauth_state", "OAuth state not found or expired"},
		{"expired", func() string {
			state := s.leave(t, flow.Departure{Provider: "google"})
			s.Pass(5*time.Minute + time.Second)
			return state
		}, flow.Return{Code: "x"}, 400, "bad_oauth_state", "OAuth state has expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.State = tt.state()
			sessions := s.Value(`select count(*) from auth.sessions`)
			_, err := s.Return(t.Context(), tt.r, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if got := s.Value(`select count(*) from auth.sessions`); got != sessions {
				t.Errorf("there are %s sessions, %s before", got, sessions)
			}
		})
	}
	t.Run("the provider's error", func(t *testing.T) {
		end, err := s.Return(t.Context(), flow.Return{State: s.leave(t, flow.Departure{Provider: "google"}), Error: "access_denied", ErrorDescription: "no"}, visit)
		if refusal, ok := errors.AsType[*oauth.Refusal](err); !ok || refusal.Code != "access_denied" || refusal.Description != "no" || end.RedirectTo != welcomePage {
			t.Errorf("got %+v and %v", end, err)
		}
	})
}

// TestStateServesOnce comes back with one state many times at once: one gets in, the others do not, whoever they are.
func TestStateServesOnce(t *testing.T) {
	for name, d := range map[string]flow.Departure{
		"implicit": {Provider: "google"},
		"PKCE":     {Provider: "google", Challenge: flow.Challenge{Text: strings.Repeat("c", 43), Method: "plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, v := vouched(t, nil)
			v.arrival = somebody("google", "1", "new@example.org", true)
			state := s.leave(t, d)
			var all sync.WaitGroup
			ends := make([]flow.Returned, 8)
			errs := make([]error, 8)
			for n := range ends {
				all.Go(func() { ends[n], errs[n] = s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit) })
			}
			all.Wait()
			won := 0
			for n, err := range errs {
				if code := faultCode(err); err == nil && (ends[n].Signed != nil || ends[n].Code != "") {
					won++
				} else if code != "bad_oauth_state" && code != "flow_state_already_used" {
					t.Errorf("got %v", err)
				}
			}
			if got := s.Value(`select count(*) from auth.users where email = 'new@example.org'`); won != 1 || got != "1" {
				t.Errorf("%d got in, %s users", won, got)
			}
			if n := s.Value(`select count(*) from auth.sessions`); name == "implicit" && n != "1" || name == "PKCE" && n != "0" {
				t.Errorf("%s sessions", n)
			}
		})
	}
}

// TestOAuthForCode is the flow of PKCE: the code is worth something only with its verifier, and once (attack 20).
func TestOAuthForCode(t *testing.T) {
	s, v := vouched(t, nil)
	v.arrival = somebody("google", "1", "new@example.org", true)
	v.arrival.RefreshToken = "provider-refresh"
	verifier := strings.Repeat("v", 43)
	state := s.leave(t, flow.Departure{Provider: "google", Challenge: flow.Challenge{Text: verifier, Method: "plain"}})
	_, err := s.ExchangeCode(t.Context(), state, verifier, visit)
	refused(t, err, 404, "flow_state_not_found", "invalid flow state, no valid flow state found")
	end, err := s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit)
	if err != nil || end.Signed != nil || end.Code == "" || end.Code == state {
		t.Fatalf("got %+v and %v", end, err)
	}
	if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
		t.Errorf("%s sessions before the exchange", n)
	}
	_, err = s.ExchangeCode(t.Context(), end.Code, strings.Repeat("w", 43), visit)
	refused(t, err, 400, "bad_code_verifier", "code challenge does not match previously saved code verifier")
	signed, err := s.ExchangeCode(t.Context(), end.Code, verifier, visit)
	if err != nil || signed.ProviderToken != "provider-token" || signed.ProviderRefreshToken != "provider-refresh" || signed.User.Email != "new@example.org" {
		t.Fatalf("got %+v and %v", signed, err)
	}
	_, err = s.ExchangeCode(t.Context(), end.Code, verifier, visit)
	refused(t, err, 404, "flow_state_not_found", "invalid flow state, no valid flow state found")
}

// TestTakeOver is attack 25: somebody has signed up with another's address and waits for them.
func TestTakeOver(t *testing.T) {
	for name, allow := range map[string]bool{"addresses have to be confirmed": false, "unconfirmed users sign in": true} {
		t.Run(name, func(t *testing.T) {
			s, v := vouched(t, func(set *flow.Settings) { set.AllowUnconfirmed = allow })
			const victim, known = "victim@example.org", "the attacker's"
			if _, err := s.SignUp(t.Context(), flow.SignUp{Email: victim, Password: known, Data: json.RawMessage(`{"name":"Eve","plan":"evil"}`)}, visit); err != nil {
				t.Fatal(err)
			}
			s.Exec(`update auth.users set phone = '4915112345678', email_change = 'eve@example.org' where email = 'victim@example.org'`)
			s.Exec(`insert into auth.identities (provider_id, user_id, provider, identity_data) select 'eve', id, 'github', '{"email": "eve@example.org"}' from auth.users where email = 'victim@example.org'`)
			s.Exec(`insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret) select gen_random_uuid(), id, 'x', 'totp', 'verified', now(), now(), 's' from auth.users where email = 'victim@example.org'`)
			var session flow.Signed
			if allow {
				var err error
				if session, err = s.SignInWithPassword(t.Context(), victim, known, visit); err != nil {
					t.Fatal(err)
				}
			}
			signed := s.signedIn(t, v, somebody("google", "1", victim, true))
			u := signed.User
			if u.EncryptedPassword != "" || u.Phone != nil || u.EmailConfirmedAt == nil || identities(u) != "google " || len(u.Factors) != 0 || u.EmailChange != "" {
				t.Errorf("the attacker has left %+v", u)
			}
			if strings.Contains(string(u.UserMetadata), "evil") || !strings.Contains(string(u.UserMetadata), "Somebody") {
				t.Errorf("the metadata are %s", u.UserMetadata)
			}
			_, err := s.SignInWithPassword(t.Context(), victim, known, visit)
			refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
			if allow {
				_, err = s.Refresh(t.Context(), session.RefreshToken, visit)
				refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
			}
			if n := s.Value(`select count(*) from auth.one_time_tokens as t join auth.users as u on u.id = t.user_id where u.email = 'victim@example.org'`); n != "0" {
				t.Errorf("%s links are left", n)
			}
			if c := s.whoHas(t, signed); c.User.ID != u.ID || identities(c.User) != "google " || len(c.User.Factors) != 0 {
				t.Errorf("read again, the user is %+v", c.User)
			}
		})
	}
}

// TestConfirmedUserKeepsAll links by a verified address, and takes nothing away.
func TestConfirmedUserKeepsAll(t *testing.T) {
	s, v := vouched(t, nil)
	signed := s.signedIn(t, v, somebody("google", "1", address, true))
	if signed.User.ID != ada || identities(signed.User) != "email google " || signed.User.EncryptedPassword == "" {
		t.Errorf("got %+v", signed.User)
	}
	if string(signed.User.AppMetadata) != `{"provider": "email", "providers": ["email", "google"]}` {
		t.Errorf("the application's metadata are %s", signed.User.AppMetadata)
	}
	s.signIn(t)
	if got := s.Value(`select string_agg(payload ->> 'action', ' ' order by payload ->> 'action') from auth.audit_log_entries where payload -> 'traits' ->> 'provider' = 'google'`); got != "identity_linked login" {
		t.Errorf("the audit log has %q", got)
	}
}

// TestUnverified is the reverse of attack 25: an address that the provider has not verified shows nothing.
func TestUnverified(t *testing.T) {
	const sent = "Unverified email with github. A confirmation email has been sent to your github email"
	const verify = "Unverified email with github. Verify the email with github in order to sign in"
	t.Run("somebody's", func(t *testing.T) {
		s, v := vouched(t, nil)
		_, err := s.come(t, v, somebody("github", "1", address, false))
		refused(t, err, 422, "provider_email_needs_verification", verify)
		if got := s.Value(`select (select count(*) from auth.identities) || ' ' || (select count(*) from auth.sessions)`); got != "1 0" || len(s.post.sent) != 0 {
			t.Errorf("identities and sessions are %s, mails %d", got, len(s.post.sent))
		}
	})
	t.Run("somebody's, and everybody is believed", func(t *testing.T) {
		s, v := vouched(t, func(set *flow.Settings) { set.Autoconfirm = true })
		_, err := s.come(t, v, somebody("github", "1", address, false))
		refused(t, err, 422, "provider_email_needs_verification", verify)
	})
	t.Run("somebody's, and unconfirmed users sign in", func(t *testing.T) {
		s, v := vouched(t, func(set *flow.Settings) { set.AllowUnconfirmed = true })
		signed := s.signedIn(t, v, somebody("github", "1", address, false))
		if signed.User.ID == ada || signed.User.Email != "" {
			t.Errorf("got %+v", signed.User)
		}
	})
	t.Run("nobody's", func(t *testing.T) {
		s, v := vouched(t, nil)
		who := somebody("github", "1", "new@example.org", false)
		end, err := s.come(t, v, who)
		refused(t, err, 422, "provider_email_needs_verification", sent)
		if end.RedirectTo != welcomePage || len(s.post.sent) != 1 || s.post.sent[0].SendingTo != "new@example.org" {
			t.Fatalf("got %+v, mails %+v", end, s.post.sent)
		}
		_, err = s.come(t, v, who)
		if faultCode(err) != "over_email_send_rate_limit" {
			t.Errorf("at once again: %v", err)
		}
		_, err = s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: s.post.sent[0].TokenHash}, visit)
		if err != nil {
			t.Fatal(err)
		}
		if signed := s.signedIn(t, v, who); signed.User.Email != "new@example.org" || identities(signed.User) != "github " {
			t.Errorf("got %+v", signed.User)
		}
	})
	t.Run("nobody's, and unconfirmed users sign in", func(t *testing.T) {
		s, v := vouched(t, func(set *flow.Settings) { set.AllowUnconfirmed = true })
		who := somebody("github", "1", "new@example.org", false)
		first, second := s.signedIn(t, v, who), s.signedIn(t, v, who)
		if first.User.ID != second.User.ID || second.User.EmailConfirmedAt != nil || len(s.post.sent) != 1 {
			t.Errorf("got %+v, %d mails", second.User, len(s.post.sent))
		}
	})
	t.Run("nobody's, and everybody is believed", func(t *testing.T) {
		s, v := vouched(t, func(set *flow.Settings) { set.Autoconfirm = true })
		if signed := s.signedIn(t, v, somebody("github", "1", "new@example.org", false)); signed.User.EmailConfirmedAt == nil {
			t.Errorf("got %+v", signed.User)
		}
	})
	t.Run("verified afterwards", func(t *testing.T) {
		s, v := vouched(t, nil)
		_, _ = s.come(t, v, somebody("github", "1", "new@example.org", false))
		if signed := s.signedIn(t, v, somebody("github", "1", "new@example.org", true)); signed.User.EmailConfirmedAt == nil {
			t.Errorf("got %+v", signed.User)
		}
	})
}

// TestIdentityConfirmsNoOtherAddress signs in by an identity whose address is verified, to an account with an address that is
// not: it must not confirm the latter.
func TestIdentityConfirmsNoOtherAddress(t *testing.T) {
	s, v := vouched(t, func(set *flow.Settings) { set.AllowUnconfirmed = true })
	if _, err := s.SignUp(t.Context(), flow.SignUp{Email: "victim@example.org", Password: plain}, visit); err != nil {
		t.Fatal(err)
	}
	eve, err := s.SignInWithPassword(t.Context(), "victim@example.org", plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	who := somebody("google", "eve", "eve@example.org", true)
	if _, err := s.linkBy(t, v, s.whoHas(t, eve), who); err != nil {
		t.Fatal(err)
	}
	s.Pass(time.Hour)
	if signed := s.signedIn(t, v, who); signed.User.EmailConfirmedAt != nil {
		t.Error("the address is confirmed by another one")
	}
}

// TestLookalikeIdentity links an identity with somebody's address, not verified, to an account of one's own: its owner, who
// comes later, must not get into that account.
func TestLookalikeIdentity(t *testing.T) {
	s, v := vouched(t, nil)
	eve := s.signedIn(t, v, somebody("google", "eve", "eve@example.org", true))
	if _, err := s.linkBy(t, v, s.whoHas(t, eve), somebody("github", "eve", "victim@example.org", false)); err != nil {
		t.Fatal(err)
	}
	verifier := strings.Repeat("v", 43) // and signs in by it, also with a code
	state := s.leave(t, flow.Departure{Provider: "github", Challenge: flow.Challenge{Text: verifier, Method: "plain"}})
	end, err := s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExchangeCode(t.Context(), end.Code, verifier, visit); err != nil {
		t.Fatal(err)
	}
	signed := s.signedIn(t, v, somebody("google", "victim", "victim@example.org", true))
	if signed.User.ID == eve.User.ID {
		t.Error("the victim is in the attacker's account")
	}
}

func TestOAuthRefused(t *testing.T) {
	for _, tt := range []struct {
		name          string
		settings      func(*flow.Settings)
		sql           string
		who           oauth.Arrival
		status        int
		code, message string
	}{
		{"sign-up switched off", func(set *flow.Settings) { set.SignUp = false }, "", somebody("google", "1", "new@example.org", true), 422, "signup_disabled", "Signups not allowed for this instance"},
		{"banned", nil, `update auth.users set banned_until = '2030-01-01'`, somebody("google", "1", address, true), 403, "user_banned", "User is banned"},
		{"no address", nil, "", somebody("google", "1", "", false), 500, "unexpected_failure", "Error getting user email from external provider"},
		{
			"two accounts", nil,
			`insert into auth.users (id, aud, role, email, email_confirmed_at, is_sso_user) values ('` + strings.Replace(ada, "1", "3", 1) + `', 'authenticated', 'authenticated', 'b@example.org', now(), false);
			 insert into auth.identities (provider_id, user_id, provider, identity_data) values ('b', '` + strings.Replace(ada, "1", "3", 1) + `', 'github', '{"email": "` + address + `", "email_verified": true}')`,
			somebody("google", "1", address, true), 500, "unexpected_failure", "Multiple accounts with the same email address in the same linking domain detected: default",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, v := vouched(t, tt.settings)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			_, err := s.come(t, v, tt.who)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
				t.Errorf("%s sessions were made", n)
			}
		})
	}
}

// TestApart says who is not found by an address: users of single sign-on, of another audience, and deleted ones.
func TestApart(t *testing.T) {
	for name, sql := range map[string]string{
		"single sign-on":   `update auth.users set is_sso_user = true`,
		"another audience": `update auth.users set aud = 'x', email = 'other@example.org'; update auth.identities set identity_data = identity_data || '{"email_verified": true}'`,
		"deleted":          `update auth.users set deleted_at = now(), email = 'gone'; update auth.identities set identity_data = identity_data || '{"email_verified": true}'`,
	} {
		t.Run(name, func(t *testing.T) {
			s, v := vouched(t, nil)
			s.Exec(sql)
			if signed := s.signedIn(t, v, somebody("google", "1", address, true)); signed.User.ID == ada {
				t.Error("they are found")
			}
		})
	}
}

func TestWithoutAddress(t *testing.T) {
	s, v := vouched(t, nil)
	who := somebody("acme", "1", "", false)
	who.EmailOptional = true
	first := s.signedIn(t, v, who)
	if second := s.signedIn(t, v, who); second.User.ID != first.User.ID || second.User.Email != "" || second.User.EmailConfirmedAt != nil {
		t.Errorf("got %+v", second.User)
	}
}

// TestInvitation is attack 26, as far as invitations go.
func TestInvitation(t *testing.T) {
	invited := func(t *testing.T) (*service, *vouching, string) {
		s, v := vouched(t, nil)
		_, err := s.SignUp(t.Context(), flow.SignUp{Email: "guest@example.org", Password: plain}, visit)
		if err != nil {
			t.Fatal(err)
		}
		return s, v, s.post.sent[0].TokenHash
	}
	come := func(t *testing.T, s *service, v *vouching, hash string, who oauth.Arrival) (flow.Returned, error) {
		v.arrival = who
		state := s.leave(t, flow.Departure{Provider: who.Provider, Invitation: hash})
		return s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit)
	}
	t.Run("accepted", func(t *testing.T) {
		s, v, hash := invited(t)
		end, err := come(t, s, v, hash, somebody("google", "1", "Guest@example.org", false))
		if err != nil || end.Signed.User.EmailConfirmedAt == nil || identities(end.Signed.User) != "google " || end.Signed.User.EncryptedPassword != "" {
			t.Fatalf("got %+v and %v", end.Signed, err)
		}
		if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'invite_accepted' and payload ->> 'log_type' = 'account'`); n != "1" {
			t.Errorf("the audit log has %s lines about it", n)
		}
		_, err = s.Depart(t.Context(), flow.Departure{Provider: "google", Invitation: hash})
		refused(t, err, 404, "user_not_found", "User identified by token not found")
	})
	t.Run("another address", func(t *testing.T) {
		s, v, hash := invited(t)
		_, err := come(t, s, v, hash, somebody("google", "1", "eve@example.org", true))
		refused(t, err, 400, "validation_failed", "Invited email does not match emails from external provider")
	})
	t.Run("another's identity", func(t *testing.T) {
		s, v, hash := invited(t)
		s.signedIn(t, v, somebody("google", "1", address, true))
		_, err := come(t, s, v, hash, somebody("google", "1", "guest@example.org", true))
		refused(t, err, 422, "identity_already_exists", "Identity is already linked to another user")
	})
	t.Run("used in the meantime", func(t *testing.T) {
		s, v, hash := invited(t)
		v.arrival = somebody("google", "1", "guest@example.org", true)
		state := s.leave(t, flow.Departure{Provider: "google", Invitation: hash})
		if _, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: hash}, visit); err != nil {
			t.Fatal(err)
		}
		_, err := s.Return(t.Context(), flow.Return{State: state, Code: "x"}, visit)
		refused(t, err, 404, "invite_not_found", "Invite not found")
	})
	t.Run("unknown", func(t *testing.T) {
		s, _ := vouched(t, nil)
		_, err := s.Depart(t.Context(), flow.Departure{Provider: "google", Invitation: "x"})
		refused(t, err, 404, "user_not_found", "User identified by token not found")
	})
}
