package authapp

import (
	"net/http/httptest"
	"testing"
)

func TestAddress(t *testing.T) {
	tests := []struct{ name, field, connection, header, gateway string }{
		{"IPv4", "192.0.2.7", "198.51.100.1:4711", "192.0.2.7", "198.51.100.1"},
		{"several, of which the caller sent the first", "192.0.2.7, 203.0.113.9", "198.51.100.1:0", "203.0.113.9", "198.51.100.1"},
		{"IPv6", "2001:db8::7", "[2001:db8::1]:0", "2001:db8::7", "2001:db8::1"},
		{"mapped", "::ffff:192.0.2.7", "[::ffff:198.51.100.1]:0", "192.0.2.7", "198.51.100.1"},
		{"a zone", "fe80::1%eth0", "[fe80::2%eth0]:0", "fe80::1", "fe80::2"},
		{"a name", "localhost", "pipe", "", ""},
		{"with a port", "192.0.2.7:80", "", "", ""},
		{"nothing", "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
			r.RemoteAddr = tt.connection
			if tt.field != "" {
				r.Header.Set("X-Real-Ip", tt.field)
			}
			if got := fromHeader("x-real-ip")(r); got != tt.header {
				t.Errorf("from the header: %q, want %q", got, tt.header)
			}
			if got := fromConnection(r); got != tt.gateway {
				t.Errorf("from the connection: %q, want %q", got, tt.gateway)
			}
		})
	}
}

// TestAddressOfTwoFields has a caller send the field that the proxy adds, too.
func TestAddressOfTwoFields(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.Header["X-Forwarded-For"] = []string{"192.0.2.7", "203.0.113.9"}
	if got := fromHeader("X-Forwarded-For")(r); got != "203.0.113.9" {
		t.Errorf("got %q", got)
	}
}
