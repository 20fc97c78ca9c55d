package lambda_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
	"github.com/pergola-dev/pergola/test/lambda/runtimeapi"
)

const (
	email    = "ada@example.com"
	password = "correct horse battery staple"
	signIn   = `{"email":"` + email + `","password":"` + password + `"}`
)

// deployed is a stack as the template makes it: the Auth function in two instances, the API function with the public keys
// alone, and an authorizer that would let nobody in. All secrets are names of what a vault keeps.
type deployed struct {
	db        *pgtest.DB
	mail      *mailServer
	vault     *vault
	gateway   *apigw.Gateway
	instances []*runtimeapi.Function
	logs      []*bytes.Buffer // of the instances
	secrets   []string        // that no log may show
}

const secretKey = "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"

func newDeployed(t *testing.T) *deployed {
	t.Helper()
	d := &deployed{db: newUsers(t), mail: newMailServer(t)}
	private, public := newKeys(t)
	kept, err := json.Marshal(map[string]string{"keys": private, "smtp": d.mail.password})
	if err != nil {
		t.Fatal(err)
	}
	d.vault = &vault{
		parameters: map[string]string{
			"/p/users": d.db.URL(), "/p/database": d.db.URLAs("authenticator"), "/p/public": public, "/p/api-keys": secretKey,
		},
		secrets: map[string]string{"p/auth": string(kept)},
	}
	s := httptest.NewServer(d.vault)
	t.Cleanup(s.Close)
	cloud := []string{"AWS_ENDPOINT_URL=" + s.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	env := slices.Concat(cloud, d.mail.variables("secretsmanager:p/auth#smtp"), []string{
		"GOTRUE_DB_DATABASE_URL=ssm:/p/users", "GOTRUE_JWT_KEYS=secretsmanager:p/auth#keys", "PERGOLA_SECRET_KEYS=ssm:/p/api-keys",
		"GOTRUE_SITE_URL=" + appURL, "GOTRUE_URI_ALLOW_LIST=" + appURL + "/**", "API_EXTERNAL_URL=" + authURL,
		"GOTRUE_MAILER_AUTOCONFIRM=false", "PERGOLA_SES_FROM=", // what a parameter leaves empty
	})
	both := &inTurns{}
	for range 2 {
		log := &bytes.Buffer{}
		f := startLogged(t, log, goBootstrap(t, "auth"), env...)
		d.instances, d.logs = append(d.instances, f), append(d.logs, log)
		both.instances = append(both.instances, f)
	}
	api := start(t, goBootstrap(t, "api"), append(cloud, "DATABASE_URL=ssm:/p/database", "JWT_SECRET=ssm:/p/public")...)
	d.gateway = &apigw.Gateway{API: api, Auth: both, Authorizer: refuser{}}
	d.secrets = []string{private, d.mail.password, password, secretKey}
	return d
}

// TestAuthFunction goes the way of one person: sign-up, the link of the mail, sign-in, and what the session is good for. Every
// request meets the other instance than the one before.
func TestAuthFunction(t *testing.T) {
	d := newDeployed(t)
	p := newPerson(t, d.gateway, "127.0.0.7")

	p.do("POST", "/auth/v1/signup?redirect_to="+url.QueryEscape(appURL+"/welcome"), signIn).want(t, 200)
	first := followMail(t, d, p)
	t.Run("the link holds once", func(t *testing.T) {
		again := p.do("GET", strings.TrimPrefix(first.link, "https://"+host), "")
		if to := again.Header.Get("Location"); again.StatusCode != 303 || !strings.Contains(to, "#error=access_denied") {
			t.Errorf("%d %s", again.StatusCode, to)
		}
	})

	session := p.do("POST", "/auth/v1/token?grant_type=password", signIn, "Content-Type", "").want(t, 200) // in base64: nobody said what it is
	user := p.do("GET", "/auth/v1/user", "", "Authorization", "Bearer "+session.body.AccessToken, "Cookie", "a=1; b=2").want(t, 200)
	if user.body.Email != email || user.body.ID != session.body.User.ID {
		t.Errorf("the user is %s", user.text)
	}
	refreshed := p.do("POST", "/auth/v1/token?grant_type=refresh_token", `{"refresh_token":"`+session.body.RefreshToken+`"}`).want(t, 200)
	if refreshed.body.RefreshToken == session.body.RefreshToken || refreshed.body.AccessToken == session.body.AccessToken {
		t.Error("a refresh gave the old tokens")
	}
	d.secrets = append(d.secrets, first.token, session.body.AccessToken, session.body.RefreshToken, refreshed.body.AccessToken)

	t.Run("the API takes the tokens", func(t *testing.T) { d.callAPI(t, refreshed) })
	t.Run("administrators", func(t *testing.T) {
		list := p.do("GET", "/auth/v1/admin/users", "", "Apikey", secretKey, "Authorization", "Bearer "+secretKey).want(t, 200)
		if len(list.body.Users) != 1 || list.body.Users[0].Email != email {
			t.Errorf("the users are %s", list.text)
		}
	})
	t.Run("sessions know where they came from", func(t *testing.T) {
		const want = "127.0.0.7 a browser"
		if got := d.db.Value(`select string_agg(distinct host(ip) || ' ' || user_agent, ', ') from auth.sessions`); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("keys for everybody", func(t *testing.T) {
		set := p.do("GET", "/auth/v1/.well-known/jwks.json", "").want(t, 200)
		if len(set.body.Keys) != 1 || set.body.Keys[0]["kid"] == nil || set.body.Keys[0]["d"] != nil {
			t.Errorf("the set is %s", set.text)
		}
	})
	t.Run("unknown addresses", func(t *testing.T) {
		for target, want := range map[string]int{"/auth/v1": 307, "/auth/v1//health": 307, "/auth/v1/nothing": 404, "/auth/v1/health/more": 404} {
			got := p.do("GET", target, "")
			if to := got.Header.Get("Location"); got.StatusCode != want || want == 307 && !strings.HasPrefix(to, "/auth/v1/") {
				t.Errorf("%s: %d, leads to %q: %s", target, got.StatusCode, to, got.text)
			}
		}
	})
	d.end(t)
}

// followed is a link that somebody has followed.
type followed struct{ link, token string }

// followMail reads the mail of a sign-up and follows its link, after something that looks at links has looked at it.
func followMail(t *testing.T, d *deployed, p *person) followed {
	t.Helper()
	mail := d.mail.next(t)
	link := mail.link()
	if mail.to != email || !strings.Contains(mail.header.Get("From"), "<no-reply@example.com>") || !strings.HasPrefix(link, authURL+"/verify?") {
		t.Fatalf("a mail to %s from %s with the link %q", mail.to, mail.header.Get("From"), link)
	}
	target := strings.TrimPrefix(link, "https://"+host)
	for range 2 {
		p.do("HEAD", target, "").want(t, 200)
	}
	got := p.do("GET", target, "").want(t, 303)
	to, err := url.Parse(got.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	fragment, err := url.ParseQuery(to.EscapedFragment())
	if err != nil {
		t.Fatal(err)
	}
	if to.Host != "app.example.com" || to.Path != "/welcome" || fragment.Get("access_token") == "" || fragment.Get("type") != "signup" {
		t.Errorf("the link leads to %s", to)
	}
	if got.text != "" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the redirect has the body %q and Cache-Control %q", got.text, got.Header.Get("Cache-Control"))
	}
	parsed, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return followed{link, parsed.Query().Get("token")}
}

// callAPI asks the API with a session's token, past the authorizer that refuses everybody.
func (d *deployed) callAPI(t *testing.T, session reply) {
	open := *d.gateway
	open.Authorizer = nil
	p := newPerson(t, &open, "127.0.0.1")
	got := p.do("GET", "/rest/v1/rpc/whoami", "", "Authorization", "Bearer "+session.body.AccessToken).want(t, 200)
	if !strings.Contains(got.text, `"authenticated"`) || !strings.Contains(got.text, session.body.User.ID) {
		t.Errorf("the API says %s", got.text)
	}
	newPerson(t, d.gateway, "127.0.0.1").do("GET", "/rest/v1/rpc/whoami", "", "Authorization", "Bearer "+session.body.AccessToken).want(t, 403)
}

// end stops the functions, and looks at what they have left: nothing secret in a log, each secret fetched once.
func (d *deployed) end(t *testing.T) {
	t.Helper()
	for i, f := range d.instances {
		f.Stop()
		log := d.logs[i].String()
		if !strings.Contains(log, `"path":"/auth/v1/`) {
			t.Errorf("the log does not show the requests:\n%s", log)
		}
		for _, secret := range d.secrets {
			if strings.Contains(log, secret) {
				t.Errorf("the log shows %q:\n%s", secret, log)
			}
		}
	}
	d.vault.mu.Lock()
	defer d.vault.mu.Unlock()
	times := map[string]int{}
	for _, asked := range d.vault.asked {
		times[asked]++
	}
	for what, most := range map[string]int{"GetParameter /p/users": 2, "GetParameter /p/database": 1, "GetSecretValue p/auth": 4} {
		if times[what] != most {
			t.Errorf("%s: %d times, want %d", what, times[what], most)
		}
	}
}

// TestLimitsHoldForAllInstances uses up what one address may do, at two instances in turns. What the caller says of the
// address does not count.
func TestLimitsHoldForAllInstances(t *testing.T) {
	db := newUsers(t)
	env := append(plainUsers(db), "GOTRUE_RATE_LIMIT_TOKEN_REFRESH=4/24h")
	bootstrap := goBootstrap(t, "auth")
	g := &apigw.Gateway{Auth: &inTurns{instances: []apigw.Function{start(t, bootstrap, env...), start(t, bootstrap, env...)}}}
	p := newPerson(t, g, "127.0.0.7")
	session := p.do("POST", "/auth/v1/signup", signIn).want(t, 200)

	t.Run("sign-in", func(t *testing.T) {
		const wrong = `{"email":"` + email + `","password":"wrong"}`
		for range 4 {
			p.do("POST", "/auth/v1/token?grant_type=password", wrong, "X-Forwarded-For", "192.0.2.1").want(t, 400)
		}
		got := p.do("POST", "/auth/v1/token?grant_type=password", signIn, "X-Forwarded-For", "192.0.2.2").want(t, 429)
		if got.body.Code != "over_request_rate_limit" || got.Header.Get("Retry-After") == "" {
			t.Errorf("got %s %v", got.text, got.Header)
		}
		newPerson(t, g, "127.0.0.8").do("POST", "/auth/v1/token?grant_type=password", signIn).want(t, 200)
	})
	t.Run("refresh", func(t *testing.T) {
		token := session.body.RefreshToken
		refresh := func() reply {
			return p.do("POST", "/auth/v1/token?grant_type=refresh_token", `{"refresh_token":"`+token+`"}`)
		}
		for range 100 { // no fewer, whatever the setting
			token = refresh().want(t, 200).body.RefreshToken
		}
		if got := refresh().want(t, 503); got.body.Code != "over_request_rate_limit" || got.Header.Get("Retry-After") == "" {
			t.Errorf("got %s %v", got.text, got.Header)
		}
	})
}

// TestAuthFunctionMigratesNothing: a cold start on a database without the tables leaves it as it is, and what needs none of
// them is answered.
func TestAuthFunctionMigratesNothing(t *testing.T) {
	db := pgtest.New(t)
	before := db.Value(`select count(*) from pg_class`)
	p := newPerson(t, &apigw.Gateway{Auth: start(t, goBootstrap(t, "auth"), plainUsers(db)...)}, "127.0.0.1")
	p.do("GET", "/auth/v1/health", "").want(t, 200)
	if got := p.do("POST", "/auth/v1/token?grant_type=password", signIn); got.StatusCode < 500 {
		t.Errorf("a sign-in without tables: %d %s", got.StatusCode, got.text)
	}
	if after := db.Value(`select count(*) from pg_class`); after != before {
		t.Errorf("%s relations before, %s after", before, after)
	}
}

// TestBadSettingsOfAuthEndTheFunction: before the first event, and the log says which.
func TestBadSettingsOfAuthEndTheFunction(t *testing.T) {
	db := pgtest.New(t)
	for _, c := range []struct{ name, given, says string }{
		{"no address of the application", "GOTRUE_SITE_URL=", "GOTRUE_SITE_URL"},
		{"nothing to sign with", "GOTRUE_JWT_SECRET=", "GOTRUE_JWT_KEYS"},
		{"nobody sends mail", "GOTRUE_MAILER_AUTOCONFIRM=false", "GOTRUE_SMTP_HOST"},
		{"a broken template", "GOTRUE_MAILER_TEMPLATES_RECOVERY=<p>{{ .NoSuch", "GOTRUE_MAILER_TEMPLATES_RECOVERY"},
		{"another name for it", "GOTRUE_NO_SUCH=1", "GOTRUE_NO_SUCH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log strings.Builder
			f, err := runtimeapi.Start(t.Context(), runtimeapi.Config{
				Program: goBootstrap(t, "auth"), Env: append(plainUsers(db), c.given), Log: &log, Timeout: time.Minute,
			})
			if err == nil {
				f.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(log.String(), c.says) {
				t.Errorf("%q does not name %s", log.String(), c.says)
			}
		})
	}
}

// TestAuthFunctionUnderstandsItsVariables loads what the template sets as the function does.
func TestAuthFunctionUnderstandsItsVariables(t *testing.T) {
	s := deploy(t, map[string]string{
		"SiteUrl": appURL, "RedirectUrls": appURL + "/**,myapp://**", "SigningKeys": "ssm:/keys", "SigningSecret": "ssm:/old", "SecretKeys": "ssm:/api-keys",
		"SmtpHost": "smtp.example.com", "SmtpUser": "me", "SmtpPassword": "ssm:/mail", "SmtpAdminEmail": "no-reply@example.com", "SenderName": "App",
		"AllowedOrigins": appURL, "DisableSignup": "true",
	})
	if !s.allowed() {
		t.Error("the template's rules refuse it")
	}
	env := []string{"AWS_LAMBDA_FUNCTION_NAME=x"}
	for name, value := range environment(s, "AuthFunction") {
		// A reference to a resource has its name here, in brackets that an address has not.
		env = append(env, name+"="+strings.NewReplacer("<", "", ">", "").Replace(text(value)))
	}
	c, err := config.LoadFrom(config.Serve, config.Sources{Environ: env, Auth: true})
	if err != nil {
		t.Fatal(err)
	}
	a := c.Auth
	for what, ok := range map[string]bool{
		"keys": a.JWT.Keys == "ssm:/keys" && a.JWT.Secret == "ssm:/old", "database": a.Database.URL == "ssm:/pergola/database-url",
		"site": a.SiteURL == appURL && len(a.AllowList) == 2, "address": a.ExternalURL == "https://Api.execute-api.eu-central-1.amazonaws.com/auth/v1",
		"mail":    a.SMTP.Host == "smtp.example.com" && a.SMTP.Password == "ssm:/mail" && a.SMTP.From == "no-reply@example.com" && a.SMTP.Name == "App",
		"sign-up": a.SignUp.Disabled && !a.Mailer.Autoconfirm, "API keys": c.APIKeys.Secret == "ssm:/api-keys",
	} {
		if !ok {
			t.Errorf("%s do not arrive", what)
		}
	}
}
