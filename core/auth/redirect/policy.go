package redirect

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Policy is where redirects may lead: back to the site, to what the allow list names, and to the person's own machine.
// It never changes and may be used by many at once.
type Policy struct {
	siteURL string
	site    *url.URL
	entries []entry
}

// New makes a policy of GOTRUE_SITE_URL and the entries of GOTRUE_URI_ALLOW_LIST, which are globs over a whole URL without
// its fragment. Blanks around an entry, and empty entries, mean nothing. The error names the value that cannot be used.
func New(siteURL string, allowList []string) (*Policy, error) {
	site, why := parse(siteURL)
	if why == "" && web(site) && site.Hostname() == "" {
		why = "names no host"
	}
	if why != "" {
		return nil, fmt.Errorf("the site URL %q %s", siteURL, why)
	}
	p := &Policy{siteURL: siteURL, site: site}
	for _, text := range allowList {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		e, err := compile(text)
		if err != nil {
			return nil, fmt.Errorf("the entry %q of the redirect allow list is not a pattern: %w", text, err)
		}
		p.entries = append(p.entries, e)
	}
	return p, nil
}

// Allows reports whether a redirect may lead to target, an absolute URL.
func (p *Policy) Allows(target string) bool { return p.refusal(target) == "" }

// Choose gives the target of a redirect: what was asked for if it is allowed, else the referring page if that is, else
// the site URL. Either may be "". It never fails, since the person who follows a link cannot mend it; refused says for
// the log why the target asked for was passed over, as the end of a sentence that it begins, and is "" when it was not.
func (p *Policy) Choose(asked, referer string) (to, refused string) {
	if asked != "" {
		refused = p.refusal(asked)
		if refused == "" {
			return asked, ""
		}
	}
	if p.Allows(referer) {
		return referer, refused
	}
	return p.siteURL, refused
}

// refusal says why target is not allowed, "" when it is.
func (p *Policy) refusal(target string) string {
	u, why := parse(target)
	if why != "" {
		return why
	}
	if p.isSite(u) {
		return ""
	}
	if addr, ok := literal(u); ok {
		// A native application listens on whatever port it gets (RFC 8252, section 7.3).
		if addr.IsLoopback() {
			return ""
		}
		return "names an address that is not a loopback address"
	}
	if why = oddHost(u); why != "" {
		return why
	}
	if p.lists(target, u) {
		return ""
	}
	return "is neither on the site nor on the allow list"
}

// isSite reports whether u has the scheme, the host and the port of the site URL. On the person's own machine any port
// will do.
func (p *Policy) isSite(u *url.URL) bool {
	return u.Scheme == p.site.Scheme && u.Hostname() == p.site.Hostname() && (u.Port() == p.site.Port() || ownMachine(u))
}

// lists reports whether an entry of the allow list stands for target, which was parsed as u.
func (p *Policy) lists(target string, u *url.URL) bool {
	target, _, _ = strings.Cut(target, "#")
	for _, e := range p.entries {
		if e.matches(target, u) {
			return true
		}
	}
	return false
}

func ownMachine(u *url.URL) bool {
	addr, ok := literal(u)
	return u.Hostname() == "localhost" || ok && addr.IsLoopback()
}

// literal gives the address that stands in the place of a host name. One with a zone is none: it means something on one
// machine only.
func literal(u *url.URL) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(u.Hostname())
	return addr.Unmap(), err == nil && addr.Zone() == ""
}
