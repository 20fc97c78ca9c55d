package password_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/password"
)

func TestRules(t *testing.T) {
	mixed := []string{"abc", "ABC", "123"}
	for _, c := range []struct {
		name    string
		rules   password.Rules
		plain   string
		message string // "" for a strong password
		details string
	}{
		{name: "six bytes by default", plain: "secret"},
		{name: "three characters of six bytes", plain: "ßßß"},
		{
			name: "five bytes", plain: "short",
			message: "Password should be at least 6 characters.", details: `{"reasons":["length"]}`,
		},
		{
			name: "empty", plain: "",
			message: "Password should be at least 6 characters.", details: `{"reasons":["length"]}`,
		},
		{
			name: "a minimum under six", rules: password.Rules{MinLength: 1}, plain: "short",
			message: "Password should be at least 6 characters.", details: `{"reasons":["length"]}`,
		},
		{name: "the minimum", rules: password.Rules{MinLength: 12}, plain: "longerlonger"},
		{
			name: "one less", rules: password.Rules{MinLength: 12}, plain: "longerlonge",
			message: "Password should be at least 12 characters.", details: `{"reasons":["length"]}`,
		},
		{name: "a character of each set", rules: password.Rules{Required: mixed}, plain: "xxxaB3"},
		{
			name: "two sets missing", rules: password.Rules{Required: mixed}, plain: "aaaaaa",
			message: "Password should contain at least one character of each: abc, ABC, 123.",
			details: `{"reasons":["characters"]}`,
		},
		{
			name: "the last set missing", rules: password.Rules{Required: mixed}, plain: "aaaAAA",
			message: "Password should contain at least one character of each: abc, ABC, 123.",
			details: `{"reasons":["characters"]}`,
		},
		{
			name: "both", rules: password.Rules{MinLength: 8, Required: mixed}, plain: "aaa",
			message: "Password should be at least 8 characters. " +
				"Password should contain at least one character of each: abc, ABC, 123.",
			details: `{"reasons":["length","characters"]}`,
		},
		{name: "an empty set", rules: password.Rules{Required: []string{""}}, plain: "secret"},
		{name: "a set beyond ASCII", rules: password.Rules{Required: []string{"äöü"}}, plain: "schön!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.rules.Check(c.plain)
			if c.message == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			details := checkFault(t, err, 422, "weak_password", c.message)
			if got, err := json.Marshal(details); err != nil || string(got) != c.details {
				t.Errorf("weak_password is %s (%v), want %s", got, err, c.details)
			}
		})
	}
}

func TestParseRequired(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one set", "abc", []string{"abc"}},
		{"two sets", "abc:123", []string{"abc", "123"}},
		{"empty sets", "::abc:::123:", []string{"abc", "123"}},
		{"colons alone", ":::", nil},
		{"an escaped colon", `a\:b`, []string{"a:b"}},
		{"escaped colons in a row", `\:\:\:`, []string{":::"}},
		{"escaped colons and sets", `a\:b\:c:d\:e`, []string{"a:b:c", "d:e"}},
		{"an escaped colon at either end", `\:abc\:`, []string{":abc:"}},
		{"another backslash", `a\b`, []string{`a\b`}},
		{"a backslash at the end", `abc\`, []string{`abc\`}},
		{"two backslashes and a colon", `a\\:b`, []string{`a\:b`}},
		{"beyond ASCII", "äöü:ß", []string{"äöü", "ß"}},
		{
			"Supabase's strongest", `abcdefghijklmnopqrstuvwxyz:ABCDEFGHIJKLMNOPQRSTUVWXYZ:0123456789:!@#$%^&*()_+-=[]{};'\\:"|<>?,./` + "`~",
			[]string{
				"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", `!@#$%^&*()_+-=[]{};'\:"|<>?,./` + "`~",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, password.ParseRequired(c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is printed with escapes is parsed back, and nothing but escapes and separators is lost.
func FuzzParseRequired(f *testing.F) {
	for _, text := range []string{"", "abc:123", `a\:b`, `\:\:`, `\\:`, `\`, "::", "ä:ö"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sets := password.ParseRequired(text)
		printed := make([]string, len(sets))
		for i, set := range sets {
			printed[i] = strings.ReplaceAll(set, ":", `\:`)
			if set == "" {
				t.Errorf("%q has an empty set", text)
			}
			if strings.HasSuffix(set, `\`) && i < len(sets)-1 {
				t.Errorf("%q: the set %q ends before a colon that its backslash escapes", text, set)
			}
		}
		if diff := cmp.Diff(sets, password.ParseRequired(strings.Join(printed, ":"))); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		if got, want := strings.Join(sets, ""), strings.ReplaceAll(text, `\:`, ":"); strings.ReplaceAll(got, ":", "") != strings.ReplaceAll(want, ":", "") {
			t.Errorf("%q gave %q", text, sets)
		}
	})
}
