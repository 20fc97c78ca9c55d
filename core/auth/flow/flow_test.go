package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	secret  = "a-secret-for-tests-that-is-long-enough"
	ada     = "11111111-1111-4111-8111-111111111111"
	address = "ada@example.org"
	plain   = "correct horse"
)

var visit = flow.Visit{UserAgent: "test", IP: "192.0.2.7"}

// counting counts the statements that pass.
type counting struct {
	store.Runner
	n atomic.Int64
}

func (c *counting) Run(ctx context.Context, s stmt.Statement) (stmt.Result, error) {
	c.n.Add(1)
	return c.Runner.Run(ctx, s)
}

// service is the flows over a database with one user, whose clock the test sets.
type service struct {
	*flow.Flows
	*authtest.Clock
	*pgtest.DB
	statements *counting
	post       post
}

// post keeps what was sent.
type post struct {
	mu   sync.Mutex
	sent []flow.Letter
	err  error
}

func (p *post) Send(_ context.Context, _ store.User, letters ...flow.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, letters...)
	return p.err
}

func settings() flow.Settings {
	return flow.Settings{
		Lifetime: time.Hour, Audience: "authenticated", Role: "authenticated", SignUp: true, Email: true, CodeLength: 6, CodeLifetime: time.Hour, MailEvery: time.Minute,
		ExternalURL: "https://api.example.org/auth/v1", SiteURL: "https://example.org", Refresh: refresh.Settings{ReuseInterval: 10 * time.Second},
	}
}

func newService(t *testing.T, settings flow.Settings) *service {
	t.Helper()
	target, db := authtest.New(t)
	s := &service{DB: target, statements: &counting{Runner: db}, Clock: authtest.NewClock(time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC))}
	s.with(t, settings)
	s.sign(t)
	return s
}

// with makes the flows anew, with other settings.
func (s *service) with(t *testing.T, settings flow.Settings) {
	t.Helper()
	keys, err := token.ParseRing("", secret, "")
	if err != nil {
		t.Fatal(err)
	}
	s.Flows = flow.New(store.New(s.statements), access.NewIssuer(keys, ""), &s.post, s.Now, settings)
}

// sign makes the user, with an address that is confirmed.
func (s *service) sign(t *testing.T) {
	t.Helper()
	hash, err := password.Hash(plain)
	if err != nil {
		t.Fatal(err)
	}
	at := s.Now().Add(-time.Hour).Truncate(time.Microsecond)
	_, err = store.New(s.statements).CreateUser(t.Context(), store.NewUser{User: store.User{
		ID: ada, Aud: "authenticated", Role: "authenticated", Email: address, EncryptedPassword: hash, EmailConfirmedAt: &at, CreatedAt: at, UpdatedAt: at,
		AppMetadata: json.RawMessage(`{"provider":"email","providers":["email"]}`), UserMetadata: json.RawMessage(`{}`),
		Identities: []store.Identity{{
			ID: "22222222-2222-4222-8222-222222222222", ProviderID: ada, UserID: ada, Provider: "email",
			Data: json.RawMessage(`{"sub":"` + ada + `","email":"` + address + `"}`), CreatedAt: at, UpdatedAt: at,
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *service) signIn(t *testing.T) flow.Signed {
	t.Helper()
	signed, err := s.SignInWithPassword(t.Context(), address, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (s *service) refresh(t *testing.T, text string) flow.Signed {
	t.Helper()
	signed, err := s.Refresh(t.Context(), text, visit)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// refused demands a fault.
func refused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Status() != status || f.Code != code || f.Message != message {
		t.Errorf("got %v, want %d %s %q", err, status, code, message)
	}
}

func TestSignIn(t *testing.T) {
	s := newService(t, settings())
	signed := s.signIn(t)
	caller, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	c := caller.Claims
	if c.Subject != ada || c.Role != "authenticated" || c.AAL != "aal1" || c.SessionID != signed.Session.ID || c.Email != address ||
		len(c.Methods) != 1 || c.Methods[0] != (access.Method{Method: "password", Timestamp: s.Now().Unix()}) {
		t.Errorf("the claims are %+v", c)
	}
	if signed.ExpiresIn != time.Hour || signed.ExpiresAt.Unix() != c.Expires || c.Expires != s.Now().Add(time.Hour).Unix() {
		t.Errorf("it expires in %s at %s, and says %d", signed.ExpiresIn, signed.ExpiresAt, c.Expires)
	}
	if got := s.Value(`select user_agent || ' ' || host(ip::inet) || ' ' || refresh_token_counter from auth.sessions`); got != "test 192.0.2.7 0" {
		t.Errorf("the session is %s", got)
	}
	if got := s.Value(`select payload::text from auth.audit_log_entries`); got != `{"action":"login","actor_id":"`+ada+`","actor_username":"`+address+`","actor_via_sso":false,"log_type":"account","traits":{"provider":"email"}}` {
		t.Errorf("the audit log has %s", got)
	}
}

func TestSignInRefused(t *testing.T) {
	const credentials = "Invalid login credentials"
	for _, tt := range []struct {
		name, sql, email, plain string
		status                  int
		code, message           string
	}{
		{"an unknown user", "", "eve@example.org", plain, 400, "invalid_credentials", credentials},
		{"no address", "", "", plain, 400, "invalid_credentials", credentials},
		{"a wrong password", "", address, "x", 400, "invalid_credentials", credentials},
		{"a longer password", "", address, plain + "!", 400, "invalid_credentials", credentials},
		{"no password", `update auth.users set encrypted_password = null`, address, "", 400, "invalid_credentials", credentials},
		{"a broken hash", `update auth.users set encrypted_password = 'x'`, address, "x", 400, "invalid_credentials", credentials},
		{"not confirmed", `update auth.users set email_confirmed_at = null`, address, plain, 400, "email_not_confirmed", "Email not confirmed"},
		{"not confirmed, and a wrong password", `update auth.users set email_confirmed_at = null`, address, "x", 400, "invalid_credentials", credentials},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, address, plain, 400, "user_banned", "User is banned"},
		{"banned, and a wrong password", `update auth.users set banned_until = '2030-01-01'`, address, "x", 400, "invalid_credentials", credentials},
		{"of another audience", `update auth.users set aud = 'x'`, address, plain, 400, "invalid_credentials", credentials},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, settings())
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			_, err := s.SignInWithPassword(t.Context(), tt.email, tt.plain, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
				t.Errorf("%s sessions were made", n)
			}
		})
	}
	t.Run("switched off", func(t *testing.T) {
		off := settings()
		off.Email = false
		_, err := newService(t, off).SignInWithPassword(t.Context(), address, plain, visit)
		refused(t, err, 422, "email_provider_disabled", "Email logins are disabled")
	})
}

// TestStatements counts what each flow asks of the database.
func TestStatements(t *testing.T) {
	s := newService(t, settings())
	count := func(do func()) int64 {
		before := s.statements.n.Load()
		do()
		return s.statements.n.Load() - before
	}
	var signed flow.Signed
	if n := count(func() { signed = s.signIn(t) }); n > 4 {
		t.Errorf("a sign-in takes %d statements, 4 at most", n)
	}
	if n := count(func() { signed = s.refresh(t, signed.RefreshToken) }); n > 2 {
		t.Errorf("a refresh takes %d statements, 2 at most", n)
	}
	if n := count(func() { _, _ = s.Recognise(t.Context(), signed.AccessToken) }); n != 1 {
		t.Errorf("a user takes %d statements", n)
	}
}

// TestRefreshManyAtOnce is a page with fifty tabs.
func TestRefreshManyAtOnce(t *testing.T) {
	s := newService(t, settings())
	first := s.signIn(t)
	tokens := make([]string, 50)
	var all sync.WaitGroup
	for n := range tokens {
		all.Go(func() {
			signed, err := s.Refresh(t.Context(), first.RefreshToken, visit)
			if err != nil {
				t.Error(err)
			}
			tokens[n] = signed.RefreshToken
		})
	}
	all.Wait()
	for _, got := range tokens {
		if got == first.RefreshToken || got != tokens[0] {
			t.Fatalf("got different tokens: %q", tokens)
		}
	}
	if got := s.Value(`select count(*) || ' ' || max(refresh_token_counter) from auth.sessions`); got != "1 1" {
		t.Errorf("the sessions and the counter are %s", got)
	}
}

// TestRefreshReuse uses the oldest of four tokens: the family is dead, the newest too, although the answer is an error.
func TestRefreshReuse(t *testing.T) {
	s := newService(t, settings())
	first := s.signIn(t)
	last := first
	for range 3 {
		s.Pass(time.Minute)
		last = s.refresh(t, last.RefreshToken)
	}
	s.Pass(time.Minute)
	_, err := s.Refresh(t.Context(), first.RefreshToken, visit)
	refused(t, err, 400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
	_, err = s.Refresh(t.Context(), last.RefreshToken, visit)
	refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	_, err = s.Recognise(t.Context(), last.AccessToken)
	refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
	if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'token_revoked'`); n != "1" {
		t.Errorf("the audit log has %s lines about it", n)
	}
}

// TestRefreshOfALostAnswer uses the one before the current token, at any time.
func TestRefreshOfALostAnswer(t *testing.T) {
	s := newService(t, settings())
	first := s.signIn(t)
	second := s.refresh(t, first.RefreshToken)
	s.Pass(24 * time.Hour)
	again := s.refresh(t, first.RefreshToken)
	if again.RefreshToken != second.RefreshToken || len(again.Reused) != 1 || again.Reused[0] != refresh.FailToSave {
		t.Errorf("got %+v", again)
	}
	if third := s.refresh(t, again.RefreshToken); third.RefreshToken == second.RefreshToken || third.Reused != nil {
		t.Errorf("the current token gave %+v", third)
	}
}

func TestRefreshRefused(t *testing.T) {
	const none = "Invalid Refresh Token: Refresh Token Not Found"
	for _, tt := range []struct {
		name, sql     string
		wait          time.Duration
		limits        refresh.Limits
		code, message string
	}{
		{"signed out", `delete from auth.sessions`, 0, refresh.Limits{}, "refresh_token_not_found", none},
		{"another key", `update auth.sessions set refresh_token_hmac_key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'`, 0, refresh.Limits{}, "refresh_token_not_found", none},
		{"no key", `update auth.sessions set refresh_token_hmac_key = null`, 0, refresh.Limits{}, "refresh_token_not_found", none},
		{"a counter set back", `update auth.sessions set refresh_token_counter = -1`, 0, refresh.Limits{}, "validation_failed", "Invalid Refresh Token: Not Issued By This Server"},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, 0, refresh.Limits{}, "user_banned", "Invalid Refresh Token: User Banned"},
		{"deleted softly", `update auth.users set deleted_at = '2026-11-20'`, 0, refresh.Limits{}, "user_banned", "Invalid Refresh Token: User Banned"},
		{"too old", ``, time.Hour + time.Second, refresh.Limits{Timebox: time.Hour}, "session_expired", "Invalid Refresh Token: Session Expired"},
		{"idle for too long", ``, time.Hour + time.Second, refresh.Limits{Inactivity: time.Hour}, "session_expired", "Invalid Refresh Token: Session Expired (Inactivity)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limited := settings()
			limited.Sessions = tt.limits
			s := newService(t, limited)
			signed := s.signIn(t)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			_, err := s.Refresh(t.Context(), signed.RefreshToken, visit)
			refused(t, err, 400, tt.code, tt.message)
		})
	}
	s := newService(t, settings())
	for _, text := range []string{"", "x", "AAAAAAAAAAAA", s.signIn(t).RefreshToken + "x"} {
		before := s.statements.n.Load()
		_, err := s.Refresh(t.Context(), text, visit)
		if f := fault.From(err); f.Status() != 400 || s.statements.n.Load() != before {
			t.Errorf("%q: got %v after %d statements", text, err, s.statements.n.Load()-before)
		}
	}
}

func TestSignOut(t *testing.T) {
	for scope, alive := range map[store.Scope][]bool{store.Local: {false, true}, store.Others: {true, false}, store.Global: {false, false}} {
		t.Run(string(scope), func(t *testing.T) {
			s := newService(t, settings())
			both := []flow.Signed{s.signIn(t), s.signIn(t)}
			caller, err := s.Recognise(t.Context(), both[0].AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SignOut(t.Context(), caller, scope, visit); err != nil {
				t.Fatal(err)
			}
			for n, signed := range both {
				_, err := s.Recognise(t.Context(), signed.AccessToken)
				_, again := s.Refresh(t.Context(), signed.RefreshToken, visit)
				if (err == nil) != alive[n] || (again == nil) != alive[n] {
					t.Errorf("session %d: its user gave %v, its refresh %v", n, err, again)
				}
			}
		})
	}
}

func TestRecogniseRefused(t *testing.T) {
	s := newService(t, settings())
	keys, _ := token.ParseRing("", secret, "")
	issuer := access.NewIssuer(keys, "")
	signed := s.signIn(t)
	at := s.Now()
	mint := func(c access.Claims) string {
		c.Expires = at.Add(time.Hour).Unix()
		raw, err := issuer.Issue(c)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	const none = "Session from session_id claim in JWT does not exist"
	for _, tt := range []struct{ name, raw, code, message string }{
		{"a key of a role", mint(access.Claims{Role: "service_role"}), "bad_jwt", "invalid claim: missing sub claim"},
		{"a subject that is no id", mint(access.Claims{Subject: "1; select"}), "bad_jwt", "invalid claim: sub claim must be a UUID"},
		{"no session", mint(access.Claims{Subject: ada}), "session_not_found", none},
		{"an unknown session", mint(access.Claims{Subject: ada, SessionID: ada}), "session_not_found", none},
		{"somebody else's session", mint(access.Claims{Subject: signed.Session.ID, SessionID: signed.Session.ID}), "session_not_found", none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Recognise(t.Context(), tt.raw)
			refused(t, err, 403, tt.code, tt.message)
		})
	}
	s.Exec(`update auth.users set banned_until = '2030-01-01'`)
	_, err := s.Recognise(t.Context(), signed.AccessToken)
	refused(t, err, 403, "user_banned", "User is banned")
	s.Pass(2 * time.Hour)
	_, err = s.Recognise(t.Context(), signed.AccessToken)
	refused(t, err, 403, "bad_jwt", "invalid JWT: unable to parse or verify signature, token has invalid claims: token is expired")
}

// failing is a database that cannot be reached.
type failing struct{}

func (failing) Run(context.Context, stmt.Statement) (stmt.Result, error) {
	return stmt.Result{}, fault.NotConnected(errors.New("connection refused"))
}

// TestDatabaseDown shows that a client keeps its session when the database is away: nothing is answered as the token's fault.
func TestDatabaseDown(t *testing.T) {
	s := newService(t, settings())
	signed := s.signIn(t)
	keys, _ := token.ParseRing("", secret, "")
	down := flow.New(store.New(failing{}), access.NewIssuer(keys, ""), &s.post, s.Now, settings())
	_, atRefresh := down.Refresh(t.Context(), signed.RefreshToken, visit)
	_, atUser := down.Recognise(t.Context(), signed.AccessToken)
	_, atSignIn := down.SignInWithPassword(t.Context(), address, plain, visit)
	for name, err := range map[string]error{"refresh": atRefresh, "user": atUser, "sign-in": atSignIn} {
		if f := fault.From(err); f.Status() != 503 {
			t.Errorf("%s: got %v with status %d", name, fmt.Sprint(err), f.Status())
		}
	}
}

// TestUnknownUserTakesAsLong has sign-ins with a wrong password, by address and by number, of a user who has a password, of one
// who has none, and of nobody.
func TestUnknownUserTakesAsLong(t *testing.T) {
	with := settings()
	with.Phone = flow.PhoneSettings{On: true}
	s := newService(t, with)
	s.Exec(`
		update auth.users set phone = '4915111111111', phone_confirmed_at = now();
		insert into auth.users (id, aud, email, email_confirmed_at, is_sso_user)
		values (gen_random_uuid(), 'authenticated', 'google@example.org', now(), false)`)
	byAddress := func(email string) func() error {
		return func() error { _, err := s.SignInWithPassword(t.Context(), email, "a wrong one", visit); return err }
	}
	byNumber := func(phone string) func() error {
		return func() error { _, err := s.SignInByPhone(t.Context(), phone, "a wrong one", visit); return err }
	}
	alike(t, byAddress(address), map[string]func() error{
		"an unknown address": byAddress("eve@example.org"), "a user without a password": byAddress("google@example.org"),
		"a number": byNumber("4915111111111"), "an unknown number": byNumber("4915122222222"),
	})
}

// alike demands that the medians of how long the others take are within a fifth of usual's. They take turns, so that what else
// runs on the machine slows all of them, and a machine that is too busy for that has three rounds.
func alike(t *testing.T, usual func() error, others map[string]func() error) {
	t.Helper()
	others["usual"] = usual
	var told string
	for range 3 {
		took := medians(t, 9, others)
		told = ""
		for name, median := range took {
			if ratio := median.Seconds() / took["usual"].Seconds(); ratio < 0.8 || ratio > 1.2 {
				told += fmt.Sprintf("%s takes %s, which usually takes %s; ", name, median, took["usual"])
			}
		}
		if told == "" {
			return
		}
	}
	t.Error(told)
}

// medians are how long sign-ins take that are refused, by their names.
func medians(t *testing.T, turns int, ways map[string]func() error) map[string]time.Duration {
	t.Helper()
	all := map[string][]time.Duration{}
	for range turns {
		for name, way := range ways {
			start := time.Now()
			err := way()
			all[name] = append(all[name], time.Since(start))
			refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
		}
	}
	medians := map[string]time.Duration{}
	for name, each := range all {
		slices.Sort(each)
		medians[name] = each[turns/2]
	}
	return medians
}
