package dsqlproxy

import (
	"net"

	"github.com/jackc/pgx/v5/pgproto3"
)

// start passes on how the client introduces itself, until the server is ready; false when there will be no session.
func (s *session) start(client, server net.Conn) bool {
	for {
		m, err := s.client.ReceiveStartupMessage()
		if err != nil {
			return false
		}
		switch m := m.(type) {
		case *pgproto3.SSLRequest, *pgproto3.GSSEncRequest:
			if _, err := client.Write([]byte("N")); err != nil {
				return false
			}
		case *pgproto3.CancelRequest:
			cancel(m, server)
			return false
		case *pgproto3.StartupMessage:
			return s.admit(m)
		default:
			return false
		}
	}
}

// cancel asks the server to cancel what runs on another connection.
func cancel(m *pgproto3.CancelRequest, server net.Conn) {
	request, err := m.Encode(nil)
	if err != nil {
		return
	}
	if _, err := server.Write(request); err != nil {
		return
	}
	_, _ = server.Read(make([]byte, 1)) // the server hangs up when it has passed it on
}

// admit judges the parameters and logs the client in. The only isolation level becomes that of the connection.
func (s *session) admit(m *pgproto3.StartupMessage) bool {
	for name := range m.Parameters {
		if name == "user" || name == "database" {
			continue
		}
		if r := setting(name); r != nil {
			s.proxy.noteRefusal(r)
			s.client.Send(r.response("FATAL"))
			_ = s.client.Flush() // the connection ends either way
			return false
		}
	}
	m.Parameters["default_transaction_isolation"] = "repeatable read"
	s.server.Send(m)
	return s.server.Flush() == nil && s.logIn()
}

// logIn passes on messages in both directions until the server is ready or refuses.
func (s *session) logIn() bool {
	for {
		m, err := s.server.Receive()
		if err != nil {
			return false
		}
		s.client.Send(m)
		if err := s.client.Flush(); err != nil {
			return false
		}
		switch m.(type) {
		case *pgproto3.ReadyForQuery:
			return true
		case *pgproto3.ErrorResponse:
			return false
		case *pgproto3.AuthenticationCleartextPassword, *pgproto3.AuthenticationMD5Password, *pgproto3.AuthenticationSASL,
			*pgproto3.AuthenticationSASLContinue:
			if !s.answer() {
				return false
			}
		}
	}
}

// answer passes on the client's answer to a question about its password.
func (s *session) answer() bool {
	if err := s.client.SetAuthType(s.server.GetAuthType()); err != nil {
		return false
	}
	m, err := s.client.Receive()
	if err != nil {
		return false
	}
	s.server.Send(m)
	return s.server.Flush() == nil
}
