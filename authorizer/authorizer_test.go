package authorizer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/authorizer"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

const secret = "reallyreallyreallyreallyverysafe"

// now is when the tests happen: 1795176000 in Unix time.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func mint(t testing.TB, c token.Claims) string {
	t.Helper()
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	c.Issued = now
	raw, err := token.Mint(keys, c, "")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// event fills in a recorded event. A credential that is "" leaves its header out.
func event(t testing.TB, name, authorization, apikey string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	fill(e, map[string]string{"{authorization}": authorization, "{apikey}": apikey})
	filled, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

// fill replaces the marks of credentials in every text below an object; a member whose credential is "" is taken out.
func fill(object map[string]any, credentials map[string]string) {
	for name, value := range object {
		switch v := value.(type) {
		case map[string]any:
			fill(v, credentials)
		case []any:
			for i, one := range v {
				if text, ok := credentials[fmt.Sprint(one)]; ok {
					v[i] = text
				}
			}
		case string:
			text, ok := credentials[v]
			if ok {
				object[name] = text
			}
			if ok && text == "" {
				delete(object, name)
			}
		}
	}
}

// ask gives the authorizer's answer as the gateway reads it.
func ask(t testing.TB, c authorizer.Config, e json.RawMessage) string {
	t.Helper()
	if c.Clock == nil {
		c.Clock = func() time.Time { return now }
	}
	a, err := authorizer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Handle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func compare(t testing.TB, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("the answer differs (-want +got):\n%s", diff)
	}
}

// The opaque keys of the tests.
const (
	publishable = "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
	secretKey   = "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
)

func settings() authorizer.Config {
	return authorizer.Config{
		JWT: config.JWT{Secret: secret}, APIKeys: config.APIKeys{Publishable: publishable, Secret: secretKey}, AnonRole: "anon",
	}
}

func TestSimpleAnswer(t *testing.T) {
	user := mint(t, token.Claims{Role: "authenticated", Subject: "u1", Expires: now.Add(time.Hour)})
	anon := mint(t, token.Claims{Role: "anon"})
	expired := mint(t, token.Claims{Role: "authenticated", Expires: now.Add(time.Second)})
	const userAnswer = `{"isAuthorized":true,"context":{"role":"authenticated","sub":"u1","exp":"1795179600",
		"claims":"{\"iss\":\"pergola\",\"role\":\"authenticated\",\"sub\":\"u1\",\"iat\":1795176000,\"exp\":1795179600}"}}`
	const nobodyAnswer = `{"isAuthorized":true,"context":{"role":"anon","claims":"{\"role\":\"anon\"}"}}`
	const anonAnswer = `{"isAuthorized":true,"context":{"role":"anon","claims":"{\"iss\":\"pergola\",\"role\":\"anon\",\"iat\":1795176000}"}}`
	for _, tt := range []struct {
		name                  string
		change                func(*authorizer.Config)
		authorization, apikey string
		want                  string
	}{
		{"a token and a key", nil, "Bearer " + user, anon, userAnswer},
		{"a token", nil, "bearer " + user, "", userAnswer},
		{"a key", nil, "", anon, anonAnswer},
		{"the key twice", nil, "Bearer " + anon, anon, anonAnswer},
		{"a publishable key twice", nil, "Bearer " + publishable, publishable, nobodyAnswer},
		{"a user's token and a publishable key", nil, "Bearer " + user, publishable, userAnswer},
		{"a secret key", nil, "", secretKey, `{"isAuthorized":true,"context":{"role":"service_role","claims":"{\"role\":\"service_role\"}"}}`},
		{
			"an unknown opaque key, strictly", strict, "", "sb_secret_x",
			`{"isAuthorized":false,"context":{"authError":"PERGOLA_UNKNOWN_KEY","authMessage":"Invalid API key"}}`,
		},
		{"nothing", nil, "", "", `{"isAuthorized":true,"context":{"role":"anon","claims":"{\"role\":\"anon\"}"}}`},
		{"nothing, strictly", strict, "", "", `{"isAuthorized":true,"context":{"role":"anon","claims":"{\"role\":\"anon\"}"}}`},
		{
			"nothing where a key is required", func(c *authorizer.Config) { c.RequireKey = true }, "", "",
			`{"isAuthorized":true,"context":{"authError":"PERGOLA_KEY_REQUIRED","authMessage":"No API key found in request"}}`,
		},
		{
			"nothing where a key is required, strictly", func(c *authorizer.Config) { c.RequireKey, c.Strict = true, true }, "", "",
			`{"isAuthorized":false,"context":{"authError":"PERGOLA_KEY_REQUIRED","authMessage":"No API key found in request"}}`,
		},
		{
			"nothing where nobody is anonymous", func(c *authorizer.Config) { c.AnonRole = "" }, "", "",
			`{"isAuthorized":true,"context":{"authError":"PGRST302","authMessage":"Anonymous access is disabled"}}`,
		},
		{
			"a bad token", nil, "Bearer " + user + "x", anon,
			`{"isAuthorized":true,"context":{"authError":"PGRST301","authMessage":"No suitable key or wrong key type"}}`,
		},
		{
			"a bad token, strictly", strict, "Bearer a.b", anon,
			`{"isAuthorized":false,"context":{"authError":"PGRST301","authMessage":"Expected 3 parts in JWT; got 2"}}`,
		},
		{
			"an expired token", func(c *authorizer.Config) { c.Clock = func() time.Time { return now.Add(time.Minute) } }, "Bearer " + expired, "",
			`{"isAuthorized":true,"context":{"authError":"PGRST303","authMessage":"JWT expired"}}`,
		},
		{
			"no secret", func(c *authorizer.Config) { c.JWT.Secret = "" }, "Bearer " + user, "",
			`{"isAuthorized":true,"context":{"authError":"PGRST300","authMessage":"Server lacks JWT secret"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := settings()
			if tt.change != nil {
				tt.change(&c)
			}
			compare(t, ask(t, c, event(t, "httpapi-v2", tt.authorization, tt.apikey)), tt.want)
		})
	}
}

func strict(c *authorizer.Config) { c.Strict = true }

func TestSecretKeyOfBrowser(t *testing.T) {
	e := strings.Replace(string(event(t, "httpapi-v2", "", secretKey)), `"user-agent":"node"`, `"user-agent":"Mozilla/5.0 (X11)"`, 1)
	compare(t, ask(t, settings(), json.RawMessage(e)),
		`{"isAuthorized":true,"context":{"authError":"PERGOLA_KEY_IN_BROWSER","authMessage":"Forbidden use of secret API key in browser"}}`)
}

func TestPolicyAnswer(t *testing.T) {
	user := mint(t, token.Claims{Role: "authenticated", Subject: "u1", Expires: now.Add(time.Hour)})
	const context = `"context":{"role":"authenticated","sub":"u1","exp":"1795179600",
		"claims":"{\"iss\":\"pergola\",\"role\":\"authenticated\",\"sub\":\"u1\",\"iat\":1795176000,\"exp\":1795179600}"}`
	for _, tt := range []struct{ name, event, resource string }{
		{"an HTTP API", "httpapi-v2", "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default/*"},
		{"an HTTP API with payload 1.0", "httpapi-v1", "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/dev/*"},
		{"a REST API", "restapi-request", "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abcdef1234/prod/*"},
		{"a REST API's TOKEN", "restapi-token", "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := settings()
			c.IAM = true
			compare(t, ask(t, c, event(t, tt.event, "Bearer "+user, "")), `{"principalId":"u1",`+context+`,
				"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["`+tt.resource+`"]}]}}`)
			c.Strict = true
			compare(t, ask(t, c, event(t, tt.event, "Bearer a.b", "")), `{"principalId":"unknown",
				"context":{"authError":"PGRST301","authMessage":"Expected 3 parts in JWT; got 2"},
				"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":["execute-api:Invoke"],"Effect":"Deny","Resource":["`+tt.resource+`"]}]}}`)
		})
	}
	t.Run("a key in odd letters", func(t *testing.T) {
		got := ask(t, settings(), event(t, "restapi-request", "", mint(t, token.Claims{Role: "service_role"})))
		if !strings.Contains(got, `"principalId":"service_role"`) || !strings.Contains(got, `"Effect":"Allow"`) {
			t.Errorf("got %s", got)
		}
	})
}

func TestLongClaimsAreLeftOut(t *testing.T) {
	raw := mint(t, token.Claims{Role: "authenticated", Extra: map[string]any{"x": strings.Repeat("x", 7<<10)}})
	compare(t, ask(t, settings(), event(t, "httpapi-v2", "Bearer "+raw, "")), `{"isAuthorized":true,"context":{"role":"authenticated"}}`)
}

func TestStrangeEvents(t *testing.T) {
	a, err := authorizer.New(settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, event, want string }{
		{"no JSON", `x`, "reading the authorizer event: invalid character 'x' looking for beginning of value"},
		{"a request for the API function", `{"version":"2.0","routeKey":"$default","headers":{}}`, "the event is not one of an API Gateway authorizer"},
		{"no route", `{"version":"2.0","type":"REQUEST","headers":{}}`, "the event is not one of an API Gateway authorizer"},
		{"no ARN", `{"type":"REQUEST","methodArn":"GET/x","headers":{}}`, `reading the authorizer event: "GET/x" is not the ARN of a method`},
		{"an ARN of everything", `{"type":"TOKEN","methodArn":"arn:aws:execute-api:*:*:*/*/GET"}`, `reading the authorizer event: "arn:aws:execute-api:*:*:*/*/GET" is not the ARN of a method`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := a.Handle(t.Context(), json.RawMessage(tt.event))
			if answer != nil || err == nil || err.Error() != tt.want {
				t.Errorf("got %v, %v, want %s", answer, err, tt.want)
			}
		})
	}
}

// resolver is a config.Resolver made of a function.
type resolver func() (string, error)

func (r resolver) Resolve(context.Context, config.Secret) (string, error) { return r() }

func TestReferencedSecret(t *testing.T) {
	value, failure, calls := "", errors.New("no network"), 0
	var log strings.Builder
	c := settings()
	c.JWT.Secret = "secretsmanager:app#jwt"
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	c.Clock = func() time.Time { return now }
	c.Resolver = resolver(func() (string, error) { calls++; return value, failure })
	a, err := authorizer.New(c)
	if err != nil || calls != 0 {
		t.Fatalf("%v after %d look-ups, want none before the first request", err, calls)
	}
	e := event(t, "httpapi-v2", "Bearer "+mint(t, token.Claims{Role: "authenticated"}), "")
	if answer, err := a.Handle(t.Context(), e); answer != nil || !errors.Is(err, failure) {
		t.Errorf("without the secret: %v, %v", answer, err)
	}
	if !strings.Contains(log.String(), "no network") {
		t.Errorf("the log has %q", log.String())
	}
	value, failure = secret, nil
	if _, err := a.Handle(t.Context(), e); err != nil {
		t.Errorf("with the secret: %v", err)
	}
}

func TestNewRefusesShortSecret(t *testing.T) {
	if _, err := authorizer.New(authorizer.Config{JWT: config.JWT{Secret: "short"}}); err == nil || !strings.Contains(err.Error(), "shorter than 32 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestFromConfig(t *testing.T) {
	c := config.Default(config.Serve)
	c.JWT.Secret, c.APIKeys.Secret, c.REST.RequireKey, c.Authorizer = secret, secretKey, true, config.AuthorizerStrict
	got := authorizer.FromConfig(c)
	want := authorizer.Config{JWT: c.JWT, APIKeys: c.APIKeys, AnonRole: "anon", RequireKey: true, Strict: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings differ (-want +got):\n%s", diff)
	}
	c.Authorizer = config.AuthorizerPermissive
	if authorizer.FromConfig(c).Strict {
		t.Error("permissive became strict")
	}
}
