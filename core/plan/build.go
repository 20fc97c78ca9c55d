package plan

import (
	"slices"
	"strconv"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// Rules are what a deployment allows and limits.
type Rules struct {
	Dialect dialect.Facts
	// MaxRows is the most rows of any list in an answer; 0 for no limit.
	MaxRows int64
	// MaxDepth is the most levels of embeds below the root; 0 for no limit.
	MaxDepth int
	// MaxFilters is the most values, embeds, conditions and order terms of one request together; 0 for no limit.
	MaxFilters int
	// Aggregates and Explain allow what their names say.
	Aggregates, Explain bool
	// Rollback ends every transaction without effect; Override lets a request choose.
	Rollback, Override bool
}

// Build finds out what a request means in a schema. Every error is a fault that names the offending part.
func Build(req query.Request, cat *catalog.Snapshot, rules Rules) (Plan, error) {
	if req.Prefer.Strict && len(req.Prefer.Invalid) > 0 {
		return Plan{}, fault.BadPreferences(req.Prefer.Invalid)
	}
	if err := rules.checkSize(req.Operation); err != nil {
		return Plan{}, err
	}
	b := &builder{req: req, cat: cat, rules: rules}
	p, err := b.action()
	if err == nil {
		err = b.unknown
	}
	if err != nil {
		return Plan{}, err
	}
	p.Rollback = rules.rollback(req.Prefer.Transaction)
	p.Settings = append(req.Settings[:len(req.Settings):len(req.Settings)], p.Settings...)
	if req.Prefer.Strict {
		p.MaxAffected = req.Prefer.MaxAffected
	}
	p.Stream = req.Sink != nil && streams(p)
	if !rules.Dialect.AbortInStatement && mayUndo(p) {
		return Plan{}, fault.Lacks("undoing a write that turns out to be wrong")
	}
	return p, nil
}

// streams reports whether an answer can be given row by row: lines of rows that nothing is written for, and nothing has to
// be counted for.
func streams(p Plan) bool {
	_, lines := p.Media.Encoding.(Lines)
	return lines && p.ReadOnly && p.Explain == nil && p.Count.Mode == query.CountNone && !headersOnly(p.Action)
}

func headersOnly(a Action) bool {
	switch a := a.(type) {
	case Read:
		return a.HeadersOnly
	case Call:
		return a.HeadersOnly || a.Result == nil
	case Write, Describe:
	}
	return true
}

// mayUndo reports whether a statement has to undo its own write when it gives the wrong number of rows.
func mayUndo(p Plan) bool {
	if p.ReadOnly {
		return false
	}
	if w, ok := p.Action.(Write); ok {
		if in, ok := w.Change.(Insert); ok && len(in.Key) > 0 {
			return true
		}
	}
	return p.Single || p.MaxAffected != nil
}

// rollback decides how the transaction ends.
func (r Rules) rollback(asked query.Transaction) bool {
	if !r.Override || asked == query.TransactionUnsaid {
		return r.Rollback
	}
	return asked == query.TransactionRollback
}

// builder carries what every part of one Build needs.
type builder struct {
	req     query.Request
	cat     *catalog.Snapshot
	rules   Rules
	aliases []alias
	// columns is where the next columns of the plan lie, side by side.
	columns []Column
	// returned collects what the rest of the statement needs of the rows that a write or a call gave back.
	returned []Returned
	// unknown is the fault of the first column or type that does not exist. PostgREST leaves those to the database, which
	// speaks only when everything else is right; so they come last here too.
	unknown error
}

func (b *builder) action() (Plan, error) {
	switch op := b.req.Operation.(type) {
	case query.Read:
		return b.read(op)
	case query.Insert:
		return b.insert(op, nil)
	case query.Upsert:
		return b.upsert(op)
	case query.Update:
		return b.update(op)
	case query.Delete:
		return b.delete(op)
	case query.Call:
		return b.call(op)
	case query.Describe:
		return b.describe(op)
	}
	return Plan{}, fault.New(fault.Internal, fault.CodeInternal, "unknown operation")
}

// read plans rows of a relation.
func (b *builder) read(op query.Read) (Plan, error) {
	rel, err := b.relation(op.Relation)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{ReadOnly: true, Count: b.count()}
	if err := b.media(&p, readTarget{relation: rel}); err != nil {
		return Plan{}, err
	}
	node, err := b.root(rel, op.Selection)
	if err != nil {
		return Plan{}, err
	}
	limitRows(node, b.rules.MaxRows)
	p.Action = Read{Select: node, HeadersOnly: op.HeadersOnly}
	return p, checkHandler(p.Media, op.Selection.Items, b.req.Accept)
}

// count is the way of counting that was asked for.
func (b *builder) count() Count {
	return Count{Mode: b.req.Prefer.Count, Exact: b.rules.MaxRows}
}

// relation looks a relation of the request's schema up.
func (b *builder) relation(name string) (*catalog.Relation, error) {
	n := catalog.Name{Schema: b.req.Schema, Name: name}
	if rel, ok := b.cat.Relation(n); ok {
		return rel, nil
	}
	near := ""
	if s, ok := closest(name, b.cat.RelationNames(b.req.Schema), relationLikeness); ok {
		near = b.req.Schema + "." + s
	}
	return nil, fault.UnknownRelation(n.String(), near)
}

// limitRows bounds the lists of an answer: the root and every embed of many rows.
func limitRows(root *Select, most int64) {
	if most == 0 {
		return
	}
	bound(root, most)
	for _, e := range root.Embeds {
		limitEmbed(e, most)
	}
}

func limitEmbed(e *Embed, most int64) {
	if e.Many {
		bound(e.Select, most)
	}
	for _, below := range e.Select.Embeds {
		limitEmbed(below, most)
	}
}

func bound(node *Select, most int64) {
	if node.Limit == nil || *node.Limit > most {
		node.Limit = &most
	}
}

const maxAlias = 50 // bytes of a name that an alias keeps; PostgreSQL cuts identifiers at 63, silently

// alias is the name of a node, and the number of names made from it for others.
type alias struct {
	name   string
	copies int
}

// alias makes a name for a node that no other node of the statement has.
func (b *builder) alias(base string) string {
	if len(base) > maxAlias {
		base = truncate(base, maxAlias)
	}
	name := base
	for first := b.aliased(base); b.aliased(name) >= 0; {
		b.aliases[first].copies++
		name = base + "_" + strconv.Itoa(b.aliases[first].copies)
	}
	b.aliases = append(b.aliases, alias{name: name})
	return name
}

// aliased is the place of a name among the aliases, -1 where it is free.
func (b *builder) aliased(name string) int {
	return slices.IndexFunc(b.aliases, func(a alias) bool { return a.name == name })
}
