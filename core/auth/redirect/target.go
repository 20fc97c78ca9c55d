package redirect

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLength is the longest target and maxHost the longest host name in bytes, the latter as in the DNS. Patterns are
// matched by trying, and a target comes from anybody: three stars in a host would take seconds for a name of 4 kB.
const (
	maxLength = 8192
	maxHost   = 253
)

var (
	// schemeForm is RFC 3986's form of a scheme with the underscore, which applications use although it is not allowed.
	schemeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*$`)
	// hostForm is a host name without surprises: no escapes, no underscores, no characters of other scripts that look
	// like these. A name of another script passes in its xn-- form.
	hostForm = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$`)
	// ownSchemes are run or opened by the browser itself, so they lead nowhere, whatever a wide pattern may match.
	ownSchemes = []string{"javascript", "vbscript", "data", "blob", "file", "filesystem", "about", "view-source"}
)

// parse reads an absolute URL, and refuses with a reason what browsers read in another way than this package does.
func parse(text string) (*url.URL, string) {
	switch {
	case len(text) > maxLength:
		return nil, fmt.Sprintf("is longer than %d bytes", maxLength)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, isControl):
		return nil, "holds a blank or a control character"
	case strings.Contains(text, `\`):
		return nil, "holds a backslash, which browsers read as a slash"
	}
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !schemeForm.MatchString(scheme) {
		return nil, "has no scheme"
	}
	// The standard library refuses an underscore; the rest of the URL is read as with any other scheme.
	u, err := url.Parse(strings.ReplaceAll(scheme, "_", "-") + ":" + rest)
	if err != nil {
		return nil, "cannot be read as a URL"
	}
	u.Scheme = strings.ToLower(scheme)
	if slices.Contains(ownSchemes, u.Scheme) {
		return nil, "has a scheme that leads to no application"
	}
	if u.User != nil {
		return nil, "names a user before its host"
	}
	return u, ""
}

func isControl(r rune) bool { return r <= ' ' || r == 0x7f }

// web reports whether a browser reads u by the rules for http, with a host in any case.
func web(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

// oddHost says what is wrong with the host name of u, "" when nothing is. Other schemes than http and https name their
// hosts as they like, but a mere number is not allowed there either.
func oddHost(u *url.URL) string {
	host := u.Hostname()
	switch {
	case isNumber(host) || web(u) && endsInNumber(host):
		return "writes an address as a number"
	case web(u) && !hostForm.MatchString(host):
		return "has an unusual character in its host name"
	case web(u) && len(host) > maxHost:
		return fmt.Sprintf("has a host name of more than %d bytes", maxHost)
	}
	return ""
}

// endsInNumber reports whether browsers read host as an IPv4 address: 127.1, 0x7f.1 and 017700000001 all are one
// (WHATWG URL, "ends in a number checker").
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return isNumber(host[strings.LastIndexByte(host, '.')+1:])
}

// isNumber reports whether s is a number in decimal, octal or hexadecimal form.
func isNumber(s string) bool {
	digits := "0123456789"
	if len(s) >= 2 && strings.EqualFold(s[:2], "0x") {
		s, digits = s[1:], "0123456789abcdefABCDEFxX"
	}
	return s != "" && strings.Trim(s, digits) == ""
}
