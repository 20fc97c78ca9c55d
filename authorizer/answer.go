package authorizer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
)

// answer puts what is known of the caller into the form that the gateway expects. refusal is nil for a good credential.
func (a *Authorizer) answer(q question, caller identity.Principal, refusal *fault.Error) (any, error) {
	allowed := refusal == nil || !a.config.Strict
	values := describe(caller, refusal)
	if q.simple && !a.config.IAM {
		return events.APIGatewayV2CustomAuthorizerSimpleResponse{IsAuthorized: allowed, Context: values}, nil
	}
	policy, err := stagePolicy(q.arn, allowed)
	if err != nil {
		return nil, err
	}
	return events.APIGatewayV2CustomAuthorizerIAMPolicyResponse{
		PrincipalID: principalID(caller), PolicyDocument: policy, Context: values,
	}, nil
}

// stagePolicy allows or denies all of the stage that arn belongs to. Never the single method: the gateway caches the
// policy for the credential and then applies it to every other method too.
func stagePolicy(arn string, allowed bool) (events.APIGatewayCustomAuthorizerPolicy, error) {
	resource, err := stageWildcard(arn)
	if err != nil {
		return events.APIGatewayCustomAuthorizerPolicy{}, err
	}
	effect := "Deny"
	if allowed {
		effect = "Allow"
	}
	return events.APIGatewayCustomAuthorizerPolicy{
		Version: "2012-10-17",
		Statement: []events.IAMPolicyStatement{
			{Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: []string{resource}},
		},
	}, nil
}

// stageWildcard turns arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH into ...:API/STAGE/*.
func stageWildcard(arn string) (string, error) {
	parts := strings.SplitN(arn, "/", 3)
	if len(parts) < 2 || parts[1] == "" || strings.Count(parts[0], ":") != 5 || strings.ContainsAny(parts[0]+parts[1], "*?") {
		return "", fmt.Errorf("reading the authorizer event: %q is not the ARN of a method", arn)
	}
	return parts[0] + "/" + parts[1] + "/*", nil
}

// principalID names the caller in the gateway's logs.
func principalID(p identity.Principal) string {
	switch {
	case p.Subject != "":
		return p.Subject
	case p.Role != "":
		return p.Role
	}
	return "unknown"
}

// asFault gives the fault inside an error, if it holds one.
func asFault(err error) (*fault.Error, bool) {
	return errors.AsType[*fault.Error](err)
}
