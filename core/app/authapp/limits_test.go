package authapp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/authtest"
)

// nowhere takes mails and keeps none.
type nowhere struct{}

// Send does nothing.
func (nowhere) Send(context.Context, mail.Message) error { return nil }

// instancesOf are two instances of one configuration over one database.
func instancesOf(t *testing.T, o authapp.Options, environ string) []http.Handler {
	t.Helper()
	target, _ := authtest.New(t)
	o.Sender = nowhere{}
	c, err := config.LoadFrom(config.Serve, config.Sources{Environ: append(strings.Fields(environ), "DATABASE_URL="+target.URL(),
		"GOTRUE_SITE_URL=https://example.org", "API_EXTERNAL_URL=https://api.example.org/auth/v1", "GOTRUE_MAILER_AUTOCONFIRM=true",
		"GOTRUE_JWT_SECRET=a-secret-for-tests-that-is-long-enough", "GOTRUE_RATE_LIMIT_VERIFY=3"), Auth: true})
	if err != nil {
		t.Fatal(err)
	}
	var all []http.Handler
	for range 2 {
		a, err := authapp.New(t.Context(), c, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close(context.Background()) })
		all = append(all, a.Alone(""))
	}
	return all
}

// verify brings a wrong code, from the other end of a connection and with header fields, and gives the status.
func verify(t *testing.T, h http.Handler, remote string, header http.Header) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/verify", strings.NewReader(`{"type":"email","email":"a@example.org","token":"123456"}`))
	r.RemoteAddr, r.Header = remote, header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestLimitsByAddress shows whose address counts: the one that a trusted hop tells, for all instances together, and nothing that
// a caller can say.
func TestLimitsByAddress(t *testing.T) {
	const proxy, gateway = "GOTRUE_RATE_LIMIT_HEADER=X-Real-Ip", ""
	spoofed := func(n int) http.Header {
		ip := "203.0.113." + string(rune('0'+n))
		return http.Header{"X-Forwarded-For": {ip}, "Sb-Forwarded-For": {ip}, "Forwarded": {"for=" + ip}, "True-Client-Ip": {ip}, "X-Client-Ip": {ip}}
	}
	for _, tt := range []struct {
		name, environ string
		options       authapp.Options
		limited       bool
		request       func(n int) (remote string, header http.Header)
	}{
		{"one address by the header field of a proxy", proxy, authapp.Options{}, true, func(n int) (string, http.Header) {
			header := spoofed(n)
			header.Set("X-Real-Ip", "192.0.2.1")
			return "10.0.0." + string(rune('0'+n)) + ":4711", header
		}},
		{"many addresses by it", proxy, authapp.Options{}, false, func(n int) (string, http.Header) {
			return "10.0.0.1:4711", http.Header{"X-Real-Ip": {"192.0.2." + string(rune('0'+n))}}
		}},
		{"one address by API Gateway", gateway, authapp.Options{Gateway: true}, true, func(n int) (string, http.Header) {
			header := spoofed(n)
			header.Set("X-Real-Ip", "192.0.2."+string(rune('0'+n)))
			return "192.0.2.1:0", header
		}},
		{"nobody who could tell", gateway, authapp.Options{}, false, func(n int) (string, http.Header) { return "192.0.2.1:4711", spoofed(1) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := instancesOf(t, tt.options, tt.environ)
			for n := range 6 {
				remote, header := tt.request(n)
				want := http.StatusForbidden
				if tt.limited && n >= 3 {
					want = http.StatusTooManyRequests
				}
				if got := verify(t, all[n%2], remote, header); got != want {
					t.Errorf("request %d: %d, want %d", n+1, got, want)
				}
			}
		})
	}
}
