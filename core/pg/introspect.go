package pg

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
)

// Scope says which part of a database the API is about.
type Scope struct {
	Schemas         []string // the exposed schemas, the default one first
	ExtraSearchPath []string // schemas that are searched after the exposed one but not exposed
	HoistedSettings []string // names of functions' settings that must hold for the whole transaction
}

// firstOwnOID is the lowest oid of what users make; the server keeps those below for what it makes itself when a cluster is
// created (FirstNormalObjectId in its access/transam.h). Queries of catalogues that are full of the server's own objects begin
// here, by a parameter or by this number, so that an index passes over these.
const firstOwnOID = 16384

// lowestOID is the lowest oid that a function of the scope, or anything with a comment in it, can have: it may be about the
// server's own schemas.
func (s Scope) lowestOID() int64 {
	own := func(schema string) bool { return schema != "information_schema" && !strings.HasPrefix(schema, "pg_") }
	for _, schema := range slices.Concat(s.Schemas, s.ExtraSearchPath) {
		if !own(schema) {
			return 0
		}
	}
	return firstOwnOID
}

// Introspect reads the schema: everything that catalog.Source asks for, as of one moment and in one round trip, or in two
// where something is made of the rows of PostgreSQL's own catalogues. It asks these what is there, not what the
// connection's role may do with it.
//
// Relations are those of the exposed schemas, without partitions, and those whose rows an exposed function returns.
// Relationships lead to exposed relations only, through exposed junctions only. The error is fault.NoCatalog, or that of
// a database that cannot be reached.
func Introspect(ctx context.Context, db *DB, scope Scope) (*catalog.Snapshot, error) {
	c, err := db.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer db.release(c)
	r := newReading(scope)
	src, err := r.read(ctx, c.Conn())
	if err == nil && r.missed {
		r = newReading(scope)
		r.allTypes = true
		src, err = r.read(ctx, c.Conn())
	}
	if err != nil {
		return nil, fault.NoCatalog(fmt.Errorf("reading the catalogues: %w", err))
	}
	return catalog.New(src), nil
}

// catalogQuery is one question to the catalogues and what becomes of its rows.
type catalogQuery struct {
	about string
	sql   string
	args  []any
	scan  func(pgx.Rows) error
}

// readTogether asks all questions in one network write and inside one snapshot of the database. The search path leaves
// the system's catalogues alone, so that every other name that PostgreSQL prints is qualified with its schema, and so that
// no temporary table stands before a catalogue, which it would if the path did not name pg_temp.
func readTogether(ctx context.Context, c *pgx.Conn, queries []catalogQuery) error {
	b := &pgx.Batch{}
	b.Queue("begin isolation level repeatable read read only")
	b.Queue("set local search_path to pg_catalog, pg_temp")
	for _, q := range queries {
		b.Queue(q.sql, q.args...).Query(func(rows pgx.Rows) error {
			if err := q.scan(rows); err != nil {
				return fmt.Errorf("%s: %w", q.about, err)
			}
			return nil
		})
	}
	b.Queue("commit")
	return c.SendBatch(ctx, b).Close()
}

// reading is a Source in the making. Types and relations are known by oid until everything is there.
type reading struct {
	scope     Scope
	allTypes  bool // read those that typesSQL may leave out
	missed    bool // one of these is needed
	marks     uint64
	src       catalog.Source
	types     map[uint32]*typeInfo
	relations map[uint32]*relation
	keys      []key
	views     map[uint32][]origin
	computed  []computedFunction
	functions []functionRow
	shownBy   map[uint32][]showing // by table, the views that show some of it

	functionComments map[uint32]string
}

func newReading(scope Scope) *reading {
	return &reading{
		scope:     scope,
		src:       catalog.Source{Schemas: scope.Schemas, SchemaComments: map[string]string{}},
		types:     map[uint32]*typeInfo{},
		relations: map[uint32]*relation{},
		views:     map[uint32][]origin{},

		functionComments: map[uint32]string{},
	}
}

// queries are asked in this order; a scan may rely on what the ones before it read.
func (r *reading) queries() []catalogQuery {
	exposed, extra := nonNil(r.scope.Schemas), nonNil(r.scope.ExtraSearchPath)
	both := append(append([]string{}, exposed...), extra...)
	lowest := r.scope.lowestOID()
	return []catalogQuery{
		{"types", typesSQL, []any{r.allTypes}, r.scanTypes},
		{"enum labels", enumsSQL, nil, r.scanEnums},
		{"relations", relationsSQL, []any{exposed, lowest}, r.scanRelations},
		{"columns", columnsSQL, []any{exposed, lowest}, r.scanColumns},
		{"keys", keysSQL, nil, r.scanKeys},
		{"views", viewsSQL, nil, r.scanViews},
		{"functions", functionsSQL, []any{exposed, lowest}, r.scanFunctions},
		{"computed fields and relationships", computedSQL, nil, r.scanComputed},
		{"data representations", representationsSQL, nil, r.scanRepresentations},
		{"media type handlers", mediaHandlersSQL, []any{both, lowest}, r.scanMediaHandlers},
		{"roles", rolesSQL, nil, r.scanRoles},
		{"comments", commentsSQL, []any{lowest}, r.scanComments},
		{"schema comments", schemaCommentsSQL, []any{exposed}, r.scanSchemaComments},
	}
}

// read asks the catalogues and puts together what they tell.
func (r *reading) read(ctx context.Context, c *pgx.Conn) (catalog.Source, error) {
	queries := r.queries()
	for i, q := range queries {
		queries[i].scan = func(rows pgx.Rows) error { return q.scan(&marked{Rows: rows, query: i, sum: &r.marks}) }
	}
	if err := readTogether(ctx, c, queries); err != nil {
		return catalog.Source{}, err
	}
	return r.source(), nil
}

func (r *reading) source() catalog.Source {
	r.src.Fingerprint = strconv.FormatUint(r.marks, 16)
	r.addTypes()
	r.addFunctions()
	r.addComputedFields()
	r.addViewKeys()
	r.addRelationships()
	r.addRelations()
	return r.src
}

// nonNil keeps an empty list from becoming NULL, with which nothing compares.
func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
