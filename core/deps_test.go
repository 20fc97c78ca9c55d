package core_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// leaves say what things are.
var leaves = []string{"core/fault", "core/identity", "core/dialect", "core/catalog", "core/stmt", "core/config"}

// ownImports lists, package by package, what it may import of ours beside the leaves. A package that is not listed may
// import whatever no ban below forbids.
var ownImports = []struct {
	pkg    string
	may    []string
	reason string
}{
	{"core/query", nil, "what was asked is known before anything is looked up"},
	{"core/plan", []string{"core/query"}, "a plan is a function of the request, the catalog and the dialect alone"},
	{"core/policy", []string{"core/query", "core/plan"}, "a policy sees plans, never SQL text"},
	{"core/sqlgen", []string{"core/query", "core/plan", "core/policy"}, "SQL is written from a guarded plan and nothing else"},
	{
		"core/engine",
		[]string{"core/query", "core/plan", "core/policy", "core/sqlgen"},
		"the pipeline knows its stages; the database behind it is an interface that app fills in",
	},
	{"core/pg", nil, "the database side runs statements and knows nothing of what they are for"},
	{"core/token", nil, "tokens are verified in the authorizer too, which has no database"},
	{"core/auth/access", []string{"core/token"}, "access tokens are signed with the keys that everybody verifies them with"},
	{"core/auth/uuid", nil, "an id is made and read without knowing whose it is"},
	{"core/auth/totp", nil, "a code is checked without knowing whose it is"},
	{"core/auth/password", nil, "a hash is verified without knowing whose it is"},
	{"core/auth/refresh", []string{"core/auth/uuid"}, "what a refresh token is worth is decided from values, so that every rule is a row of a test"},
	{"core/auth/redirect", nil, "where a redirect may lead depends on the settings and the target alone"},
	{"core/auth/webhook", []string{"core/auth/uuid"}, "a hook carries what it is given and knows nothing of it"},
	{"core/auth/oauth", nil, "who somebody is at a provider is found out without knowing who they are here"},
	{"core/auth/mail", nil, "a message is made from variables, whoever they are about"},
	{"core/auth/cognito", []string{"core/auth/password", "core/awsapi"}, "a pool keeps passwords, and knows nothing of what else a user is"},
	{"core/auth/ses", []string{"core/auth/mail", "core/awsapi"}, "a message is sent as it was made, whoever it is about"},
	{"core/awsapi", nil, "a call is signed and made without knowing what it is for"},
	{"core/auth/schema", nil, "migrations run before there is a service"},
	{"core/auth/store", nil, "the store says things in SQL and decides nothing"},
	{
		"core/auth/flow",
		[]string{"core/auth/access", "core/auth/mail", "core/auth/oauth", "core/auth/password", "core/auth/redirect", "core/auth/refresh", "core/auth/store", "core/auth/totp", "core/auth/uuid", "core/auth/webhook"},
		"a flow knows neither HTTP nor a database",
	},
	{
		"core/auth/wire",
		[]string{"core/auth/flow", "core/auth/password", "core/auth/refresh", "core/auth/store", "core/web"},
		"the forms of the wire are made from what flows give",
	},
	{"core/gateway", []string{"core/web"}, "an event adapter speaks net/http; only web knows how a fault of its own is written"},
}

// bans are imports that are the business of few. A path in from, to or except covers what lies below it.
var bans = []struct {
	from   []string // who must not; empty for everybody
	to     []string // what: packages of ours by their directory, others by their import path
	except []string // who may all the same
	tests  bool     // test files may too
	reason string
}{
	{
		to: []string{"github.com/jackc/pgx"}, except: []string{"core/pg", "internal/localpg", "internal/pgtest", "internal/dsqlproxy", "test"}, tests: true,
		reason: "one package talks to the database: whatever it does about retries, settings and round trips holds for all",
	},
	{
		to: []string{"github.com/cedar-policy/cedar-go"}, except: []string{"core/policy"},
		reason: "its partial evaluator is declared unstable, and what a residual means must be decided in one place",
	},
	{
		to: []string{"github.com/aws/aws-lambda-go"}, except: []string{"core/gateway", "functions", "authorizer", "test"}, tests: true,
		reason: "everything behind the gateway speaks net/http, so that a laptop and a Lambda run the same handler",
	},
	{
		to: []string{"github.com/aws/aws-sdk-go-v2"}, except: []string{"core/awsapi", "core/pg", "test"}, tests: true,
		reason: "the SDK is slow to start and large: only what fetches a secret or a database token pays for it",
	},
	{
		from: []string{"core/auth/flow", "core/auth/wire"}, to: []string{"core/stmt", "core/pg"}, tests: true,
		reason: "only the store of the Auth service knows its tables",
	},
	{
		to: []string{"github.com/wneessen/go-mail", "golang.org/x/net"}, except: []string{"core/auth/mail"},
		reason: "mail is made and sent in one place, and only the function that sends it carries what that takes",
	},
	{
		to: []string{"golang.org/x/oauth2", "github.com/coreos/go-oidc"}, except: []string{"core/auth/oauth"}, tests: true,
		reason: "what a provider says is checked in one place: whoever asks one elsewhere forgets a check",
	},
	{
		to: []string{"github.com/boombuler/barcode"}, except: []string{"core/auth/totp"}, tests: true,
		reason: "one picture is drawn, in one place",
	},
	{
		to: []string{"golang.org/x/crypto"}, except: []string{"core/auth/password"}, tests: true,
		reason: "passwords are hashed in one place; whoever needs another hash has the standard library",
	},
	{
		from: []string{"core/api", "core/web"}, to: []string{"core/pg", "core/sqlgen", "core/policy"},
		reason: "a front door asks the engine: a database call of its own would be an unguarded one",
	},
	{
		to: []string{"core/app"}, except: []string{"core/cli", "functions", "examples", "test"}, tests: true,
		reason: "app knows everybody, so nobody whom it knows may know it",
	},
	{
		to: []string{"core/api/explorer"}, except: []string{"core/cli", "examples"}, tests: true,
		reason: "its page is over a megabyte: a Lambda does not carry what no request of its needs",
	},
	{
		to: []string{"core/cli"}, except: []string{"main", "internal/pgtest", "test"}, // pgtest makes what dev makes, with core/cli/setup
		reason: "the command line is the end of a chain: what others need of it belongs in app",
	},
	{
		to: []string{"internal/pgtest", "internal/golden", "internal/authtest", "internal/oidctest", "internal/dsqlproxy", "internal/awstest"}, except: []string{"internal/pgtest", "internal/authtest", "test"}, tests: true,
		reason: "the test kit must not reach the binary",
	},
	{
		to:     []string{"util", "utils", "helpers", "common"},
		reason: "such a name says nothing about what is inside, and so everything ends up there",
	},
}

// environment says who may ask the process environment.
var environment = struct {
	except []string
	reason string
}{
	[]string{"core/config", "main", "functions", "internal/pgtest", "internal/authtest", "internal/awstest", "test", "scripts"},
	"one package reads the environment, so that every setting is documented, checked and reported at once",
}

func TestOwnImports(t *testing.T) {
	tree := parseTree(t)
	for _, rule := range ownImports {
		for _, f := range tree.files {
			if f.test || f.dir != rule.pkg {
				continue
			}
			for _, imp := range f.own {
				if !slices.Contains(leaves, imp) && !slices.Contains(rule.may, imp) {
					t.Errorf("%s imports %s: %s", f.path, imp, rule.reason)
				}
			}
		}
	}
}

func TestLeavesImportNothingOfOurs(t *testing.T) {
	for _, f := range parseTree(t).files {
		if slices.Contains(leaves, f.dir) && !f.test && len(f.own) > 0 {
			t.Errorf("%s imports %v: leaves say what things are, and stand below everything", f.path, f.own)
		}
	}
}

func TestBans(t *testing.T) {
	for _, f := range parseTree(t).files {
		for _, ban := range bans {
			if len(ban.from) > 0 && !covers(ban.from, f.dir) || covers(ban.except, f.dir) || ban.tests && f.test {
				continue
			}
			for _, imp := range f.imports {
				if banned(ban.to, imp, f.dir) {
					t.Errorf("%s imports %s: %s", f.path, imp, ban.reason)
				}
			}
		}
	}
}

// banned reports whether an import is one of to. What a package imports of its own directory is its own business.
func banned(to []string, imp, dir string) bool {
	if covers([]string{dir}, imp) {
		return false
	}
	last := imp[strings.LastIndex(imp, "/")+1:]
	return covers(to, imp) || slices.Contains(to, last) && !strings.Contains(imp, ".")
}

func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	for _, f := range parseTree(t).files {
		if f.test || covers(environment.except, f.dir) {
			continue
		}
		for _, name := range []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"} {
			for _, line := range f.calls("os", name) {
				t.Errorf("%s:%d calls os.%s: %s", f.path, line, name, environment.reason)
			}
		}
	}
}

func TestNoInit(t *testing.T) {
	for _, f := range parseTree(t).files {
		if line := f.funcLine("init"); line > 0 {
			t.Errorf("%s:%d: an init runs before main can decide anything, in every program that imports the package", f.path, line)
		}
	}
}

func TestEveryPackageHasADocFile(t *testing.T) {
	tree := parseTree(t)
	for dir, name := range tree.packages {
		if doc := tree.file(dir + "/doc.go"); name != "main" && (doc == nil || doc.syntax.Doc == nil) {
			t.Errorf("%s has no doc.go with a package comment: a package says its place in the pipeline", dir)
		}
	}
}

// A Lambda's entry point is a doorstep: what it does must be testable without it.
func TestEntryPointsAreShort(t *testing.T) {
	for _, f := range parseTree(t).files {
		if strings.HasPrefix(f.dir, "functions/") && f.lines > 40 {
			t.Errorf("%s has %d lines, 40 are allowed: logic belongs in a package", f.path, f.lines)
		}
	}
}

// A fact that no code asks for is a promise that nobody keeps.
func TestEveryDialectFactIsRead(t *testing.T) {
	tree := parseTree(t)
	for _, field := range tree.structFields("core/dialect", "Facts") {
		read := slices.ContainsFunc(tree.files, func(f *goFile) bool {
			return !f.test && f.dir != "core/pg" && f.dir != "core/dialect" && f.selects(field, isFacts)
		})
		if !read {
			t.Errorf("dialect.Facts.%s is read by no package but pg", field)
		}
	}
}

// A setting that is accepted and not acted upon misleads whoever gives it.
func TestEverySettingIsRead(t *testing.T) {
	tree := parseTree(t)
	anything := func(ast.Expr) bool { return true }
	for _, part := range []string{
		"Config", "Database", "REST", "TxEnd", "JWT", "Server", "OpenAPI", "Limits", "Log", "Dev", "Auth", "AuthDatabase", "AuthJWT", "SignUp",
		"Mailer", "MailText", "SMTP", "SES", "SMS", "Cognito", "Passwords", "RefreshTokens", "Sessions", "Security", "RateLimits", "MFA", "Hooks", "Hook",
		"External", "OAuthProvider",
	} {
		for _, field := range tree.structFields("core/config", part) {
			read := slices.ContainsFunc(tree.files, func(f *goFile) bool {
				given := f.path == "core/config/level.go" // where a method stands for the field
				return !f.test && (f.dir != "core/config" || given) && f.selects(field, anything)
			})
			if !read {
				t.Errorf("config.%s.%s is read by no package", part, field)
			}
		}
	}
}
