package token_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/token"
)

// claims are what a Keycloak, an Auth0 and an Entra token look like where the role is concerned.
func claims() map[string]any {
	return map[string]any{
		"role":                         "web_user",
		"postgrest":                    map[string]any{"roles": []any{"other", "author", 7.0}, "wlcg": []any{"/groupa", "/groupb/"}},
		"https://www.example.com/role": map[string]any{"key": "author"},
		"it's":                         "quoted",
		"ä":                            "ünïcode",
	}
}

func TestRolePath(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		want       any // nil when nothing is selected
	}{
		{"a claim", ".role", "web_user"},
		{"a claim in the form of RFC 9535", "$.role", "web_user"},
		{"a claim that is not there", ".nothing", nil},
		{"below a text", ".role.deeper", nil},
		{"an index", ".postgrest.roles[1]", "author"},
		{"an index from the end", "$.postgrest.wlcg[-1]", "/groupb/"},
		{"an index beyond the end", ".postgrest.roles[3]", nil},
		{"an index below the start", "$.postgrest.roles[-4]", nil},
		{"an index into an object", ".postgrest[0]", nil},
		{"a name in quotes", `."https://www.example.com/role".key`, "author"},
		{"a name in brackets", `$['https://www.example.com/role'].key`, "author"},
		{"a name with an escaped quote", `$['it\'s']`, "quoted"},
		{"a name beyond ASCII", ".ä", "ünïcode"},
		{"an element that equals", `.postgrest.roles[?(@ == "author")]`, "author"},
		{"an element that equals, without parentheses", `$.postgrest.roles[?@=='author']`, "author"},
		{"no element equals", `.postgrest.roles[?(@ == "nobody")]`, nil},
		{"the first element that differs", `.postgrest.roles[?(@ != "other")]`, "author"},
		{"an element that begins", `.postgrest.roles[?(@ ^== "aut")]`, "author"},
		{"an element that ends", `.postgrest.roles[?(@ ==^ "hor")]`, "author"},
		{"an element that contains", `.postgrest.roles[?(@ *== "utho")]`, "author"},
		{"an element that a pattern finds", `$.postgrest.roles[?search(@, '^au')]`, "author"},
		{"a filter on a text", `.role[?(@ == "web_user")]`, nil},
		{"a slice to the end", ".postgrest.wlcg[0][1:]", "groupa"},
		{"a slice that ends before the end", ".postgrest.wlcg[1][1:-1]", "groupb"},
		{"a slice from the start", ".role[:3]", "web"},
		{"the whole slice", ".role[:]", "web_user"},
		{"an empty slice", ".role[5:2]", ""},
		{"a slice in characters", ".ä[1:2]", "n"},
		{"a slice of a filtered element", `.postgrest.wlcg[?(@ *== "b/")][1:-1]`, "groupb"},
		{"every element", "$.postgrest.roles[*]", "other"},
		{"every element, with a dot", "$.postgrest.roles.*", "other"},
		{"every member", "$.postgrest[*]", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := token.FirstAt(tt.path, claims())
			if err != nil {
				t.Fatal(err)
			}
			if ok != (tt.want != nil) || got != tt.want {
				t.Errorf("%s gives %v (%v), want %v", tt.path, got, ok, tt.want)
			}
		})
	}
}

func TestRolePathRefused(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"", `at 0: expected "." or "$"`},
		{"role", `at 0: expected "." or "$"`},
		{"$", "at 1: expected the name of a claim"},
		{".", "at 1: expected a name of letters, digits, _, $ and @, or one in quotes"},
		{"$..role", "at 2: expected a name of letters, digits, _, $ and @, or one in quotes"},
		{".role extra", `at 5: expected "." or "["`},
		{`."open`, `at 6: expected the closing "`},
		{".roles[", "at 7: expected a name in quotes, a number, a slice, a filter or *"},
		{".roles[x]", "at 7: expected a name in quotes, a number, a slice, a filter or *"},
		{".roles[1", `at 8: expected "]"`},
		{".roles[1:2:3]", `at 10: expected "]"`},
		{".roles[99999999999999999999]", "at 7: not a number that fits"},
		{".roles[-]", "at 7: not a number that fits"},
		{`.roles[?(@ = "x")]`, "at 11: expected one of ==, !=, ^==, ==^, *=="},
		{`.roles[?(@ == x)]`, "at 14: expected a text in quotes"},
		{`.roles[?(@ == "x"]`, `at 17: expected ")"`},
		{`.roles[?("x" == @)]`, `at 9: expected "@"`},
		{`$.roles[?search(@ '^x')]`, `at 18: expected ","`},
	} {
		t.Run(tt.path, func(t *testing.T) {
			_, _, err := token.FirstAt(tt.path, claims())
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzRolePath(f *testing.F) {
	for _, seed := range []string{
		".role", "$.role", `."a b"[0][?(@ ==^ "x")][1:-1]`, `$['a'][-1][*].*`, `$.a[?search(@, "^(x|y)+$")]`, ".a[?@!='x']", "$[", ".[:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, ok, err := token.FirstAt(text, claims())
		if err != nil && (ok || found != nil) {
			t.Errorf("%q is refused and yet selects %v", text, found)
		}
		if again, okAgain, _ := token.FirstAt(text, claims()); okAgain != ok {
			t.Errorf("%q selects %v once and %v then", text, found, again)
		}
	})
}
