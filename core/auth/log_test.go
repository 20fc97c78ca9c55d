package auth_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/totp"
	"github.com/pergola-dev/pergola/core/web"
	"github.com/pergola-dev/pergola/internal/oidctest"
)

// journal is a log that several write to.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// journaled keeps what everybody writes to the log until the end of the test.
func journaled(t *testing.T) *journal {
	t.Helper()
	j := &journal{}
	former := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})))
	t.Cleanup(func() { slog.SetDefault(former) })
	return j
}

// logged puts the log of requests in front of the service.
func (s *service) logged() {
	log := slog.Default()
	s.handler = web.Chain(s.handler, web.RequestID(""), web.AccessLog(log), web.Recover(web.FaultOptions{Log: log}))
}

// hides demands that none of the secrets is in the log, as it is or as an address writes it.
func (j *journal) hides(t *testing.T, secrets []string) {
	t.Helper()
	all := j.text.String()
	for _, secret := range secrets {
		if len(secret) < 6 { // of what was not in an answer
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			if at := strings.Index(all, form); at >= 0 {
				t.Errorf("the log holds %q: %s", form, all[max(0, at-200):min(len(all), at+80)])
			}
		}
	}
}

// withhold notes texts of an answer that no log may hold.
func withhold(a answer, names ...string) (secrets []string) {
	for _, name := range names {
		secrets = append(secrets, a.text(name))
	}
	return secrets
}

// letters are the secrets of all mails that were sent.
func (s *service) letters() (secrets []string) {
	for _, letter := range s.post.sent {
		secrets = append(secrets, letter.Token, letter.TokenHash)
	}
	return secrets
}

// everyFlow goes through the flows of the service, good ways and bad ones, and gives every secret that was seen.
func (s *service) everyFlow(t *testing.T) []string {
	t.Helper()
	const first, second, wrong = "first-pass-4711", "second-pass-4711", "wrong-pass-4711"
	const email, other = "ada@example.org", "new@example.org"
	const verifier = "verifier-of-the-run-that-no-log-may-hold-4711"
	secrets := []string{first, second, wrong, verifier, "stolen-token-4711", "471147"}
	with := func(a answer) []string {
		secrets = append(secrets, withhold(a, "access_token", "refresh_token", "action_link", "hashed_token", "email_otp")...)
		return []string{"Authorization", "Bearer " + a.text("access_token")}
	}
	post := func(status int, target, body string, header ...string) answer {
		a := s.must(t, status, "POST", target, body, header...)
		with(a)
		return a
	}
	signIn := func(password string) string { return `{"email":"` + email + `","password":"` + password + `"}` }

	post(200, "/signup", signIn(first))
	post(403, "/verify", `{"type":"signup","email":"`+email+`","token":"471147"}`)
	post(403, "/verify", `{"type":"signup","token_hash":"stolen-token-4711"}`)
	s.do(t, "GET", "/verify?type=signup&token=stolen-token-4711", "")
	post(200, "/verify", `{"type":"signup","token_hash":"`+s.post.last(t).TokenHash+`"}`)
	post(400, "/token?grant_type=password", signIn(wrong))
	session := post(200, "/token?grant_type=password", signIn(first))
	post(400, "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`x"}`)
	session = post(200, "/token?grant_type=refresh_token", `{"refresh_token":"`+session.text("refresh_token")+`"}`)
	bearer := with(session)
	s.must(t, 200, "GET", "/user", "", bearer...)
	s.must(t, 403, "GET", "/user", "", "Authorization", bearer[1]+"x")

	s.Pass(2 * time.Minute)
	post(200, "/recover?redirect_to=https://evil.example", `{"email":"`+email+`","code_challenge":"`+verifier+`","code_challenge_method":"plain"}`)
	_, query, _ := led(t, s.do(t, "GET", s.link(t), ""))
	secrets = append(secrets, query.Get("code"))
	exchange := `{"auth_code":"` + query.Get("code") + `","code_verifier":"`
	post(400, "/token?grant_type=pkce", exchange+`wrong-pass-4711"}`)
	bearer = with(post(200, "/token?grant_type=pkce", exchange+verifier+`"}`))
	s.Pass(2 * time.Minute)
	post(200, "/otp", `{"email":"`+email+`"}`)
	_, _, fragment := led(t, s.do(t, "GET", s.link(t), ""))
	secrets = append(secrets, fragment.Get("access_token"), fragment.Get("refresh_token"))

	s.must(t, 200, "GET", "/reauthenticate", "", bearer...)
	s.must(t, 200, "PUT", "/user", `{"password":"`+second+`","nonce":"`+s.post.last(t).Token+`","email":"`+other+`"}`, bearer...)
	s.do(t, "GET", s.link(t), "")
	secrets = append(secrets, s.secondFactor(t, bearer)...)

	key := s.key(t, "service_role")
	secrets = append(secrets, strings.TrimPrefix(key[1], "Bearer "))
	post(200, "/admin/generate_link", `{"type":"recovery","email":"`+other+`"}`, key...)
	post(200, "/admin/generate_link", `{"type":"signup","email":"c@example.org","password":"`+first+`"}`, key...)
	post(200, "/invite", `{"email":"d@example.org"}`, key...)
	post(400, "/admin/users", `{"email":"e@example.org","password_hash":"$6$stolen-token-4711"}`, key...)
	s.must(t, 204, "POST", "/logout", "", bearer...)
	return append(secrets, s.kept()...)
}

// secondFactor enrols a factor, fails at it and meets it, and gives the secrets of that.
func (s *service) secondFactor(t *testing.T, bearer []string) []string {
	t.Helper()
	id, secret := s.enrolled(t, bearer, "phone")
	code := secret.Code(totp.StepAt(s.Now()))
	challenge := s.must(t, http.StatusOK, "POST", "/factors/"+id+"/challenge", "", bearer...).text("id")
	s.must(t, http.StatusUnprocessableEntity, "POST", "/factors/"+id+"/verify", `{"challenge_id":"`+challenge+`","code":"471147"}`, bearer...)
	a := s.verified(t, bearer, id, secret)
	return append(withhold(a, "access_token", "refresh_token"), code, s.Value(`select secret from auth.mfa_factors`))
}

// kept are the secrets in the tables.
func (s *service) kept() (secrets []string) {
	_ = json.Unmarshal([]byte(s.Value(`select json_agg(x) from (
		select encrypted_password as x from auth.users union all select refresh_token_hmac_key from auth.sessions
		union all select token_hash from auth.one_time_tokens) as all_of_them`)), &secrets)
	return secrets
}

// TestNothingSecretIsLogged goes through every flow, with a database that is well and with one whose tables refuse rows and
// say which in their errors, and looks for each secret in all of the log.
func TestNothingSecretIsLogged(t *testing.T) {
	log := journaled(t)
	s := newService(t, withFactorsAndMail())
	s.logged()
	secrets := s.everyFlow(t)
	secrets = append(secrets, s.letters()...)
	for _, table := range []string{"users", "sessions", "one_time_tokens", "refresh_tokens"} {
		s.Exec(`alter table auth.` + table + ` add constraint closed_` + table + ` check (false) not valid`)
	}
	s.Pass(2 * time.Minute)
	key := s.key(t, "service_role")
	const body = `{"email":"f@example.org","password":"first-pass-4711"}`
	s.must(t, http.StatusInternalServerError, "POST", "/signup", body)
	s.must(t, http.StatusInternalServerError, "POST", "/admin/users", body, key...)
	s.must(t, http.StatusInternalServerError, "POST", "/recover", `{"email":"new@example.org"}`)
	s.must(t, http.StatusInternalServerError, "POST", "/token?grant_type=password", `{"email":"new@example.org","password":"second-pass-4711"}`)

	log.hides(t, append(secrets, "$2a$10$"))
	all := log.text.String()
	if len(secrets) < 50 || strings.Count(all, "\n") < 30 || !strings.Contains(all, "closed_users") {
		t.Errorf("%d secrets were looked for in %d lines", len(secrets), strings.Count(all, "\n"))
	}
}

// TestNothingSecretOfProvidersIsLogged is the same for sign-ins by a provider, those that fail among them.
func TestNothingSecretOfProvidersIsLogged(t *testing.T) {
	log := journaled(t)
	s, server := withProviders(t, settings())
	s.logged()
	p := googler("ada@example.org", true)
	p.RefreshToken = "refresh-token-of-the-provider"
	secrets := []string{oidctest.AccessToken, oidctest.Secret, p.RefreshToken}
	for _, mend := range []func(url.Values){func(url.Values) {}, func(v url.Values) { v.Set("code", "stolen-code-4711") }} {
		back := server.SignIn(t, s.leave(t, "provider=google"), p)
		secrets = append(secrets, back.Get("code"))
		mend(back)
		_, query, fragment := location(t, s.do(t, "GET", "/callback?"+back.Encode(), ""))
		secrets = append(secrets, query.Get("code"), fragment.Get("access_token"), fragment.Get("refresh_token"))
	}
	for _, nonce := range []string{"", "nonce-of-the-run-4711"} {
		raw := server.IDToken(t, p.Claims)
		secrets = append(secrets, raw, nonce)
		a := s.do(t, "POST", "/token?grant_type=id_token", `{"provider":"google","id_token":"`+raw+`","nonce":"`+nonce+`"}`)
		secrets = append(secrets, withhold(a, "access_token", "refresh_token")...)
	}
	log.hides(t, append(secrets, "stolen-code-4711"))
	if got := s.Value(`select count(*) from auth.sessions`); got != "2" || !strings.Contains(log.text.String(), "/callback") {
		t.Errorf("%s sessions were made", got)
	}
}

// withFactorsAndMail are settings of a service that confirms addresses and has second factors.
func withFactorsAndMail() flow.Settings {
	s := withFactors()
	s.Autoconfirm = false
	return s
}
