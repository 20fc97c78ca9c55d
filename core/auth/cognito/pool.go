package cognito

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"

	"github.com/pergola-dev/pergola/core/awsapi"
)

// Pool is a user pool. It is safe for concurrent use.
type Pool struct {
	Client   *awsapi.Client
	ID       string // PERGOLA_COGNITO_USER_POOL_ID
	ClientID string // PERGOLA_COGNITO_CLIENT_ID
	Secret   string // PERGOLA_COGNITO_CLIENT_SECRET; "" for a client without one
}

// attribute is one of a user's.
type attribute struct{ Name, Value string }

// input is what operations are given, each the part that it needs. Cognito's names.
type input struct {
	UserPoolId        string            `json:",omitempty"`
	ClientId          string            `json:",omitempty"`
	SecretHash        string            `json:",omitempty"`
	Username          string            `json:",omitempty"`
	Password          string            `json:",omitempty"`
	TemporaryPassword string            `json:",omitempty"`
	Permanent         bool              `json:",omitempty"`
	ConfirmationCode  string            `json:",omitempty"`
	MessageAction     string            `json:",omitempty"`
	AuthFlow          string            `json:",omitempty"`
	AuthParameters    map[string]string `json:",omitempty"`
	ContextData       *origin           `json:",omitempty"`
	UserAttributes    []attribute       `json:",omitempty"`
}

// origin is where a sign-in comes from, for the pool's own threat protection. All members have to be there.
type origin struct {
	IpAddress, ServerName, ServerPath string
	HttpHeaders                       []struct{}
}

// call makes a call. What Cognito refuses is the fault that a client is told.
func (p *Pool) call(ctx context.Context, operation string, in input, out any) error {
	return faultOf(operation, p.Client.Call(ctx, "cognito-idp", "AWSCognitoIdentityProviderService."+operation, in, out))
}

// admin makes a call about one user. Nothing is done about one whom the pool does not know, and that is no fault: a user who came
// by another provider has no account there.
func (p *Pool) admin(ctx context.Context, operation string, in input) error {
	in.UserPoolId = p.ID
	err := p.Client.Call(ctx, "cognito-idp", "AWSCognitoIdentityProviderService."+operation, in, nil)
	if isRefusal(err, userNotFound) {
		return nil
	}
	return faultOf(operation, err)
}

// public is the input of an operation that the pool's client makes, about a user by their address.
func (p *Pool) public(email string) input {
	return input{ClientId: p.ClientID, Username: email, SecretHash: p.secretHash(email)}
}

// secretHash shows that the caller knows the client's secret; "" where there is none.
func (p *Pool) secretHash(username string) string {
	if p.Secret == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(p.Secret))
	mac.Write([]byte(username + p.ClientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func addressOf(email string, verified bool) []attribute {
	return []attribute{{"email", email}, {"email_verified", strconv.FormatBool(verified)}}
}

// isRefusal reports whether Cognito has answered with an exception of a name.
func isRefusal(err error, code string) bool {
	e, ok := errors.AsType[*awsapi.Error](err)
	return ok && e.Code == code
}
