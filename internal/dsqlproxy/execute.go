package dsqlproxy

import "github.com/jackc/pgx/v5/pgproto3"

// ask sends a statement in the protocol that the client uses.
type ask func() (reply, error)

// execute runs one statement under the rules about its transaction.
func (s *session) execute(one statement, send ask) error {
	nature := one.nature()
	switch {
	case s.tx.failed && (nature == commits || nature == rollsBack):
		return s.move(send, transaction{})
	case s.tx.failed: // the server knows what to say
		return s.forward(send)
	case nature == begins && s.tx.block == implicit: // as the server does when a transaction of its own becomes the client's
		s.tx.block = explicit
		s.complete("BEGIN")
		return nil
	case nature == begins:
		return s.move(send, transaction{block: explicit})
	case nature == commits:
		return s.commit(send)
	case nature == rollsBack:
		return s.move(send, transaction{})
	default:
		return s.work(one, send)
	}
}

// forward runs a statement that needs no judgement.
func (s *session) forward(send ask) error {
	r, err := send()
	if err != nil {
		return err
	}
	if r.failed {
		s.skipping = true
	} else if r.tag != "" {
		s.complete(r.tag)
	}
	return nil
}

// move runs a statement after which the transaction is another. One that is open already stays.
func (s *session) move(send ask, to transaction) error {
	if err := s.forward(send); err != nil || s.skipping {
		return err
	}
	if to.block == none || s.tx.block == none {
		s.tx = to
	}
	return nil
}

// work runs a statement inside a transaction, and opens one if there is none.
func (s *session) work(one statement, send ask) error {
	if s.tx.block == none {
		_, r, err := s.control("begin")
		if err != nil || r.failed {
			s.skipping = true
			return err
		}
		s.tx.block = implicit
	}
	if r := s.tx.refuses(one); r != nil {
		return s.refuse(r)
	}
	r, err := send()
	if err != nil || r.failed {
		s.skipping = true
		return err
	}
	if r.tag == "" { // the rest of the rows is still to come
		return nil
	}
	if r := s.tx.done(one, r.tag); r != nil {
		return s.refuse(r)
	}
	s.complete(r.tag)
	return nil
}

// commit lets a transaction commit, unless its turn for a conflict has come.
func (s *session) commit(send ask) error {
	if s.tx.block != none {
		lost, err := s.loses()
		if err != nil || lost {
			return err
		}
	}
	if err := s.forward(send); err != nil {
		return err
	}
	s.tx = transaction{}
	return nil
}

// loses decides whether the open transaction meets a conflict. Then it undoes the work and gives the client the error.
// Whether something was written is the server's to say: it gives a transaction a number when it writes.
func (s *session) loses() (bool, error) {
	wrote, r, err := s.control("select pg_catalog.pg_current_xact_id_if_assigned() is not null")
	if err != nil || r.failed {
		s.skipping = true
		return r.failed, err
	}
	if wrote != "t" || !s.proxy.nextCommit() {
		return false, nil
	}
	if _, _, err := s.control("rollback"); err != nil {
		return true, err
	}
	s.tx = transaction{}
	s.skipping = true
	s.client.Send(conflict.response("ERROR"))
	return true, nil
}

// finish commits or undoes what the client left to the server to end, and says that the next query may come.
func (s *session) finish() error {
	if s.tx.block == implicit && !s.skipping {
		if err := s.commit(s.commitOwn); err != nil {
			return err
		}
	}
	status, err := s.sync()
	if err != nil {
		return err
	}
	if s.tx.block == implicit && status != 'I' {
		if status, err = s.undo(); err != nil {
			return err
		}
	}
	s.skipping = false
	s.settle(status)
	s.client.Send(&pgproto3.ReadyForQuery{TxStatus: status})
	return s.client.Flush()
}

// commitOwn commits the transaction that the proxy opened.
func (s *session) commitOwn() (reply, error) {
	_, r, err := s.control("commit")
	return r, err
}

// undo rolls back the transaction that the proxy opened.
func (s *session) undo() (byte, error) {
	if _, _, err := s.control("rollback"); err != nil {
		return 0, err
	}
	return s.sync()
}

// settle takes over what the server says of the transaction.
func (s *session) settle(status byte) {
	if status == 'I' {
		s.tx = transaction{}
		return
	}
	s.tx.block = explicit
	s.tx.failed = status == 'E'
}
