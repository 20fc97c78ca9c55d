package dsqlproxy

import (
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// Options say what goes wrong on purpose.
type Options struct {
	// ConflictEvery lets every n-th commit of a transaction that has written fail with SQLSTATE 40001, over all
	// connections together. 0 is for never.
	ConflictEvery int
}

// Proxy is a listener on the loopback interface. Its methods may be called at any time by anybody.
type Proxy struct {
	url      string
	upstream string // host and port
	options  Options
	listener net.Listener
	sessions sync.WaitGroup

	mu        sync.Mutex
	conns     map[net.Conn]bool
	closed    bool
	refused   []string
	commits   int // of transactions that have written, those that failed among them
	conflicts int
}

// New starts a proxy in front of the server of a connection URI; it ends with the test. The server has to listen on TCP
// and must not insist on TLS.
func New(t testing.TB, upstreamURL string, o Options) *Proxy {
	t.Helper()
	u, err := url.Parse(upstreamURL)
	if err != nil || u.Hostname() == "" {
		t.Fatalf("dsqlproxy: %q is no URI of a server on TCP: %v", upstreamURL, err)
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("dsqlproxy: %v", err)
	}
	p := &Proxy{upstream: net.JoinHostPort(u.Hostname(), port), options: o, listener: l, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	p.url = u.String()
	p.sessions.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// URL is the upstream's connection URI with the proxy's address in it.
func (p *Proxy) URL() string { return p.url }

// Refused gives the messages of all refusals so far, in their order. Conflicts are not among them.
func (p *Proxy) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Conflicts is how many commits were made to fail so far.
func (p *Proxy) Conflicts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conflicts
}

func (p *Proxy) noteRefusal(r *refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = append(p.refused, r.message)
}

// nextCommit counts the commit of a transaction that has written, and says whether it is one that fails.
func (p *Proxy) nextCommit() (fails bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits++
	fails = p.options.ConflictEvery > 0 && p.commits%p.options.ConflictEvery == 0
	if fails {
		p.conflicts++
	}
	return fails
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.sessions.Go(func() { p.serve(conn) })
	}
}

// serve speaks with one client until either side is gone. Whoever tests sees that as a lost connection; there is nobody
// else to tell.
func (p *Proxy) serve(client net.Conn) {
	defer p.drop(client)
	if !p.hold(client) {
		return
	}
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer p.drop(server)
	if !p.hold(server) {
		return
	}
	s := newSession(p, client, server)
	if s.start(client, server) {
		s.run()
	}
}

// hold notes a connection that has to be closed when the proxy ends; false when that has happened already.
func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
	return !p.closed
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

// close ends all connections and waits for those who served them.
func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.sessions.Wait()
}
