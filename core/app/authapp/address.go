package authapp

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// fromHeader reads the address of the caller from a header field that a proxy of ours sets (GOTRUE_RATE_LIMIT_HEADER). Of
// several, the first counts, as in GoTrue: the proxy has to replace what the caller sent. What is no address is none.
func fromHeader(name string) func(*http.Request) string {
	return func(r *http.Request) string {
		first, _, _ := strings.Cut(r.Header.Get(name), ",")
		addr, err := netip.ParseAddr(strings.TrimSpace(first))
		if err != nil {
			return ""
		}
		return addr.Unmap().WithZone("").String()
	}
}

// fromConnection gives the address at the other end. It is the caller's own where API Gateway says so, which tells the
// address in the event.
func fromConnection(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	return addr.Unmap().WithZone("").String()
}
