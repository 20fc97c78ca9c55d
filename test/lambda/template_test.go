package lambda_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/web"
	"github.com/pergola-dev/pergola/test/corpus"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTemplateIsClean(t *testing.T) {
	requireSAM(t)
	if err := run("make", "--no-print-directory", "-f", "scripts/sam.mk", "sam-lint"); err != nil {
		t.Error(err)
	}
}

func TestNoRightOverEverything(t *testing.T) {
	if regexp.MustCompile(`(?i)Resource["']?:\s*(\[\s*)?["']?\*`).MatchString(readFile(t, "template.yaml")) {
		t.Error(`a statement allows its action on Resource "*"`)
	}
}

// TestRights looks at what the functions' roles may do, for references of every form.
func TestRights(t *testing.T) {
	const secrets = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"
	const parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/"
	for _, c := range []struct{ name, reference, action, resource string }{
		{"parameter in a hierarchy", "ssm:/pergola/dev/it", "ssm:GetParameter", parameter + "pergola/dev/it"},
		{"parameter with a plain name", "ssm:it", "ssm:GetParameter", parameter + "it"},
		{"secret", "secretsmanager:pergola/it", "secretsmanager:GetSecretValue", secrets + "pergola/it-??????"},
		{"field of a secret", "secretsmanager:it#url", "secretsmanager:GetSecretValue", secrets + "it-??????"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := deploy(t, map[string]string{
				"JwtSecret": c.reference, "DatabaseUrl": c.reference, "SecretKeys": c.reference, "SiteUrl": appURL, "SigningKeys": c.reference,
				"SigningSecret": c.reference, "AuthDatabaseUrl": c.reference, "SmtpPassword": c.reference,
			})
			want := []any{map[string]any{"Effect": "Allow", "Action": c.action, "Resource": c.resource}}
			for _, policy := range append([]string{"ReadJwtSecret", "ReadDatabaseUrl", "ReadSecretKeys"}, ofAuthAlone...) {
				got := s.resource(policy)["PolicyDocument"].(map[string]any)["Statement"]
				if d := cmp.Diff(any(want), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", policy, d)
				}
			}
		})
	}
}

func TestRightsThatDependOnParameters(t *testing.T) {
	const vpc = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
	key := "arn:aws:kms:eu-central-1:123456789012:key/1234"
	for _, c := range []struct {
		name       string
		parameters map[string]string
		managed    []string
		statements int
	}{
		{"references", nil, []string{"<ReadJwtSecret>", "<ReadDatabaseUrl>"}, 1},
		{"address of the database in the open", map[string]string{"DatabaseUrl": "postgresql://h/db"}, []string{"<ReadJwtSecret>"}, 1},
		{"in a VPC", map[string]string{"SubnetIds": "subnet-1,subnet-2"}, []string{"<ReadJwtSecret>", "<ReadDatabaseUrl>", vpc}, 1},
		{"opaque API keys", map[string]string{"SecretKeys": "ssm:/keys"}, []string{"<ReadJwtSecret>", "<ReadSecretKeys>", "<ReadDatabaseUrl>"}, 1},
		{"a key of one's own", map[string]string{"SecretsKeyArn": key}, []string{"<ReadJwtSecret>", "<ReadDatabaseUrl>"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := deploy(t, c.parameters)
			if d := cmp.Diff(c.managed, texts(s.resource("ApiRole")["ManagedPolicyArns"])); d != "" {
				t.Errorf("policies of the API's role (-want +got):\n%s", d)
			}
			statements := s.resource("ReadJwtSecret")["PolicyDocument"].(map[string]any)["Statement"].([]any)
			if len(statements) != c.statements {
				t.Errorf("%d statements: %v", len(statements), statements)
			}
			if _, inVPC := s.resource("ApiFunction")["VpcConfig"]; inVPC != (c.name == "in a VPC") {
				t.Errorf("in a VPC: %v", inVPC)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		environment, origins string
		allowed              bool
	}{
		{"dev", "*", true},
		{"dev", "http://localhost:3000", true},
		{"prod", "*", false},
		{"prod", "https://app.example.com,https://www.example.com", true},
	} {
		t.Run(c.environment+" "+c.origins, func(t *testing.T) {
			s := deploy(t, map[string]string{"Environment": c.environment, "AllowedOrigins": c.origins})
			if s.allowed() != c.allowed {
				t.Errorf("allowed: %v", s.allowed())
			}
			cors := s.resource("Api")["CorsConfiguration"].(map[string]any)
			if got := strings.Join(texts(cors["AllowOrigins"]), ","); got != c.origins || environment(s, "ApiFunction")["PGRST_SERVER_CORS_ALLOWED_ORIGINS"] != c.origins {
				t.Errorf("the gateway is told %q", got)
			}
			if cors["AllowCredentials"] != (c.origins != "*") {
				t.Errorf("credentials: %v", cors["AllowCredentials"])
			}
		})
	}
}

func TestPatternsOfParameters(t *testing.T) {
	parameters := readTemplate(t)["Parameters"].(map[string]any)
	for _, c := range []struct {
		parameter, value string
		allowed          bool
	}{
		{"AllowedOrigins", "*", true},
		{"AllowedOrigins", "https://a.example", true},
		{"AllowedOrigins", "https://a.example,http://localhost:3000", true},
		{"AllowedOrigins", "", false},
		{"AllowedOrigins", "https://a.example,*", false},
		{"AllowedOrigins", "https://*.example", false},
		{"AllowedOrigins", "https://a.example, https://b.example", false},
		{"AllowedOrigins", "https://a.example/", false},
		{"JwtSecret", "ssm:/a/b", true},
		{"JwtSecret", "secretsmanager:a/b#c", true},
		{"JwtSecret", "a-secret-of-more-than-thirty-two-bytes", false},
		{"JwtSecret", `{"kty":"oct"}`, false},
		{"SecretKeys", "", true},
		{"SecretKeys", "ssm:/keys", true},
		{"SecretKeys", "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB", false},
		{"PublishableKeys", "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB,sb_publishable_BBBBBBBBBBBBBBBBBBBBBB_AAAAAAAA", true},
		{"PublishableKeys", "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB", false},
		{"DatabaseUrl", "ssm:name", true},
		{"DatabaseUrl", "postgresql://u:p@h/db", true},
		{"DatabaseUrl", "h.example", false},
		{"SiteUrl", "", true},
		{"SiteUrl", "https://app.example.com/start", true},
		{"SiteUrl", "myapp://home", true},
		{"SiteUrl", "app.example.com", false},
		{"SiteUrl", "https://a.example,https://b.example", false},
		{"RedirectUrls", "", true},
		{"RedirectUrls", "https://*.example.com/**,myapp://**", true},
		{"RedirectUrls", "https://a.example, https://b.example", false},
		{"AuthUrl", "", true},
		{"AuthUrl", "https://api.example.com/auth/v1", true},
		{"AuthUrl", "https://api.example.com/auth/v1/", false},
		{"AuthUrl", "http://api.example.com/auth/v1", false},
		{"AuthUrl", "https://api.example.com/auth/v1?x=y", false},
		{"AuthDatabaseUrl", "", true},
		{"AuthDatabaseUrl", "ssm:/users", true},
		{"AuthDatabaseUrl", "h.example", false},
		{"SigningKeys", "", true},
		{"SigningKeys", "secretsmanager:pergola#keys", true},
		{"SigningKeys", `[{"kty":"EC"}]`, false},
		{"SigningSecret", "", true},
		{"SigningSecret", "ssm:/secret", true},
		{"SigningSecret", "a-secret-of-more-than-thirty-two-bytes", false},
		{"SmtpPassword", "", true},
		{"SmtpPassword", "ssm:/mail", true},
		{"SmtpPassword", "hunter2", false},
		{"SmtpHost", "email-smtp.eu-central-1.amazonaws.com", true},
		{"SmtpHost", "smtp.example.com:587", false},
		{"SmtpAdminEmail", "no-reply@example.com", true},
		{"SmtpAdminEmail", "App <no-reply@example.com>", false},
		{"SesFrom", "", true},
		{"SesFrom", "no-reply@example.com", true},
		{"SesFrom", "*@example.com", false},
		{"SesFrom", "a@*", false},
		{"SecretsKeyArn", "", true},
		{"SecretsKeyArn", "*", false},
	} {
		t.Run(c.parameter+"="+c.value, func(t *testing.T) {
			pattern := parameters[c.parameter].(map[string]any)["AllowedPattern"].(string)
			if got := regexp.MustCompile(pattern).MatchString(c.value); got != c.allowed {
				t.Errorf("%v by %s", got, pattern)
			}
		})
	}
	for _, name := range []string{"DatabaseUrl", "AuthDatabaseUrl"} {
		if parameters[name].(map[string]any)["NoEcho"] != true {
			t.Errorf("%s is shown", name)
		}
	}
}

func TestRoutes(t *testing.T) {
	for _, c := range []struct{ mode, authorization string }{{"none", "NONE"}, {"permissive", "CUSTOM"}, {"strict", "CUSTOM"}} {
		t.Run(c.mode, func(t *testing.T) {
			s := deploy(t, map[string]string{"AuthorizerMode": c.mode})
			if route := s.resource("Route"); route["RouteKey"] != "ANY /{proxy+}" || route["AuthorizationType"] != c.authorization {
				t.Errorf("route %v", route)
			}
			if route := s.resource("OptionsRoute"); route["RouteKey"] != "OPTIONS /{proxy+}" || route["AuthorizationType"] != "NONE" || route["AuthorizerId"] != nil {
				t.Errorf("OPTIONS route %v", route)
			}
			for _, name := range []string{"AuthorizerFunction", "Authorizer", "AuthorizerRole", "AuthorizerInvoke"} {
				if there := s.resource(name) != nil; there != (c.mode != "none") {
					t.Errorf("%s is there: %v", name, there)
				}
			}
		})
	}
}

// TestAuthorizerAnswersAreNotCached: nothing names the caller's credential without fail, so there is nothing to cache by.
func TestAuthorizerAnswersAreNotCached(t *testing.T) {
	a := deploy(t, map[string]string{"AuthorizerMode": "strict"}).resource("Authorizer")
	if a["AuthorizerResultTtlInSeconds"] != 0.0 || a["IdentitySource"] != nil || a["EnableSimpleResponses"] != true {
		t.Errorf("%v", a)
	}
}

// TestFunctionsUnderstandTheirVariables loads what the template sets as the functions do.
func TestFunctionsUnderstandTheirVariables(t *testing.T) {
	for _, mode := range []string{"permissive", "strict"} {
		s := deploy(t, map[string]string{
			"AuthorizerMode": mode, "AllowedOrigins": "https://a.example", "SecretKeys": "ssm:/keys",
			"PublishableKeys": "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB",
		})
		for _, function := range []string{"ApiFunction", "AuthorizerFunction"} {
			t.Run(mode+" "+function, func(t *testing.T) {
				env := []string{"AWS_LAMBDA_FUNCTION_NAME=x"}
				for name, value := range environment(s, function) {
					env = append(env, name+"="+text(value))
				}
				c, err := config.Load(config.Serve, env)
				if err != nil {
					t.Fatal(err)
				}
				if string(c.JWT.Secret) != "ssm:/pergola/jwt-secret" {
					t.Error("the secret's reference does not arrive")
				}
				if string(c.APIKeys.Secret) != "ssm:/keys" || c.APIKeys.Publishable == "" {
					t.Error("the API keys do not arrive")
				}
			})
		}
	}
}

func environment(s *stack, function string) map[string]any {
	s.t.Helper()
	return s.resource(function)["Environment"].(map[string]any)["Variables"].(map[string]any)
}

// TestSecretsAreNowhereInTheTemplate: a dynamic reference would put the value into the function's configuration.
func TestSecretsAreNowhereInTheTemplate(t *testing.T) {
	if strings.Contains(readFile(t, "template.yaml"), "{{resolve:") {
		t.Error("the template resolves a secret")
	}
}

// gatewayCORS is the CORS configuration of the template's gateway.
func gatewayCORS(t *testing.T, origins string) *apigw.CORS {
	t.Helper()
	c := deploy(t, map[string]string{"AllowedOrigins": origins}).resource("Api")["CorsConfiguration"].(map[string]any)
	return &apigw.CORS{
		AllowOrigins: texts(c["AllowOrigins"]), AllowMethods: texts(c["AllowMethods"]), AllowHeaders: texts(c["AllowHeaders"]),
		ExposeHeaders: texts(c["ExposeHeaders"]), AllowCredentials: c["AllowCredentials"].(bool), MaxAge: int(c["MaxAge"].(float64)),
	}
}

// TestGatewayAndServerAgreeOnCORS compares the gateway's answers with those of core/web, which answers browsers where there
// is no gateway.
func TestGatewayAndServerAgreeOnCORS(t *testing.T) {
	const page = "https://app.example.com"
	for _, origins := range []string{"*", page} {
		g := &apigw.Gateway{CORS: gatewayCORS(t, origins)}
		w := web.CORS(web.CORSOptions{Origins: strings.Split(origins, ","), Supabase: true})(http.NotFoundHandler())
		for _, r := range []corpus.Request{
			{Name: "preflight", Method: "OPTIONS", Target: "/rest/v1/x", Header: []corpus.Field{
				{Name: "Origin", Value: page},
				{Name: "Access-Control-Request-Method", Value: "POST"},
				{Name: "Access-Control-Request-Headers", Value: "apikey,authorization,prefer"},
			}},
			{Name: "request", Method: "GET", Target: "/", Header: []corpus.Field{
				{Name: "Origin", Value: page}, {Name: "apikey", Value: "a key"}, // as supabase-js sends it, for which the gateway is set up
			}},
		} {
			t.Run(origins+" "+r.Name, func(t *testing.T) {
				if d := cmp.Diff(corsOf(t, w, r), corsOf(t, g, r)); d != "" {
					t.Errorf("core/web (-) and the gateway (+):\n%s", d)
				}
			})
		}
	}
}

// corsOf gives the CORS headers of an answer, lists in small letters and sorted. Two headers that browsers may always send
// are left out: the gateway need not list them.
func corsOf(t *testing.T, h http.Handler, r corpus.Request) map[string][]string {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	out := map[string][]string{}
	for name, value := range send(t, s.Listener.Addr().String(), r).Header {
		if !strings.HasPrefix(name, "Access-Control-") {
			continue
		}
		var list []string
		for v := range strings.SplitSeq(strings.ToLower(value), ",") {
			if v = strings.TrimSpace(v); v != "accept-language" && v != "content-language" {
				list = append(list, v)
			}
		}
		slices.Sort(list)
		out[name] = slices.Compact(list)
	}
	if len(out) == 0 {
		t.Errorf("%s: no CORS headers", r.Name)
	}
	return out
}

// TestPreflightOfSupabaseJS asks for every header that supabase-js and its tracing send.
func TestPreflightOfSupabaseJS(t *testing.T) {
	g := &apigw.Gateway{CORS: gatewayCORS(t, "*"), Authorizer: liar{}}
	for _, header := range strings.Fields(`authorization apikey content-type prefer accept accept-profile content-profile range range-unit
		x-client-info x-supabase-api-version x-upsert if-none-match traceparent tracestate baggage`) {
		for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"} {
			got := ask(t, g, corpus.Request{Name: header, Method: "OPTIONS", Target: "/rest/v1/x", Header: []corpus.Field{
				{Name: "Origin", Value: "https://app.example.com"},
				{Name: "Access-Control-Request-Method", Value: method},
				{Name: "Access-Control-Request-Headers", Value: header},
			}})
			if got.Status != 204 || got.Header["Access-Control-Allow-Origin"] != "*" {
				t.Errorf("%s with %s: %v", method, header, got)
			}
		}
	}
}

// TestSamBuildFollowsTheArchitecture: a function of the wrong architecture would only fail once it is deployed.
func TestSamBuildFollowsTheArchitecture(t *testing.T) {
	parameters := readTemplate(t)["Parameters"].(map[string]any)["Architecture"].(map[string]any)
	if parameters["Default"] != "arm64" {
		t.Errorf("default %v", parameters["Default"])
	}
	goarch := map[string]string{"arm64": "arm64", "x86_64": "amd64"}
	for _, architecture := range texts(parameters["AllowedValues"]) {
		s := deploy(t, map[string]string{"Architecture": architecture})
		for _, function := range []string{"ApiFunction", "AuthFunction", "AuthorizerFunction"} {
			metadata := s.eval(s.template["Resources"].(map[string]any)[function].(map[string]any)["Metadata"]).(map[string]any)
			makefile := filepath.Join(metadata["ContextPath"].(string), "Makefile")
			out := dryRun(t, makefile, "build-"+function)
			for _, part := range []string{"GOARCH=" + goarch[architecture] + " ", "CGO_ENABLED=0", "-trimpath", `-ldflags "-s -w"`, "-tags lambda.norpc", "/bootstrap"} {
				if !strings.Contains(out, part) {
					t.Errorf("%s for %s lacks %s: %s", function, architecture, part, out)
				}
			}
		}
	}
}

func dryRun(t *testing.T, makefile, target string) string {
	t.Helper()
	out, err := command("make", "-n", "-f", makefile, target, "ARTIFACTS_DIR=/artifacts")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
