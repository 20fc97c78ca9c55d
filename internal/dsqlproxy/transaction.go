package dsqlproxy

import (
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// maxRows is how many rows a transaction may change (Aurora DSQL user guide, quotas).
const maxRows = 3000

// block says who opened the transaction.
type block int

const (
	none     block = iota
	implicit       // the proxy, around what the client leaves to the server to commit
	explicit       // the client
)

// transaction is what the rules need to know of the one that is open.
type transaction struct {
	block    block
	failed   bool // the server waits for its end
	ddl, dml bool
	rows     int64
}

// nature is what a statement does to a transaction.
type nature int

const (
	other nature = iota
	begins
	commits
	rollsBack
	defines // DDL
	changes // DML that writes
)

func (s statement) nature() nature {
	switch {
	case s.begins("begin|start"):
		return begins
	case s.begins("commit|end"):
		return commits
	case s.begins("rollback|abort"):
		return rollsBack
	case s.begins("create|alter|drop|comment|grant|revoke"):
		return defines
	case s.begins("insert|update|delete|merge|with|prepare|explain") && s.writes():
		return changes
	default:
		return other
	}
}

// writes looks for the verb of a change, also in a common table expression.
func (s statement) writes() bool {
	for i := range s.tokens {
		_, inserts := s.follows(i, "insert|merge into")
		_, deletes := s.follows(i, "delete from")
		_, locks := s.follows(i-1, "for|key|do update") // or resolves a conflict of an insert
		if inserts || deletes || s.at(i).is("update") && !locks {
			return true
		}
	}
	return false
}

// refuses applies the rules about what may stand together in a transaction.
func (t *transaction) refuses(s statement) *refusal {
	if sets, local := s.setsRole(); sets && (!local || t.block != explicit) {
		return unsupported(`setting configuration parameter "role" not supported`)
	}
	n := s.nature()
	switch {
	case n == defines && t.ddl:
		return unsupported("multiple ddl statements are not supported in a transaction")
	case n == defines && t.dml, n == changes && t.ddl:
		return unsupported("ddl and dml are not supported in the same transaction")
	default:
		return nil
	}
}

// done notes a statement that succeeded, with the tag that the server gave.
func (t *transaction) done(s statement, tag string) *refusal {
	switch s.nature() {
	case defines:
		t.ddl = true
	case changes:
		t.dml = true
	case other, begins, commits, rollsBack:
	}
	if c := pgconn.NewCommandTag(tag); c.Insert() || c.Update() || c.Delete() || strings.HasPrefix(tag, "MERGE ") {
		t.rows += c.RowsAffected()
	}
	if t.rows > maxRows {
		return &refusal{programLimitExceeded, "transaction row limit exceeded"}
	}
	return nil
}
