package dialect

// Facts is what one database can do. The zero value is a database that can do nothing; pg.Probe fills it in.
type Facts struct {
	// Version is server_version_num: 150018 for PostgreSQL 15.18.
	Version int
	// Settings: custom settings such as request.jwt.claims can be set for a transaction. Aurora DSQL refuses them.
	Settings bool
	// RoleSwitch: the role can be changed for a transaction. Where it cannot, authz=rls is impossible.
	RoleSwitch bool
	// AbortInStatement: a failing cast in the outer select undoes the data-modifying part of the same statement. Where it
	// does not, a rule that must undo a write costs BEGIN ... ROLLBACK and a second round trip.
	AbortInStatement bool
	// Notify: LISTEN and NOTIFY work on this connection. Poolers in transaction mode and Aurora DSQL have none.
	Notify bool
}
