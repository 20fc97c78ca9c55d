package authapp

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// fromHeader reads the address of the caller from a header field that a proxy of ours sets (GOTRUE_RATE_LIMIT_HEADER). Of
// several, the last counts: it is the one that the proxy has added, and those before it are what the caller sent. GoTrue takes
// the first, by which a caller escapes every limit where the proxy adds. What is no address is none.
func fromHeader(name string) func(*http.Request) string {
	return func(r *http.Request) string {
		all := strings.Split(strings.Join(r.Header.Values(name), ","), ",")
		addr, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1]))
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
