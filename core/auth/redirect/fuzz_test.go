package redirect_test

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// FuzzAllows demands of any target: nothing panics; what is allowed has a scheme, is read alike by the standard library
// and by a browser, and leads to the site, to an entry of the list or to a loopback address.
func FuzzAllows(f *testing.F) {
	p := policy(f, "https://site.example", "https://*.list.example/**", "https://**.deep.example/x", "com.my_app://cb/**")
	for _, line := range strings.Split(attacks, "\n") {
		f.Add(strings.NewReplacer("GOOD", "x.list.example", "EVIL", "evil.test").Replace(line))
	}
	for _, target := range []string{
		"https://site.example/", "https://a.list.example/b/c", "https://a.b.deep.example/x", "com.my_app://cb/x",
		"http://127.0.0.1:3000/", "http://[::1]/", "https://evil.test/.deep.example/x", "https://evil.test?.deep.example/x",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if !p.Allows(target) {
			return
		}
		host, port := browserHost(target)
		scheme, rest, _ := strings.Cut(target, ":")
		u, err := url.Parse(strings.ReplaceAll(scheme, "_", "-") + ":" + rest) // the standard library takes no underscore
		if err != nil || u.Scheme == "" {
			t.Fatalf("%q is allowed and cannot be parsed: %v", target, err)
		}
		if !strings.EqualFold(u.Hostname(), host) || u.Port() != port {
			t.Errorf("%q leads to %q (%s), a browser goes to %q (%s)", target, u.Hostname(), u.Port(), host, port)
		}
		if !expected(strings.ToLower(u.Scheme), host, port) {
			t.Errorf("%q is allowed by nothing", target)
		}
	})
}

var (
	listed = regexp.MustCompile(`^[^./?#]*\.list\.example$`)
	deep   = regexp.MustCompile(`^[^/?#]*\.deep\.example$`)
)

// expected says, without globs, what the policy of FuzzAllows may allow.
func expected(scheme, host, port string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	switch scheme {
	case "https":
		return port == "" && (host == "site.example" || listed.MatchString(host) || deep.MatchString(host))
	case "com.my-app":
		return host == "cb"
	}
	return false
}

// browserHost reads host and port as a browser does (WHATWG URL, basic URL parser): it trims blanks, drops tabs and line
// ends, takes backslashes for slashes and any number of them for two in http and https, and the last "@" for the end of
// the user.
func browserHost(target string) (host, port string) {
	target = strings.TrimFunc(target, func(r rune) bool { return r <= ' ' })
	target = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(target)
	scheme, rest, _ := strings.Cut(target, ":")
	scheme = strings.ToLower(scheme)
	switch {
	case scheme == "http" || scheme == "https":
		rest = strings.TrimLeft(strings.ReplaceAll(rest, `\`, "/"), "/")
	case !strings.HasPrefix(rest, "//"):
		return "", ""
	}
	rest = strings.TrimPrefix(rest, "//")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, ']') {
		rest, port = rest[:colon], rest[colon+1:]
	}
	return strings.Trim(strings.ToLower(rest), "[]"), port
}
