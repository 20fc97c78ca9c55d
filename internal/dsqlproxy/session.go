package dsqlproxy

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgproto3"
)

// session is one client with its connection to the server. One goroutine serves it.
type session struct {
	proxy      *Proxy
	client     *pgproto3.Backend
	server     *pgproto3.Frontend
	statements map[string]statement // what the client has prepared
	portals    map[string]statement // what it has bound
	tx         transaction
	skipping   bool // up to the next Sync, after an error
}

func newSession(p *Proxy, client, server net.Conn) *session {
	return &session{
		proxy: p, client: pgproto3.NewBackend(client, client), server: pgproto3.NewFrontend(server, server),
		statements: map[string]statement{}, portals: map[string]statement{},
	}
}

// run serves the client until one side is gone.
func (s *session) run() {
	for {
		m, err := s.client.Receive()
		if err == nil {
			err = s.handle(m)
		}
		if err != nil {
			_ = s.client.Flush() // a last word of the server's; the client may be gone
			return
		}
	}
}

// errTerminated: the client has said goodbye.
var errTerminated = errors.New("the client ends the session")

func (s *session) handle(m pgproto3.FrontendMessage) error {
	switch m := m.(type) {
	case *pgproto3.Terminate:
		return errTerminated
	case *pgproto3.Flush:
		return s.client.Flush()
	case *pgproto3.Sync:
		return s.finish()
	case *pgproto3.Query:
		return s.script(m.String)
	case *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
		return nil // of a COPY that was refused; a server ignores them too
	}
	if s.skipping {
		return nil
	}
	switch m := m.(type) {
	case *pgproto3.Parse:
		return s.parse(m)
	case *pgproto3.Bind:
		return s.bind(m)
	case *pgproto3.Execute:
		return s.execute(s.portals[m.Portal], func() (reply, error) { return s.exchange(m) })
	case *pgproto3.Describe, *pgproto3.Close:
		return s.pass(m)
	case *pgproto3.FunctionCall:
		if err := s.refuse(unsupported("calling a function by message is not supported")); err != nil {
			return err
		}
		return s.finish()
	default:
		return io.ErrUnexpectedEOF // of a protocol that the proxy does not speak
	}
}

// pass hands on a message that needs no judgement.
func (s *session) pass(m pgproto3.FrontendMessage) error {
	r, err := s.exchange(m)
	s.skipping = s.skipping || r.failed
	return err
}

func (s *session) parse(m *pgproto3.Parse) error {
	all := split(m.Query)
	if len(all) != 1 { // nothing, or what the server refuses
		delete(s.statements, m.Name)
		return s.pass(m)
	}
	if r := all[0].check(); r != nil {
		return s.refuse(r)
	}
	m.Query = all[0].rewritten().sql
	if err := s.pass(m); err != nil || s.skipping {
		return err
	}
	s.statements[m.Name] = all[0]
	return nil
}

func (s *session) bind(m *pgproto3.Bind) error {
	prepared := s.statements[m.PreparedStatement]
	if r := prepared.boundSettings(m.Parameters); r != nil {
		return s.refuse(r)
	}
	if err := s.pass(m); err != nil || s.skipping {
		return err
	}
	s.portals[m.DestinationPortal] = prepared
	return nil
}

// script runs what came in one message of the simple protocol.
func (s *session) script(sql string) error {
	delete(s.statements, "")
	all := split(sql)
	if len(all) == 0 {
		s.client.Send(&pgproto3.EmptyQueryResponse{})
	}
	for _, one := range all {
		if s.skipping {
			break
		}
		var err error
		if r := one.check(); r != nil {
			err = s.refuse(r)
		} else {
			err = s.execute(one, func() (reply, error) { return s.query(one.rewritten().sql) })
		}
		if err != nil {
			return err
		}
	}
	return s.finish()
}

// refuse tells the client and spoils the server's transaction.
func (s *session) refuse(r *refusal) error {
	s.proxy.noteRefusal(r)
	s.client.Send(r.response("ERROR"))
	s.skipping = true
	return s.poison()
}

// complete tells the client that a statement has succeeded.
func (s *session) complete(tag string) {
	s.client.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
}
