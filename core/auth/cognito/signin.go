package cognito

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// challengeNewPassword is what the pool asks of those who know a password that was meant to be used once.
const challengeNewPassword = "NEW_PASSWORD_REQUIRED"

// SignIn checks an address and a password, and gives the id of the user and whether the pool holds the address to be theirs. ip
// is where the request comes from; "" where that is not known. Unknown users, wrong passwords and disabled users have one fault,
// invalid_credentials.
func (p *Pool) SignIn(ctx context.Context, email, password, ip string) (id string, verified bool, err error) {
	in := input{
		UserPoolId: p.ID, ClientId: p.ClientID, AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	}
	if hash := p.secretHash(email); hash != "" {
		in.AuthParameters["SECRET_HASH"] = hash
	}
	if ip != "" {
		in.ContextData = &origin{IpAddress: ip, ServerName: "auth", ServerPath: "/token", HttpHeaders: []struct{}{}}
	}
	var out struct {
		ChallengeName        string
		AuthenticationResult struct{ IdToken string }
	}
	if err := p.call(ctx, "AdminInitiateAuth", in, &out); err != nil {
		return "", false, err
	}
	switch out.ChallengeName {
	case "":
		return subject(out.AuthenticationResult.IdToken)
	case challengeNewPassword:
		return "", false, passwordRunOut()
	}
	return "", false, challenged(out.ChallengeName)
}

var errNoToken = errors.New("the user pool's ID token cannot be read")

// subject reads the ID token of a sign-in. Its signature is not checked: it has come from the pool itself.
func subject(raw string) (id string, verified bool, err error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", false, errNoToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false, errNoToken
	}
	var claims struct {
		Subject  string `json:"sub"`
		Verified any    `json:"email_verified"` // true, or in older pools "true"
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Subject == "" {
		return "", false, errNoToken
	}
	return claims.Subject, fmt.Sprint(claims.Verified) == "true", nil
}
