package redirect_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/redirect"
)

func TestAppend(t *testing.T) {
	code := url.Values{"code": {"c-1"}}
	session := url.Values{"token_type": {"bearer"}, "access_token": {"a.b.c"}, "sb": {""}}
	failure := url.Values{"error": {"access_denied"}, "error_description": {`Email link is <b>"invalid"</b> & more`}}
	const failed = "error=access_denied&error_description=Email+link+is+%3Cb%3E%22invalid%22%3C%2Fb%3E+%26+more"
	for _, tt := range []struct {
		name   string
		write  func(string, url.Values) string
		target string
		params url.Values
		want   string
	}{
		{"query", redirect.AppendQuery, "https://a.example/cb", code, "https://a.example/cb?code=c-1"},
		{"query without path", redirect.AppendQuery, "https://a.example", code, "https://a.example?code=c-1"},
		{"query, empty before", redirect.AppendQuery, "https://a.example/?", code, "https://a.example/?code=c-1"},
		{"query beside others", redirect.AppendQuery, "https://a.example/?z=1&a=x%20y", code, "https://a.example/?a=x+y&code=c-1&z=1"},
		{"query, repeated names stay", redirect.AppendQuery, "https://a.example/?a=2&a=1", code, "https://a.example/?a=2&a=1&code=c-1"},
		{"query in place of its own", redirect.AppendQuery, "https://a.example/?code=x&code=y", code, "https://a.example/?code=c-1"},
		{"query before a fragment", redirect.AppendQuery, "https://a.example/?a=1#/route?b=2", code, "https://a.example/?a=1&code=c-1#/route?b=2"},
		{"query before an empty fragment", redirect.AppendQuery, "https://a.example/#", code, "https://a.example/?code=c-1"},
		{"query with another question mark", redirect.AppendQuery, "https://a.example/?q=a?b", code, "https://a.example/?code=c-1&q=a%3Fb"},
		{"query, broken pairs stay", redirect.AppendQuery, "https://a.example/?a=%zz&b=1;2&", code, "https://a.example/?a=%zz&b=1;2&code=c-1"},
		{"query, broken pairs of its own go", redirect.AppendQuery, "https://a.example/?code=%zz&co%64e=x&a;b", code, "https://a.example/?a;b&code=c-1"},
		{"query, only broken pairs of its own", redirect.AppendQuery, "https://a.example/?code=%zz", code, "https://a.example/?code=c-1"},
		{"query of an application", redirect.AppendQuery, "com.my_app://cb", code, "com.my_app://cb?code=c-1"},
		{"query of an application without host", redirect.AppendQuery, "myapp:cb?x=1", code, "myapp:cb?code=c-1&x=1"},
		{"query, a failure is encoded", redirect.AppendQuery, "https://a.example/?keep=1", failure, "https://a.example/?" + failed + "&keep=1"},

		{"fragment", redirect.AppendFragment, "https://a.example/cb?x=1", session, "https://a.example/cb?x=1#access_token=a.b.c&sb=&token_type=bearer"},
		{"fragment behind another", redirect.AppendFragment, "https://a.example/#/route", session, "https://a.example/#/route#access_token=a.b.c&sb=&token_type=bearer"},
		{"fragment of an application", redirect.AppendFragment, "myapp://cb", session, "myapp://cb#access_token=a.b.c&sb=&token_type=bearer"},

		{"failure", redirect.ReplaceFragment, "https://a.example/?keep=1&error=x", failure, "https://a.example/?keep=1&error=x#" + failed},
		{"failure in place of a fragment", redirect.ReplaceFragment, "https://a.example/?a=%zz#/route#x", failure, "https://a.example/?a=%zz#" + failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.write(tt.target, tt.params)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if strings.ContainsAny(got, "<>\"' \r\n") {
				t.Errorf("%s could leave an attribute or a header", got)
			}
		})
	}
}

func TestAppendLeavesItsArgumentsAlone(t *testing.T) {
	params := url.Values{"code": {"c-1"}}
	redirect.AppendQuery("https://a.example/?a=1", params)
	if len(params) != 1 || params.Get("code") != "c-1" {
		t.Errorf("the parameters became %v", params)
	}
}
