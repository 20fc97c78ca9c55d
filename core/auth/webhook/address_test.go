package webhook_test

import (
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/webhook"
)

func TestPublic(t *testing.T) {
	for _, tt := range []struct {
		addr string
		want bool
	}{
		{"8.8.8.8", true},
		{"93.184.216.34", true},
		{"100.63.255.255", true},
		{"100.128.0.0", true},
		{"172.15.255.255", true},
		{"172.32.0.0", true},
		{"192.0.1.1", true},
		{"198.20.0.0", true},
		{"2600:1f18::1", true},
		{"2a00:1450:4001::200e", true},
		{"64:ff9b::808:808", true},
		{"::ffff:8.8.8.8", true},
		{"2002:808:808::1", true},

		{"127.0.0.1", false},
		{"127.255.255.254", false},
		{"0.0.0.0", false},
		{"0.1.2.3", false},
		{"10.0.0.1", false},
		{"172.16.0.1", false},
		{"172.31.255.255", false},
		{"192.168.0.1", false},
		{"169.254.169.254", false},
		{"169.254.170.2", false},
		{"100.64.0.1", false},
		{"100.100.100.200", false},
		{"192.0.0.192", false},
		{"198.18.0.1", false},
		{"224.0.0.1", false},
		{"240.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::127.0.0.1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"::ffff:169.254.169.254", false},
		{"::ffff:0.0.0.0", false},
		{"64:ff9b::a9fe:a9fe", false},
		{"64:ff9b::7f00:1", false},
		{"64:ff9b:1::1", false},
		{"2002:a9fe:a9fe::1", false},
		{"2002:7f00:1::", false},
		{"2001::1", false},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"fec0::1", false},
		{"fec0::1%eth0", false},
		{"fd00:ec2::254", false},
		{"fc00::1", false},
		{"ff02::1", false},
	} {
		t.Run(tt.addr, func(t *testing.T) {
			addr := netip.MustParseAddr(tt.addr)
			if got := webhook.Public(addr); got != tt.want {
				t.Errorf("public: %v", got)
			}
			dialled := netip.AddrPortFrom(addr, 443).String()
			if err := webhook.OnlyPublic("tcp", dialled, nil); (err == nil) != tt.want {
				t.Errorf("dialling %s: %v", dialled, err)
			}
		})
	}
	for _, address := range []string{"", "8.8.8.8", "example.com:443", "/var/run/docker.sock"} {
		if webhook.OnlyPublic("tcp", address, nil) == nil {
			t.Errorf("%q is dialled", address)
		}
	}
}

// A name says nothing about the address that it will have: the connection itself is refused, and nothing arrives.
func TestNamesOfPrivateAddressesAreNotDialled(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(respond(200, `{}`))
	if err := s.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	s.Listener = countingListener{listener, &connections}
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")

	h, err := webhook.New(webhook.Options{URL: "https://localhost:" + port, Secrets: oldSecret})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Call(t.Context(), struct{}{}, nil)
	if diff := cmp.Diff(internal("Failed to reach hook"), outcomeOf(t, err)); diff != "" {
		t.Error(diff)
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}

	allowed := hook(t, webhook.Options{URL: "http://localhost:" + port})
	if err := allowed.Call(t.Context(), struct{}{}, nil); err != nil {
		t.Errorf("where private addresses are allowed: %v", err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// countingListener counts the connections that were made to it.
type countingListener struct {
	net.Listener
	n *atomic.Int32
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

func TestNewRefuses(t *testing.T) {
	const ok = "https://hooks.example/auth"
	long := "v1,whsec_" + strings.Repeat("QUFB", 22)
	for _, tt := range []struct {
		name, url, secrets string
		private            bool
		want               string // what the message must hold
	}{
		{"no URL", "", oldSecret, false, "only https"},
		{"no URL, private", "", oldSecret, true, "only https"},
		{"http", "http://hooks.example/", oldSecret, false, "only https"},
		{"another scheme", "pg-functions://postgres/public/hook", oldSecret, true, "only https"},
		{"a file", "file:///etc/passwd", oldSecret, true, "only https"},
		{"no host", "https:///x", oldSecret, false, "no host"},
		{"no host but a port", "https://:443/x", oldSecret, false, "no host"},
		{"no URL at all", "https://hooks.example:x", oldSecret, false, "cannot be read"},
		{"loopback", "https://127.0.0.1/", oldSecret, false, "public"},
		{"loopback, IPv6", "https://[::1]:8443/", oldSecret, false, "public"},
		{"metadata", "https://169.254.169.254/latest", oldSecret, false, "public"},
		{"metadata, IPv4 in IPv6", "https://[::ffff:169.254.169.254]/", oldSecret, false, "public"},
		{"metadata, IPv6", "https://[fd00:ec2::254]/", oldSecret, false, "public"},
		{"this network", "https://10.1.2.3/", oldSecret, false, "public"},
		{"any address", "https://0.0.0.0/", oldSecret, false, "public"},
		{"no secret", ok, "", false, "openssl rand"},
		{"empty places", ok, " | |", false, "openssl rand"},
		{"a secret without its version", ok, strings.TrimPrefix(oldSecret, "v1,"), false, "secret 1: does not begin with"},
		{"an asymmetric secret", ok, newSecret + "|v1a,whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, "secret 2: does not begin with"},
		{"a secret that is no base64", ok, "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", false, "secret 1: is not base64"},
		{"a short secret", ok, "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==", false, "secret 1: has 22 bytes"},
		{"a long secret", ok, long, false, "secret 1: has 66 bytes"},
		{"a password in the URL", "https://me:hunter2@10.1.2.3/", oldSecret, false, "public"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := webhook.New(webhook.Options{URL: tt.url, Secrets: tt.secrets, AllowPrivate: tt.private})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			for _, secret := range []string{"MfKQ9r8GKYqrTwjUPD8I", "QUFBQUFB", "hunter2"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q tells a secret", err)
				}
			}
		})
	}
	for _, url := range []string{ok, "https://8.8.8.8/", "https://[2600:1f18::1]/x", "HTTPS://hooks.example"} {
		if _, err := webhook.New(webhook.Options{URL: url, Secrets: oldSecret}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
