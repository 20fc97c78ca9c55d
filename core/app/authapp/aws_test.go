package authapp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/awstest"
)

const environment = `GOTRUE_SITE_URL=https://example.org API_EXTERNAL_URL=https://api.example.org/auth/v1
	GOTRUE_JWT_SECRET=a-secret-for-tests-that-is-long-enough PERGOLA_SES_FROM=noreply@example.com`

// serve makes a service as the Lambda function has it, with AWS behind it.
func serve(t *testing.T, environ ...string) (http.Handler, error) {
	t.Helper()
	db, _ := authtest.New(t)
	environ = append(environ, "DATABASE_URL="+db.URL())
	c, err := config.LoadFrom(config.Serve, config.Sources{Environ: append(environ, strings.Fields(environment)...), Auth: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := authapp.New(t.Context(), c, authapp.Options{AWS: awsapi.Anywhere})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { a.Close(t.Context()) })
	return a.Alone(""), nil
}

// verifySender has the emulator take mail from us.
func verifySender(t *testing.T, c *awsapi.Client) {
	t.Helper()
	if _, err := c.Do(t.Context(), awsapi.Request{
		Service: "ses", Host: "email", Method: http.MethodPost, Path: "/v2/email/identities", Body: []byte(`{"EmailIdentity":"noreply@example.com"}`),
	}); err != nil {
		t.Fatal(err)
	}
}

// answer is what matters of an answer.
type answer struct {
	status      int
	AccessToken string `json:"access_token"`
	Code        string `json:"code"`
	ID          string `json:"id"`
	User        struct{ ID, Email string }
}

func ask(t *testing.T, h http.Handler, method, path, token, body string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code}
	_ = json.Unmarshal(w.Body.Bytes(), &a)
	return a
}

// TestCognito goes through a user's life with passwords in a user pool.
func TestCognito(t *testing.T) {
	awstest.New(t)
	p := awstest.NewPool(t)
	verifySender(t, new(awsapi.Client))
	pool := []string{"PERGOLA_AUTH_PROVIDER=cognito", "PERGOLA_COGNITO_USER_POOL_ID=" + p.ID, "PERGOLA_COGNITO_CLIENT_ID=" + p.ClientID, "PERGOLA_COGNITO_CLIENT_SECRET=" + p.Secret}
	h, err := serve(t, pool...)
	if err != nil {
		t.Fatal(err)
	}
	const who = `{"email":"ada@example.org","password":"Correct-h0rse"}`
	made := ask(t, h, "POST", "/signup", "", who)
	if made.status != 200 || made.AccessToken != "" {
		t.Fatalf("a sign-up gave %+v", made)
	}
	if weak := ask(t, h, "POST", "/signup", "", `{"email":"bob@example.org","password":"short1"}`); weak.status != 422 || weak.Code != "weak_password" {
		t.Errorf("a weak password gave %+v", weak)
	}
	verified := ask(t, h, "POST", "/verify", "", `{"type":"email","email":"ada@example.org","token":"123456"}`) // moto takes any code
	if verified.status != 200 || verified.User.ID != made.ID {
		t.Fatalf("the code gave %+v", verified)
	}
	signed := ask(t, h, "POST", "/token?grant_type=password", "", who)
	if signed.status != 200 || signed.User.ID != made.ID {
		t.Fatalf("a sign-in gave %+v", signed)
	}
	if wrong := ask(t, h, "POST", "/token?grant_type=password", "", `{"email":"ada@example.org","password":"x"}`); wrong.Code != "invalid_credentials" {
		t.Errorf("a wrong password gave %+v", wrong)
	}
	if changed := ask(t, h, "PUT", "/user", signed.AccessToken, `{"password":"An0ther-horse"}`); changed.status != 200 {
		t.Errorf("another password gave %+v", changed)
	}
	if again := ask(t, h, "POST", "/token?grant_type=password", "", strings.Replace(who, "Correct-h0rse", "An0ther-horse", 1)); again.status != 200 {
		t.Errorf("a sign-in with it gave %+v", again)
	}
	if out := ask(t, h, "POST", "/logout", signed.AccessToken, ""); out.status != 204 {
		t.Errorf("a sign-out gave %+v", out)
	}
	if recovered := ask(t, h, "POST", "/recover", "", `{"email":"ada@example.org"}`); recovered.status != 200 {
		t.Errorf("a recovery gave %+v", recovered)
	}
	for _, name := range []string{"GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", "GOTRUE_EXTERNAL_PHONE_ENABLED"} {
		if _, err := serve(t, append(pool, name+"=true", "GOTRUE_SMS_AUTOCONFIRM=true")...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMailThroughAWS writes a mail by a template in S3, and sends it through SES.
func TestMailThroughAWS(t *testing.T) {
	awstest.New(t)
	var c awsapi.Client
	verifySender(t, &c)
	put := func(path, body string) {
		t.Helper()
		if _, err := c.Do(t.Context(), awsapi.Request{Service: "s3", Host: "s3", Method: http.MethodPut, Path: path, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	put("/mails", "<CreateBucketConfiguration><LocationConstraint>"+awstest.Region+"</LocationConstraint></CreateBucketConfiguration>")
	put("/mails/confirm.html", "<p>Welcome to the garden: {{ .Token }}</p>")
	put("/mails/broken.html", "<p>{{ .Tokn }}</p>")
	h, err := serve(t, "GOTRUE_MAILER_TEMPLATES_CONFIRMATION=s3://mails/confirm.html")
	if err != nil {
		t.Fatal(err)
	}
	if made := ask(t, h, "POST", "/signup", "", `{"email":"ada@example.org","password":"correct horse"}`); made.status != 200 {
		t.Fatalf("a sign-up gave %+v", made)
	}
	kept, err := c.Do(t.Context(), awsapi.Request{Service: "ses", Host: "email", Method: http.MethodGet, Path: "/moto-api/data.json"})
	if err != nil || !strings.Contains(string(kept), "Welcome to the garden: ") {
		t.Errorf("the emulator has kept %.2000s, %v", kept, err)
	}
	for _, template := range []string{"broken", "missing"} {
		if _, err := serve(t, "GOTRUE_MAILER_TEMPLATES_CONFIRMATION=s3://mails/"+template+".html"); err == nil || !strings.Contains(err.Error(), "CONFIRMATION") {
			t.Errorf("a %s template: %v", template, err)
		}
	}
}
