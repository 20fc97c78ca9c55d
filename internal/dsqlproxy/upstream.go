package dsqlproxy

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// own is the name of the statement and the portal of what the proxy itself asks. Clients do not use it.
const own = "dsqlproxy"

// reply is how the server's answer to one message ended.
type reply struct {
	tag    string // of a statement that was completed
	failed bool   // the client has the error, and the server skips what comes up to the next Sync
}

// exchange sends one message of the extended protocol and hands on what the server says to it, except for
// CommandComplete, which waits for the rules about transactions.
func (s *session) exchange(m pgproto3.FrontendMessage) (reply, error) {
	s.server.Send(m)
	s.server.Send(&pgproto3.Flush{})
	if err := s.server.Flush(); err != nil {
		return reply{}, fmt.Errorf("asking the server: %w", err)
	}
	for {
		m, err := s.server.Receive()
		if err != nil {
			return reply{}, fmt.Errorf("hearing the server: %w", err)
		}
		switch m := m.(type) {
		case *pgproto3.CommandComplete:
			return reply{tag: string(m.CommandTag)}, nil
		case *pgproto3.ErrorResponse:
			s.client.Send(m)
			return reply{failed: true}, nil
		case *pgproto3.ParseComplete, *pgproto3.BindComplete, *pgproto3.CloseComplete, *pgproto3.RowDescription,
			*pgproto3.NoData, *pgproto3.EmptyQueryResponse, *pgproto3.PortalSuspended:
			s.client.Send(m)
			return reply{}, nil
		default:
			s.client.Send(m)
		}
	}
}

// query sends a statement in the simple protocol, otherwise like exchange.
func (s *session) query(sql string) (reply, error) {
	s.server.Send(&pgproto3.Query{String: sql})
	if err := s.server.Flush(); err != nil {
		return reply{}, fmt.Errorf("asking the server: %w", err)
	}
	var r reply
	for {
		m, err := s.server.Receive()
		if err != nil {
			return reply{}, fmt.Errorf("hearing the server: %w", err)
		}
		switch m := m.(type) {
		case *pgproto3.CommandComplete:
			r.tag = string(m.CommandTag)
		case *pgproto3.ReadyForQuery:
			return r, nil
		case *pgproto3.ErrorResponse:
			s.client.Send(m)
			r.failed = true
		default:
			s.client.Send(m)
		}
	}
}

// control runs a statement of the proxy's own, of which the client sees only a failure, and gives the first value of its
// row, if there is one.
func (s *session) control(sql string) (value string, r reply, err error) {
	s.server.SendParse(&pgproto3.Parse{Name: own, Query: sql})
	s.server.SendBind(&pgproto3.Bind{DestinationPortal: own, PreparedStatement: own})
	s.server.SendExecute(&pgproto3.Execute{Portal: own})
	s.server.SendClose(&pgproto3.Close{ObjectType: 'P', Name: own})
	s.server.SendClose(&pgproto3.Close{ObjectType: 'S', Name: own})
	s.server.Send(&pgproto3.Flush{})
	if err := s.server.Flush(); err != nil {
		return "", reply{}, fmt.Errorf("asking the server: %w", err)
	}
	for closed := 0; closed < 2; {
		m, err := s.server.Receive()
		if err != nil {
			return "", reply{}, fmt.Errorf("hearing the server: %w", err)
		}
		switch m := m.(type) {
		case *pgproto3.CloseComplete:
			closed++
		case *pgproto3.DataRow:
			value = string(m.Values[0])
		case *pgproto3.ErrorResponse:
			s.client.Send(m)
			return "", reply{failed: true}, nil
		case *pgproto3.ParseComplete, *pgproto3.BindComplete, *pgproto3.CommandComplete:
		default: // the value of a parameter that a rollback brings back
			s.client.Send(m)
		}
	}
	return value, reply{}, nil
}

// poison lets the server fail, so that its transaction is as spoilt as the client believes, and skip what comes up to the
// next Sync. The client does not see it.
func (s *session) poison() error {
	s.server.SendParse(&pgproto3.Parse{Name: own, Query: "refused"})
	s.server.Send(&pgproto3.Flush{})
	if err := s.server.Flush(); err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	for {
		m, err := s.server.Receive()
		if err != nil {
			return fmt.Errorf("hearing the server: %w", err)
		}
		if _, failed := m.(*pgproto3.ErrorResponse); failed {
			return nil
		}
	}
}

// sync ends what the server takes for one exchange, and gives the state of its transaction: 'I' for none, 'T' for one
// that is open, 'E' for one that has failed.
func (s *session) sync() (byte, error) {
	s.server.SendSync(&pgproto3.Sync{})
	if err := s.server.Flush(); err != nil {
		return 0, fmt.Errorf("asking the server: %w", err)
	}
	for {
		m, err := s.server.Receive()
		if err != nil {
			return 0, fmt.Errorf("hearing the server: %w", err)
		}
		if ready, ok := m.(*pgproto3.ReadyForQuery); ok {
			return ready.TxStatus, nil
		}
		s.client.Send(m)
	}
}
