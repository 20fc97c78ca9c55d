package pg

// FromSQLState is for errors that no database at hand can be made to raise.
var FromSQLState = fromSQLState

// ParseOrigins is for rules that no view has.
var ParseOrigins = parseOrigins
