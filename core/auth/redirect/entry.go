package redirect

import (
	"net/url"
	"strings"

	"github.com/gobwas/glob"
)

// entry is one pattern of the allow list. In it "*" stands for anything within a segment, "**" for anything at all; dots
// and slashes separate segments.
type entry struct {
	whole *glob.Pattern
	// host is the part of the pattern that stands for host and port, nil when the pattern does not show where that ends.
	// Without it, "**" in a host would let a path or a query complete the name: https://evil.example/.site.example/ would
	// match https://**.site.example/.
	host *glob.Pattern
}

// compile makes an entry of its text. The error is glob's, and says where the pattern is wrong.
func compile(text string) (entry, error) {
	whole, err := glob.Compile(text, '.', '/')
	if err != nil {
		return entry{}, err
	}
	e := entry{whole: whole}
	if host := hostPart(text); host != "" {
		e.host, err = glob.Compile(host, '.', '/')
	}
	return e, err
}

// matches reports whether the entry stands for target, without its fragment, which was parsed as u.
func (e entry) matches(target string, u *url.URL) bool {
	return e.whole.Match(target) && (e.host == nil || !web(u) || e.host.Match(u.Host))
}

// hostPart cuts the part of a pattern out that stands for host and port: what is between "://" and the next slash, both
// outside of alternatives and classes. It is "" when there is none, and when a question mark stands in it and no slash
// behind: that may be a wildcard in the host or the beginning of a query.
func hostPart(pattern string) string {
	start := outerIndex(pattern, "://")
	if start < 0 {
		return ""
	}
	host := pattern[start+len("://"):]
	end := outerIndex(host, "/")
	if end < 0 && strings.Contains(host, "?") {
		return ""
	}
	if end >= 0 {
		host = host[:end]
	}
	return host
}

// outerIndex is strings.Index outside of a pattern's braces, brackets and escapes.
func outerIndex(pattern, what string) int {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			if depth == 0 && strings.HasPrefix(pattern[i:], what) {
				return i
			}
		}
	}
	return -1
}
