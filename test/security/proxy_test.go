package security_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between the server and its database, and counts what passes.
type proxy struct {
	upstream string
	listener net.Listener

	mu    sync.Mutex
	conns []net.Conn
	seen  traffic
	asked bool // the server under test spoke last
}

// traffic is what passed: the Sync and Parse messages to the database, and how often anything was sent to it after it had
// spoken. One turn means that everything was sent before the first byte of an answer came.
type traffic struct{ syncs, turns, parses int }

// newProxy gives a proxy and the connection URI that leads through it.
func newProxy(t *testing.T, target string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{upstream: u.Host, listener: l}
	go p.serve()
	t.Cleanup(func() { _ = l.Close(); p.cut() })
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		var in messages
		go forward(client, server, func(b []byte) { p.sent(in.kinds(b)) })
		go forward(server, client, func([]byte) { p.answered() })
	}
}

// forward passes bytes on and tells of them first.
func forward(from, to net.Conn, tell func([]byte)) {
	defer func() { _ = from.Close(); _ = to.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		tell(buf[:n])
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// sent counts what the server under test sends.
func (p *proxy) sent(kinds []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.asked {
		p.asked = true
		p.seen.turns++
	}
	p.seen.syncs += bytes.Count(kinds, []byte("S"))
	p.seen.parses += bytes.Count(kinds, []byte("P"))
}

func (p *proxy) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = false
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
}

// traffic is what passed since it was last asked.
func (p *proxy) traffic() traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen, p.asked = traffic{}, false
	return seen
}

// messages cuts a client's byte stream into messages (PostgreSQL documentation, 55.7).
type messages struct {
	started bool // the startup message, which has no type byte, is over
	rest    []byte
}

// kinds gives the types of the messages that became complete with more bytes.
func (m *messages) kinds(more []byte) []byte {
	m.rest = append(m.rest, more...)
	var kinds []byte
	for {
		prefix := 0
		if m.started {
			prefix = 1
		}
		if len(m.rest) < prefix+4 {
			return kinds
		}
		end := prefix + int(binary.BigEndian.Uint32(m.rest[prefix:]))
		if len(m.rest) < end {
			return kinds
		}
		if m.started {
			kinds = append(kinds, m.rest[0])
		}
		m.started, m.rest = true, m.rest[end:]
	}
}
