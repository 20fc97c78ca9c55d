package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errPrivate is the refusal of an address that is not public.
var errPrivate = errors.New("not a public address")

// private lists what netip.Addr's own predicates do not cover (IANA special-purpose address registries).
var private = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network
	netip.MustParsePrefix("100.64.0.0/10"),  // behind a carrier's translation; some clouds' metadata
	netip.MustParsePrefix("192.0.0.0/24"),   // protocol assignments; some clouds' metadata
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved
	netip.MustParsePrefix("::/96"),          // IPv4 in IPv6, retired form
	netip.MustParsePrefix("64:ff9b:1::/48"), // translation to IPv4 within a network
	netip.MustParsePrefix("2001::/32"),      // Teredo
	netip.MustParsePrefix("fec0::/10"),      // site-local, retired
}

// The prefixes of IPv6 addresses that stand for an IPv4 address, and where in them its four bytes begin.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

// public reports whether addr is one that everybody on the internet can reach. An IPv6 address that stands for an IPv4
// address is judged as the latter.
func public(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	bytes := addr.As16()
	switch {
	case addr.Is6() && nat64.Contains(addr):
		return public(netip.AddrFrom4([4]byte(bytes[12:16])))
	case addr.Is6() && sixTo4.Contains(addr):
		return public(netip.AddrFrom4([4]byte(bytes[2:6])))
	}
	for _, prefix := range private {
		if prefix.Contains(addr) {
			return false
		}
	}
	return addr.IsGlobalUnicast() && !addr.IsPrivate()
}

// onlyPublic is a net.Dialer's Control. It sees the address that the connection is about to be made to, after every
// look-up, so a name that resolves to something else the second time does not get past it.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return fmt.Errorf("%s: %w", address, errPrivate)
	}
	return nil
}
