package flow_test

import (
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// identityOf gives the id of a user's identity by a provider.
func identityOf(t *testing.T, u store.User, provider string) string {
	t.Helper()
	for _, i := range u.Identities {
		if i.Provider == provider {
			return i.ID
		}
	}
	t.Fatalf("no identity of %s among %s", provider, identities(u))
	return ""
}

func TestLink(t *testing.T) {
	s, v := vouched(t, nil)
	c := s.whoHas(t, s.signIn(t))
	end, err := s.linkBy(t, v, c, somebody("github", "1", "other@example.org", false))
	if err != nil || end.Signed.User.ID != ada || end.Signed.User.Email != address || identities(end.Signed.User) != "email github " {
		t.Fatalf("got %+v and %v", end.Signed, err)
	}
	if got := s.Value(`select payload::text from auth.audit_log_entries where payload ->> 'action' = 'identity_linked'`); got == "" {
		t.Error("the audit log has no line")
	}
	if signed := s.signedIn(t, v, somebody("github", "1", "other@example.org", false)); signed.User.ID != ada {
		t.Error("the identity does not sign in")
	}
}

// TestLinkRefused is attack 26, as far as linking goes.
func TestLinkRefused(t *testing.T) {
	s, v := vouched(t, nil)
	other := s.signedIn(t, v, somebody("google", "other", "other@example.org", true))
	c := s.whoHas(t, s.signIn(t))
	_, err := s.linkBy(t, v, c, somebody("google", "other", "other@example.org", true))
	refused(t, err, 422, "identity_already_exists", "Identity is already linked to another user")
	_, err = s.linkBy(t, v, s.whoHas(t, other), somebody("google", "other", "other@example.org", true))
	refused(t, err, 422, "identity_already_exists", "Identity is already linked")

	v.arrival = somebody("github", "1", address, true)
	to, err := s.DepartToLink(t.Context(), c, flow.Departure{Provider: "github", RedirectTo: welcomePage})
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(`delete from auth.users where id = '` + ada + `'`)
	_, err = s.Return(t.Context(), flow.Return{State: stateOf(t, to), Code: "x"}, visit)
	refused(t, err, 422, "user_not_found", "Linking target user not found")
	if n := s.Value(`select count(*) from auth.identities where provider = 'github'`); n != "0" {
		t.Errorf("%s identities were linked", n)
	}
}

// TestLinkWithoutAddress gives a user who has none the address of an identity, when nobody else has it.
func TestLinkWithoutAddress(t *testing.T) {
	anonymous := func(t *testing.T) (*service, *vouching, flow.Caller) {
		s, v := vouched(t, func(set *flow.Settings) { set.AllowUnconfirmed = true })
		who := somebody("acme", "1", "", false)
		who.EmailOptional = true
		c := s.whoHas(t, s.signedIn(t, v, who))
		s.Exec(`update auth.users set is_anonymous = true where id = '` + c.User.ID + `'`)
		return s, v, s.whoHas(t, s.signedIn(t, v, who))
	}
	t.Run("verified", func(t *testing.T) {
		s, v, c := anonymous(t)
		end, err := s.linkBy(t, v, c, somebody("google", "1", "new@example.org", true))
		if err != nil {
			t.Fatal(err)
		}
		if u := end.Signed.User; u.ID != c.User.ID || u.Email != "new@example.org" || u.EmailConfirmedAt == nil || u.IsAnonymous {
			t.Errorf("got %+v", u)
		}
	})
	t.Run("somebody's", func(t *testing.T) {
		s, v, c := anonymous(t)
		_, err := s.linkBy(t, v, c, somebody("google", "1", address, true))
		refused(t, err, 422, "email_exists", "A user with this email address has already been registered")
	})
	t.Run("not verified", func(t *testing.T) {
		s, v, c := anonymous(t)
		_, err := s.linkBy(t, v, c, somebody("github", "1", "new@example.org", false))
		refused(t, err, 422, "email_not_confirmed", "Unverified email with github. A confirmation email has been sent to your github email")
		if n := len(s.post.sent); n != 1 || s.post.sent[0].SendingTo != "new@example.org" {
			t.Fatalf("%d mails: %+v", n, s.post.sent)
		}
		if _, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: s.post.sent[0].TokenHash}, visit); err != nil {
			t.Error(err)
		}
	})
}

func TestLinkingSwitchedOff(t *testing.T) {
	s, _ := vouched(t, func(set *flow.Settings) { set.OAuth.ManualLinking = false })
	c := s.whoHas(t, s.signIn(t))
	_, err := s.DepartToLink(t.Context(), c, flow.Departure{Provider: "google"})
	refused(t, err, 404, "manual_linking_disabled", "Manual linking is disabled")
	refused(t, s.Unlink(t.Context(), c, ada, visit), 404, "manual_linking_disabled", "Manual linking is disabled")
}

func TestUnlink(t *testing.T) {
	s, v := vouched(t, nil)
	c := s.whoHas(t, s.signIn(t))
	refused(t, s.Unlink(t.Context(), c, identityOf(t, c.User, "email"), visit), 422, "single_identity_not_deletable", "User must have at least 1 identity after unlinking")
	end, err := s.linkBy(t, v, c, somebody("google", "1", "g@example.org", true))
	if err != nil {
		t.Fatal(err)
	}
	c = s.whoHas(t, *end.Signed)
	refused(t, s.Unlink(t.Context(), c, "x", visit), 404, "validation_failed", "identity_id must be an UUID")
	refused(t, s.Unlink(t.Context(), c, ada, visit), 422, "identity_not_found", "Identity doesn't exist")
	if err := s.Unlink(t.Context(), c, identityOf(t, c.User, "email"), visit); err != nil {
		t.Fatal(err)
	}
	c = s.whoHas(t, *end.Signed)
	if u := c.User; u.Email != "g@example.org" || u.EmailConfirmedAt == nil || identities(u) != "google " || string(u.AppMetadata) != `{"provider": "google", "providers": ["google"]}` {
		t.Errorf("got %+v", u)
	}
	if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'identity_unlinked' and payload -> 'traits' ->> 'provider' = 'email'`); n != "1" {
		t.Errorf("the audit log has %s lines about it", n)
	}
}

// TestUnlinkAddress says what address is left: one that the provider has verified first, and none that is somebody's.
func TestUnlinkAddress(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		linked    []oauth.Arrival
		code      string
		email     string
	}{
		{"not verified", "", []oauth.Arrival{somebody("github", "1", "b@example.org", false)}, "", "b@example.org "},
		{"verified first", "", []oauth.Arrival{somebody("github", "1", "b@example.org", false), somebody("google", "1", "c@example.org", true)}, "", "c@example.org confirmed"},
		{"the same", "", []oauth.Arrival{somebody("github", "1", address, true)}, "", address + " confirmed"},
		{
			"somebody's", `insert into auth.users (id, aud, email) values (gen_random_uuid(), 'authenticated', 'b@example.org')`,
			[]oauth.Arrival{somebody("github", "1", "b@example.org", true)},
			"email_conflict_identity_not_deletable", address + " confirmed",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, v := vouched(t, nil)
			signed := s.signIn(t)
			for _, who := range tt.linked {
				end, err := s.linkBy(t, v, s.whoHas(t, signed), who)
				if err != nil {
					t.Fatal(err)
				}
				signed = *end.Signed
			}
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			c := s.whoHas(t, signed)
			if err := s.Unlink(t.Context(), c, identityOf(t, c.User, "email"), visit); faultCode(err) != tt.code {
				t.Fatal(err)
			}
			if got := s.Value(`select email || ' ' || case when email_confirmed_at is null then '' else 'confirmed' end from auth.users where id = '` + ada + `'`); got != tt.email {
				t.Errorf("the address is %q", got)
			}
		})
	}
}

// TestUnlinkAtOnce takes both of two identities away at once, which the lock of a third party sees to: one stays.
func TestUnlinkAtOnce(t *testing.T) {
	s, v := vouched(t, nil)
	end, err := s.linkBy(t, v, s.whoHas(t, s.signIn(t)), somebody("google", "1", address, true))
	if err != nil {
		t.Fatal(err)
	}
	c := s.whoHas(t, *end.Signed)
	var all sync.WaitGroup
	all.Go(func() {
		s.Exec(`begin; select from auth.users for update; select pg_sleep(0.8); commit`)
	})
	for s.Value(`select count(*) from pg_stat_activity where query like 'begin; select%' and wait_event = 'PgSleep'`) == "0" {
		time.Sleep(10 * time.Millisecond)
	}
	errs := make([]error, 2)
	for n, provider := range []string{"email", "google"} {
		id := identityOf(t, c.User, provider)
		all.Go(func() { errs[n] = s.Unlink(t.Context(), c, id, visit) })
	}
	all.Wait()
	if n := s.Value(`select count(*) from auth.identities where user_id = '` + ada + `'`); n != "1" || (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%s identities are left: %v", n, errs)
	}
}

func TestIDTokenSignsIn(t *testing.T) {
	s, v := vouched(t, nil)
	v.arrival = somebody("google", "1", "new@example.org", true)
	v.arrival.AccessToken = ""
	before := s.statements.n.Load()
	signed, err := s.SignInWithIDToken(t.Context(), oauth.Assertion{IDToken: "x"}, visit)
	if n := s.statements.n.Load() - before; err != nil || n != 2 {
		t.Fatalf("%v, in %d statements", err, n)
	}
	again, err := s.SignInWithIDToken(t.Context(), oauth.Assertion{IDToken: "x"}, visit)
	if err != nil || again.User.ID != signed.User.ID || again.Session.ID == signed.Session.ID || identities(again.User) != "google " {
		t.Errorf("got %+v and %v", again, err)
	}
	c := s.whoHas(t, s.signIn(t))
	_, err = s.LinkByIDToken(t.Context(), c, oauth.Assertion{IDToken: "x"}, visit)
	refused(t, err, 422, "identity_already_exists", "Identity is already linked to another user")
	v.arrival = somebody("github", "2", "new@example.org", true)
	linked, err := s.LinkByIDToken(t.Context(), c, oauth.Assertion{IDToken: "x"}, visit)
	if err != nil || linked.User.ID != ada || identities(linked.User) != "email github " {
		t.Errorf("got %+v and %v", linked, err)
	}
}
