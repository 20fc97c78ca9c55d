package pg_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a pool and its database. It counts what passes, and can break or mute the connections.
type proxy struct {
	upstream string
	listener net.Listener

	mu      sync.Mutex
	conns   []net.Conn
	syncs   int  // Sync messages from the client
	parses  int  // Parse messages from the client
	turns   int  // how often the client spoke after the server did
	client  bool // the client spoke last
	mutes   int  // how often the server side was silenced
	dumb    bool // nothing that the server says is passed on
	cutNext byte // the client's connection is cut when it sends a message of this type
}

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
		mutes := p.mutes
		p.mu.Unlock()
		go p.forward(client, server)
		go p.back(client, server, mutes)
	}
}

// forward passes on what the client writes, each write as a whole: the server may answer the first message of a write
// before it has read the last.
func (p *proxy) forward(client, server net.Conn) {
	defer func() { _ = client.Close(); _ = server.Close() }()
	var in messages
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if !p.pass(in.kinds(buf[:n])) {
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// messages cuts a client's byte stream into messages.
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
		m.started = true
		m.rest = m.rest[end:]
	}
}

// pass counts one write of the client; false cuts its connection.
func (p *proxy) pass(kinds []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.client {
		p.client = true
		p.turns++
	}
	p.syncs += bytes.Count(kinds, []byte("S"))
	p.parses += bytes.Count(kinds, []byte("P"))
	return p.cutNext == 0 || bytes.IndexByte(kinds, p.cutNext) < 0
}

// back passes on what the server says, until the connection is muted.
func (p *proxy) back(client, server net.Conn, mutes int) {
	defer func() { _ = client.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.client = false
		muted := p.dumb || p.mutes > mutes
		p.mu.Unlock()
		if muted {
			continue
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// mute silences the connections that there are: they stay open, and the client hears nothing more.
func (p *proxy) mute() { p.set(func(p *proxy) { p.mutes++ }) }

// set changes the proxy's behaviour.
func (p *proxy) set(change func(*proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// traffic is what passed since it was last asked.
type traffic struct{ syncs, turns, parses int }

func (p *proxy) traffic() traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := traffic{p.syncs, p.turns, p.parses}
	p.syncs, p.turns, p.parses, p.client = 0, 0, 0, false
	return seen
}
