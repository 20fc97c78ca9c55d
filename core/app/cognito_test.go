package app_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/awstest"
)

// cognitoTokens signs somebody of a group into a pool, and gives what the pool's own clients get.
func cognitoTokens(t *testing.T, p awstest.Pool, email string, groups ...string) (access, id string) {
	t.Helper()
	const plain = "Correct-h0rse"
	who := func(more map[string]any) map[string]any {
		more["UserPoolId"], more["Username"] = p.ID, email
		return more
	}
	awstest.Cognito(t, "AdminCreateUser", who(map[string]any{"MessageAction": "SUPPRESS"}), nil)
	awstest.Cognito(t, "AdminSetUserPassword", who(map[string]any{"Password": plain, "Permanent": true}), nil)
	for _, g := range groups {
		awstest.Cognito(t, "AdminAddUserToGroup", who(map[string]any{"GroupName": g}), nil)
	}
	var out struct {
		AuthenticationResult struct{ AccessToken, IdToken string }
	}
	awstest.Cognito(t, "AdminInitiateAuth", map[string]any{
		"UserPoolId": p.ID, "ClientId": p.ClientID, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": email, "PASSWORD": plain},
	}, &out)
	return out.AuthenticationResult.AccessToken, out.AuthenticationResult.IdToken
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, res.StatusCode, err)
	}
	return string(body)
}

// TestCognitoTokens has REST take the tokens that Amazon Cognito itself gives, by the pool's public keys. They name groups and no
// role, and an access token has no audience.
func TestCognitoTokens(t *testing.T) {
	emulator := awstest.New(t)
	p := awstest.NewPool(t)
	awstest.Cognito(t, "CreateGroup", map[string]string{"UserPoolId": p.ID, "GroupName": "authenticated"}, nil)
	awstest.Cognito(t, "CreateGroup", map[string]string{"UserPoolId": p.ID, "GroupName": "gardeners"}, nil)
	access, id := cognitoTokens(t, p, "ada@example.org", "authenticated")
	ungrouped, _ := cognitoTokens(t, p, "bob@example.org")
	keys := fetch(t, emulator+"/"+p.ID+"/.well-known/jwks.json")

	db := pantry(t)
	db.Exec(whoAmISQL)
	h := start(t, config.Serve, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + keys, `PGRST_JWT_ROLE_CLAIM_KEY=."cognito:groups"[0]`}).Handler()
	jwk, err := token.GenerateKey("RS256")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := token.ParseRing("["+string(jwk)+"]", "", "")
	if err != nil {
		t.Fatal(err)
	}
	forged, err := ring.Sign([]byte(`{"sub":"x","cognito:groups":["service_role"]}`))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(access, ".")
	other := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"cognito:groups":["service_role"]}`)) + "." + parts[2]
	byName := start(t, config.Serve, db, &logBook{}, []string{
		"PGRST_JWT_SECRET=" + keys, `PGRST_JWT_ROLE_CLAIM_KEY=."cognito:groups"[?(@ ^== "auth")]`, "PGRST_JWT_AUD=" + p.ClientID,
	}).Handler()
	many, _ := cognitoTokens(t, p, "carol@example.org", "gardeners", "authenticated")
	for _, token := range []string{many, id} {
		if status, body := ask(byName, "GET", "/rest/v1/rpc/who_am_i", token); status != 200 || !strings.Contains(body, `"authenticated {`) {
			t.Errorf("by the name of a group: got %d %s", status, body)
		}
	}
	for _, tt := range []struct {
		name, token string
		status      int
		want        string
	}{
		{"an access token", access, 200, `"authenticated {`},
		{"what it says", access, 200, `client_id`},
		{"an ID token", id, 200, `"authenticated {`},
		{"somebody in no group", ungrouped, 200, `"anon {`},
		{"another key's", forged, 401, "PGRST301"},
		{"other claims", other, 401, "PGRST301"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := ask(h, "GET", "/rest/v1/rpc/who_am_i", tt.token); status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("got %d %s, want %d %s", status, body, tt.status, tt.want)
			}
		})
	}
}
