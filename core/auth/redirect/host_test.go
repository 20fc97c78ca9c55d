package redirect_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/auth/redirect"
)

func TestExternalHost(t *testing.T) {
	allowed := []string{"", "example.com", "Api.Example.org:8443", "localhost"}
	for _, tt := range []struct{ name, header, want string }{
		{"none", "", ""},
		{"allowed", "example.com", "example.com"},
		{"in another case", "EXAMPLE.com", "example.com"},
		{"with its port", "api.example.org:8443", "Api.Example.org:8443"},
		{"without its port", "api.example.org", ""},
		{"on a port", "example.com:8080", ""},
		{"localhost", "localhost", "localhost"},
		{"another", "evil.test", ""},
		{"below", "x.example.com", ""},
		{"before another", "example.com.evil.test", ""},
		{"as a user", "example.com@evil.test", ""},
		{"with a path", "example.com/evil", ""},
		{"several", "example.com, evil.test", ""},
		{"with a blank", " example.com", ""},
		{"with a dot behind", "example.com.", ""},
		{"with a line feed", "example.com\nevil.test", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := redirect.ExternalHost(tt.header, allowed)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("ExternalHost(%q) = %q, %v", tt.header, got, ok)
			}
		})
	}
	if host, ok := redirect.ExternalHost("example.com", nil); ok {
		t.Errorf("%q is allowed by an empty list", host)
	}
}
