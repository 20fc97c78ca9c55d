package redirect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/redirect"
)

// policy is New for tests, where it must succeed.
func policy(t testing.TB, siteURL string, allowList ...string) *redirect.Policy {
	t.Helper()
	p, err := redirect.New(siteURL, allowList)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewRefuses(t *testing.T) {
	const site = "https://site.example"
	for _, tt := range []struct {
		name, site string
		list       []string
		want       []string // what the message must hold
	}{
		{"no site URL", "", nil, []string{"site URL", `""`, "no scheme"}},
		{"a site URL without scheme", "site.example", nil, []string{"site URL", "site.example", "no scheme"}},
		{"a site URL without host", "https://", nil, []string{"site URL", "no host"}},
		{"a site URL without slashes", "https:site.example", nil, []string{"site URL", "no host"}},
		{"a site URL with a line feed", "https://site.example\n", nil, []string{"site URL", "control character"}},
		{"a site URL with a password", "https://me:secret@site.example", nil, []string{"site URL", "user"}},
		{"a site URL that cannot be parsed", "https://site.example:port", nil, []string{"site URL", "cannot be read"}},
		{"an open class", site, []string{"https://ok.example/**", "https://[a"}, []string{"allow list", "https://[a"}},
		{"open alternatives", site, []string{"https://{a,b"}, []string{"allow list", "https://{a,b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := redirect.New(tt.site, tt.list)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message %q does not hold %q", err, want)
				}
			}
		})
	}
}

func TestAllows(t *testing.T) {
	sites := map[string]*redirect.Policy{
		"bare":   policy(t, "https://site.example"),
		"port":   policy(t, "https://site.example:8443/app"),
		"local":  policy(t, "http://localhost:3000"),
		"lan":    policy(t, "http://192.168.1.20:3000"),
		"native": policy(t, "com.my_app://home"),
		"list": policy(t, "https://site.example",
			"https://app.example/*", " https://deep.example/** ", "", "https://*.stars.example/cb", "https://**.all.example/**",
			"http://localhost:8000/*", "http://*.localhost:8000/*", "http://*:12345/*", "http://**:12346/*",
			"myapp://**", "com.my_app://cb/*", "https://{one,two}.alt.example/**", "https://exact.example/cb?next=1",
			"https://tail.example**", "https://open.example?x=*", "https://v?.one.example/**"),
	}
	for _, tt := range []struct {
		name, site, target string
		want               bool
	}{
		{"nothing", "list", "", false},
		{"the site", "bare", "https://site.example", true},
		{"any page of the site", "bare", "https://site.example/deep/page.html?a=b&c#d", true},
		{"the site, scheme in capitals", "bare", "HTTPS://site.example/", true},
		{"the site by http", "bare", "http://site.example/", false},
		{"the site in another scheme", "bare", "myapp://site.example/", false},
		{"the site on a port", "bare", "https://site.example:444/", false},
		{"the site on the port that https has anyway", "bare", "https://site.example:443/", false},
		{"the site with its port", "port", "https://site.example:8443/x", true},
		{"the site without its port", "port", "https://site.example/x", false},
		{"below the site", "bare", "https://x.site.example/", false},
		{"above the site", "bare", "https://example/", false},
		{"the site with a dot behind", "bare", "https://site.example./", false},

		{"loopback site, another port", "local", "http://localhost:4321/x", true},
		{"loopback site by https", "local", "https://localhost:3000/x", false},
		{"a name below localhost", "local", "http://x.localhost:3000/", false},
		{"a site with a private address", "lan", "http://192.168.1.20:3000/x", true},
		{"a site with a private address, another port", "lan", "http://192.168.1.20:3001/x", false},
		{"a native site", "native", "com.my_app://home/x?y", true},
		{"a native site, another host", "native", "com.my_app://else/x", false},
		{"another native site", "native", "com.my-app://home/x", false},

		{"localhost is no loopback address", "bare", "http://localhost:3000/", false},
		{"loopback, any port", "bare", "http://127.0.0.1:49152/cb", true},
		{"loopback, no port", "bare", "http://127.0.0.1/cb", true},
		{"loopback, all of 127", "bare", "http://127.9.8.7:1/", true},
		{"loopback IPv6", "bare", "http://[::1]:49152/cb", true},
		{"loopback IPv6, long", "bare", "http://[0:0:0:0:0:0:0:1]:12345/path", true},
		{"loopback IPv4 in IPv6", "bare", "http://[::ffff:127.0.0.1]/", true},
		{"loopback with a zone", "bare", "http://[::1%25lo]/", false},
		{"loopback in a scheme that a browser runs", "list", "javascript://127.0.0.1/%0aalert(1)", false},
		{"loopback behind a user", "bare", "http://127.0.0.1@evil.example/", false},
		{"loopback before a name", "bare", "http://127.0.0.1.evil.example/", false},

		{"address", "list", "http://123.123.123.123:12345/x", false},
		{"address with the rest as query", "list", "http://123.123.123.123?localhost:8000/path", false},
		{"address, private", "list", "http://10.0.0.1:12345/x", false},
		{"address, unspecified", "list", "http://0.0.0.0:12345/x", false},
		{"address, IPv6", "list", "http://[65e7:9410:d8b6:e227:58cd:e55b:8fc0:206d]:12345/x", false},
		{"address, IPv6 without brackets", "list", "http://65e7:9410:d8b6:e227:58cd:e55b:8fc0:206d?localhost:8000/path", false},
		{"address, IPv4 in IPv6", "list", "http://[::ffff:8.8.8.8]:12345/x", false},
		{"address in an application's scheme", "list", "myapp://8.8.8.8/x", false},
		{"decimal address", "list", "http://2130706433:12345/x", false},
		{"decimal address with the rest as query", "list", "http://123?.localhost:8000/path", false},
		{"decimal address in an application's scheme", "list", "myapp://2130706433/x", false},
		{"hexadecimal address", "list", "http://0x7f000001:12345/x", false},
		{"octal address", "list", "http://017700000001:12345/x", false},
		{"short address", "list", "http://127.1:12346/x", false},
		{"address in hexadecimal parts", "list", "http://0xd8.0x3a.0xd6.0xce:12346/x", false},
		{"address in octal parts", "list", "http://0330.072.0326.0316:12346/x", false},
		{"a host that ends with a digit", "list", "http://host1:12345/x", true},

		{"one segment", "list", "https://app.example/x", true},
		{"one empty segment", "list", "https://app.example/", true},
		{"no slash", "list", "https://app.example", false},
		{"two segments", "list", "https://app.example/x/y", false},
		{"a dot ends a segment", "list", "https://app.example/x.html", false},
		{"a query is part of a segment", "list", "https://app.example/x?a=1", true},
		{"a slash in a query ends it", "list", "https://app.example/x?a=/b", false},
		{"a fragment is not looked at", "list", "https://app.example/x#/y/z.html", true},
		{"a fragment cannot make a match", "list", "https://evil.example#https://app.example/x", false},
		{"two stars cross segments", "list", "https://deep.example/x/y.html?z=/a", true},
		{"two stars stay on the host", "list", "https://deep.example.evil.example/x", false},
		{"by http", "list", "http://app.example/x", false},
		{"on a port", "list", "https://app.example:8080/x", false},
		{"a star in the host", "list", "https://x.stars.example/cb", true},
		{"a star in the host, two names", "list", "https://x.y.stars.example/cb", false},
		{"a star in the host, a query for a name", "list", "https://evil?.stars.example/cb", false},
		{"two stars in the host", "list", "https://x.y.all.example/z", true},
		{"two stars in the host, a query for a name", "list", "https://evil.example?.all.example/z", false},
		{"two stars in the host, a path for a name", "list", "https://evil.example/.all.example/z", false},
		{"two stars in the host, a user for a name", "list", "https://evil.example@x.all.example/z", false},
		{"two stars for a host with a port", "list", "http://any.where.example:12346/z", true},
		{"two stars for a host, the port in the path", "list", "http://evil.example/:12346/z", false},
		{"alternatives", "list", "https://two.alt.example/x/y", true},
		{"no alternative", "list", "https://three.alt.example/x/y", false},
		{"a question mark is any character", "list", "https://v2.one.example/x", true},
		{"a question mark in the host is no query", "list", "https://v?.one.example/x", false},
		{"an exact entry", "list", "https://exact.example/cb?next=1", true},
		{"an exact entry and more", "list", "https://exact.example/cb?next=12", false},
		{"stars behind a host", "list", "https://tail.example?x=1", true},
		{"a question mark behind a host", "list", "https://open.example?x=1", true},
		{"a question mark behind a host, another host", "list", "https://open.example.evil.test?x=1", false},
		{"localhost from the list", "list", "http://localhost:8000/path", true},
		{"localhost from the list, another port", "list", "http://localhost:3000/path", false},
		{"a name below localhost from the list", "list", "http://x.localhost:8000/path", true},

		{"an application", "list", "myapp://callback/deep?x=1", true},
		{"an application without host", "list", "myapp:///callback", true},
		{"an application with one slash", "list", "myapp:/callback", false},
		{"another application", "list", "myapp2://callback", false},
		{"an underscore in the scheme", "list", "com.my_app://cb/x", true},
		{"an underscore in the scheme, elsewhere", "list", "com.my_app://xx/x", false},
		{"an underscore in the scheme and an address", "list", "com.my_app://8.8.8.8/x", false},
		{"an underscore in the host", "list", "http://a_b:12345/x", false},
		{"an escape in the host", "list", "http://%61:12345/x", false},
		{"another script in the host", "list", "http://ａ:12345/x", false},
		{"another script in the path", "list", "https://app.example/ä", true},
		{"broken text in the path", "list", "https://app.example/\xff", false},
		{"the longest host name", "list", "https://" + strings.Repeat("a.", 120) + "a.all.example/", true},
		{"a longer host name", "list", "https://" + strings.Repeat("a.", 120) + "aa.all.example/", false},
		{"longer than anybody needs", "list", "https://deep.example/" + strings.Repeat("a", 8192), false},
		{"long", "list", "https://deep.example/" + strings.Repeat("a", 8000), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sites[tt.site].Allows(tt.target); got != tt.want {
				t.Errorf("Allows(%q) with %s = %v", tt.target, tt.site, got)
			}
		})
	}
}

func TestWidePatternsStayHarmless(t *testing.T) {
	p := policy(t, "https://site.example", "**", "*://**", "**://**")
	if !p.Allows("https://any.where.example/x") {
		t.Error("a pattern for everything does not stand for a page")
	}
	for _, target := range []string{
		"javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
		"blob:https://x/y", "filesystem:https://x/y", "about:blank", "view-source:https://x/", "//evil.example/", "/x", "x",
		"http://1.2.3.4/", "http://2130706433/", "https:evil.example", "https:/evil.example", "https:///evil.example",
		"https://me@evil.example/", "https://evil.example\\x", "https://",
	} {
		if p.Allows(target) {
			t.Errorf("Allows(%q)", target)
		}
	}
}

func TestChoose(t *testing.T) {
	const site, app, evil = "https://site.example/start", "https://app.example/cb", "https://evil.example/"
	p := policy(t, site, app)
	for _, tt := range []struct {
		name, asked, referer, to string
		why                      string // a part of what refused says, "" for nothing
	}{
		{"nothing", "", "", site, ""},
		{"asked", app, "", app, ""},
		{"asked and referred", app, site + "/x", app, ""},
		{"referred", "", app, app, ""},
		{"referred from elsewhere", "", evil, site, ""},
		{"asked for elsewhere", evil, "", site, "allow list"},
		{"asked for elsewhere, referred", evil, app, app, "allow list"},
		{"asked and referred from elsewhere", evil, evil, site, "allow list"},
		{"asked for an address", "http://8.8.8.8/", "", site, "loopback"},
		{"asked for a number", "http://134744072/", "", site, "as a number"},
		{"asked for a relative page", "/welcome", "", site, "no scheme"},
		{"asked with a line feed", app + "\r\nSet-Cookie: x=y", "", site, "control character"},
		{"asked with a backslash", "https://app.example\\@evil.example", "", site, "backslash"},
		{"asked with a user", "https://app.example@evil.example/", "", site, "user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to, refused := p.Choose(tt.asked, tt.referer)
			if to != tt.to {
				t.Errorf("leads to %q, want %q", to, tt.to)
			}
			if (refused == "") != (tt.why == "") || !strings.Contains(refused, tt.why) {
				t.Errorf("refused because it %q, want %q", refused, tt.why)
			}
		})
	}
}

// What anybody may send must not keep a processor busy: with a pattern of several stars the time would grow with the
// third power of the length.
func TestAllowsIsFast(t *testing.T) {
	p := policy(t, "https://site.example", "https://*-*-*.team.example/**", "https://**.deep.example/**/cb")
	for _, target := range []string{
		"https://" + strings.Repeat("a-", 4000) + ".team.exampl/",
		"https://" + strings.Repeat("a-", 100) + ".team.exampl/",
		"https://a-b-c.team.example?" + strings.Repeat("a-", 4000),
		"https://a.deep.example/" + strings.Repeat("/", 8000),
	} {
		start := time.Now()
		p.Allows(target)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%.40s... took %v", target, took)
		}
	}
}
