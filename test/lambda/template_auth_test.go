package lambda_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ofAuthAlone are the policies that no other role than that of the Auth function may have.
var ofAuthAlone = []string{"ReadSigningKeys", "ReadSigningSecret", "ReadAuthDatabaseUrl", "ReadSmtpPassword"}

// with gives the parameters of a stack with Auth, and more.
func with(more map[string]string) map[string]string {
	p := map[string]string{"SiteUrl": appURL, "SigningKeys": "ssm:/keys", "SmtpHost": "smtp.example.com", "SmtpAdminEmail": "a@example.com"}
	maps.Copy(p, more)
	return p
}

// TestAuthIsByChoice: without the application's address there is no Auth service, whatever else is given.
func TestAuthIsByChoice(t *testing.T) {
	all := append([]string{"AuthFunction", "AuthRole", "AuthLogs", "AuthIntegration", "AuthRoute", "AuthRootRoute", "AuthInvoke"}, ofAuthAlone...)
	everything := with(map[string]string{"SigningSecret": "ssm:/old", "AuthDatabaseUrl": "ssm:/users", "SmtpUser": "me", "SmtpPassword": "ssm:/mail"})
	s := deploy(t, everything)
	for _, name := range all {
		if s.resource(name) == nil {
			t.Errorf("%s is not there", name)
		}
	}
	everything["SiteUrl"] = ""
	s = deploy(t, everything)
	for _, name := range all {
		if s.resource(name) != nil {
			t.Errorf("%s is there without Auth", name)
		}
	}
	if settings, ok := s.resource("Stage")["RouteSettings"]; ok {
		t.Errorf("the stage has settings for a route that is not there: %v", settings)
	}
}

// TestRightsOfAuth: what is asked for and no more, and nothing of it for the other functions.
func TestRightsOfAuth(t *testing.T) {
	const vpc = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
	for _, c := range []struct {
		name       string
		parameters map[string]string
		managed    []string
	}{
		{"keys", nil, []string{"<ReadSigningKeys>", "<ReadDatabaseUrl>"}},
		{"a secret of old", map[string]string{"SigningKeys": "", "SigningSecret": "ssm:/old"}, []string{"<ReadSigningSecret>", "<ReadDatabaseUrl>"}},
		{"both", map[string]string{"SigningSecret": "ssm:/old"}, []string{"<ReadSigningKeys>", "<ReadSigningSecret>", "<ReadDatabaseUrl>"}},
		{"a role of its own in the database", map[string]string{"AuthDatabaseUrl": "ssm:/users"}, []string{"<ReadSigningKeys>", "<ReadAuthDatabaseUrl>"}},
		{"an address in the open", map[string]string{"AuthDatabaseUrl": "postgresql://h/d"}, []string{"<ReadSigningKeys>"}},
		{"a password for mail", map[string]string{"SmtpUser": "me", "SmtpPassword": "ssm:/mail"}, []string{"<ReadSigningKeys>", "<ReadDatabaseUrl>", "<ReadSmtpPassword>"}},
		{"opaque API keys", map[string]string{"SecretKeys": "ssm:/api-keys"}, []string{"<ReadSigningKeys>", "<ReadSecretKeys>", "<ReadDatabaseUrl>"}},
		{"in a VPC", map[string]string{"SubnetIds": "subnet-1"}, []string{"<ReadSigningKeys>", "<ReadDatabaseUrl>", vpc}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := deploy(t, with(c.parameters))
			s.parameters["AuthorizerMode"] = "strict"
			if d := cmp.Diff(c.managed, texts(s.resource("AuthRole")["ManagedPolicyArns"])); d != "" {
				t.Errorf("policies of Auth's role (-want +got):\n%s", d)
			}
			for _, role := range []string{"ApiRole", "AuthorizerRole"} {
				others, err := json.Marshal(s.resource(role))
				if err != nil {
					t.Fatal(err)
				}
				for _, forbidden := range append([]string{"ses:"}, ofAuthAlone...) {
					if strings.Contains(string(others), forbidden) {
						t.Errorf("%s has %s: %s", role, forbidden, others)
					}
				}
			}
			if _, inVPC := s.resource("AuthFunction")["VpcConfig"]; inVPC != (c.name == "in a VPC") {
				t.Errorf("in a VPC: %v", inVPC)
			}
		})
	}
}

// TestMailOfAuth: Amazon SES sends as one address, where it was chosen.
func TestMailOfAuth(t *testing.T) {
	const identity = "arn:aws:ses:eu-central-1:123456789012:identity/"
	policies := func(parameters map[string]string) []any {
		return deploy(t, with(parameters)).resource("AuthRole")["Policies"].([]any)
	}
	if got := policies(nil); len(got) != 1 {
		t.Errorf("with a mail server: %v", got)
	}
	got := policies(map[string]string{"SmtpHost": "", "SesFrom": "no-reply@mail.example.com"})
	want := map[string]any{"PolicyName": "mail", "PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "ses:SendEmail",
		"Resource":  []any{identity + "no-reply@mail.example.com", identity + "mail.example.com"},
		"Condition": map[string]any{"StringEquals": map[string]any{"ses:FromAddress": "no-reply@mail.example.com"}},
	}}}}
	if d := cmp.Diff(any(want), got[len(got)-1]); d != "" {
		t.Errorf("with SES (-want +got):\n%s", d)
	}
}

// TestVariablesOfAuth: the other functions are told nothing of Auth, and Auth where it is reached.
func TestVariablesOfAuth(t *testing.T) {
	s := deploy(t, with(map[string]string{"AuthorizerMode": "strict", "AuthDatabaseUrl": "ssm:/users", "SmtpUser": "me", "SmtpPassword": "ssm:/mail"}))
	for _, function := range []string{"ApiFunction", "AuthorizerFunction"} {
		for name, value := range environment(s, function) {
			if strings.HasPrefix(name, "GOTRUE_") || slices.Contains([]string{"ssm:/keys", "ssm:/users", "ssm:/mail"}, text(value)) {
				t.Errorf("%s has %s=%s", function, name, value)
			}
		}
	}
	if got := environment(s, "AuthFunction")["GOTRUE_DB_DATABASE_URL"]; got != "ssm:/users" {
		t.Errorf("Auth's database is %s", got)
	}
	for given, want := range map[string]string{
		"": "https://<Api>.execute-api.eu-central-1.amazonaws.com/auth/v1", "https://api.example.com/auth/v1": "https://api.example.com/auth/v1",
	} {
		if got := environment(deploy(t, with(map[string]string{"AuthUrl": given})), "AuthFunction")["API_EXTERNAL_URL"]; got != want {
			t.Errorf("given %q, Auth is at %s", given, got)
		}
	}
}

// TestRoutesOfAuth: no authorizer in any mode, and limits of their own.
func TestRoutesOfAuth(t *testing.T) {
	for _, mode := range []string{"none", "permissive", "strict"} {
		s := deploy(t, with(map[string]string{"AuthorizerMode": mode, "AuthThrottlingBurst": "3000"}))
		for name, key := range map[string]string{"AuthRoute": "ANY /auth/v1/{proxy+}", "AuthRootRoute": "ANY /auth/v1"} {
			r := s.resource(name)
			if r["RouteKey"] != key || r["AuthorizationType"] != "NONE" || r["AuthorizerId"] != nil || r["Target"] != "integrations/<AuthIntegration>" {
				t.Errorf("%s with %s: %v", name, mode, r)
			}
		}
		stage := s.resource("Stage")
		want := map[string]any{"ANY /auth/v1/{proxy+}": map[string]any{"ThrottlingRateLimit": "200", "ThrottlingBurstLimit": "3000"}}
		if d := cmp.Diff(any(want), stage["RouteSettings"]); d != "" {
			t.Errorf("throttling (-want +got):\n%s", d)
		}
		if !strings.Contains(text(stage["Description"]), "<AuthRoute>") {
			t.Error("the stage may be made before the route that it has settings for")
		}
	}
}

func TestRulesOfAuth(t *testing.T) {
	for _, c := range []struct {
		name       string
		parameters map[string]string
		allowed    bool
	}{
		{"without Auth nothing is needed", map[string]string{"SiteUrl": "", "SigningKeys": "", "SmtpHost": "", "SmtpAdminEmail": ""}, true},
		{"a mail server", nil, true},
		{"nothing to sign with", map[string]string{"SigningKeys": ""}, false},
		{"a secret of old", map[string]string{"SigningKeys": "", "SigningSecret": "ssm:/old"}, true},
		{"nobody sends mail", map[string]string{"SmtpHost": ""}, false},
		{"nobody needs to", map[string]string{"SmtpHost": "", "MailAutoconfirm": "true"}, true},
		{"SES", map[string]string{"SmtpHost": "", "SesFrom": "a@example.com"}, true},
		{"two senders", map[string]string{"SesFrom": "a@example.com"}, false},
		{"mail from nobody", map[string]string{"SmtpAdminEmail": ""}, false},
		{"a name without a password", map[string]string{"SmtpUser": "me"}, false},
		{"a name with a password", map[string]string{"SmtpUser": "me", "SmtpPassword": "ssm:/mail"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := deploy(t, with(c.parameters)).allowed(); got != c.allowed {
				t.Errorf("allowed: %v", got)
			}
		})
	}
}
