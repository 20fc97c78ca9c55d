package dsqlproxy

import "github.com/jackc/pgx/v5/pgproto3"

// SQLSTATEs that Aurora DSQL answers with.
const (
	featureNotSupported  = "0A000"
	programLimitExceeded = "54000"
	serializationFailure = "40001"
	undefinedObject      = "42704"
)

// refusal is an error that Aurora DSQL would give and PostgreSQL does not.
type refusal struct{ code, message string }

// conflict is what the loser of a race for a row gets at its commit.
var conflict = refusal{serializationFailure, "mutation conflicts with another transaction, please retry: (OC000)"}

func unsupported(message string) *refusal { return &refusal{featureNotSupported, message} }

// response is the refusal as a server sends it.
func (r *refusal) response(severity string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: r.code, Message: r.message}
}
