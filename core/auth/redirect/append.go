package redirect

import (
	"net/url"
	"slices"
	"strings"
)

// AppendQuery gives target with params in its query, in the order of all names; a parameter that is there already is
// replaced, path and fragment stay. This is how "?code=" and, with PKCE, "?error=" reach an application.
func AppendQuery(target string, params url.Values) string {
	target, fragment := cutFragment(target)
	base, query, _ := strings.Cut(target, "?")
	return base + "?" + merge(query, params) + fragment
}

// AppendFragment gives target with "#" and params behind all that it holds. This is how "#access_token=" reaches an
// application; one whose target has a fragment of its own finds both, the second behind a second "#", as with GoTrue.
func AppendFragment(target string, params url.Values) string {
	return target + "#" + params.Encode()
}

// ReplaceFragment gives target with params for its fragment; query and path stay. This is how "#error=" and "#message="
// reach an application.
func ReplaceFragment(target string, params url.Values) string {
	target, _ = cutFragment(target)
	return target + "#" + params.Encode()
}

// cutFragment divides target before its "#". An empty fragment is dropped.
func cutFragment(target string) (rest, fragment string) {
	rest, fragment, _ = strings.Cut(target, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	return rest, fragment
}

// merge puts params into a query. One that cannot be read whole keeps its text, but for the pairs of the same names.
func merge(query string, params url.Values) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return without(query, params) + params.Encode()
	}
	for name, value := range params {
		values[name] = value
	}
	return values.Encode()
}

// without drops the pairs that params names from a query, and ends what is left with "&".
func without(query string, params url.Values) string {
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		return pair == "" || err == nil && params.Has(name)
	})
	if len(pairs) == 0 {
		return ""
	}
	return strings.Join(pairs, "&") + "&"
}
