package engine_test

import (
	"context"
	"testing"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/stmt"
)

// answered is a runner whose database takes no time.
type answered struct{}

func (answered) Run(context.Context, stmt.Statement) (stmt.Result, error) {
	return stmt.Result{Rows: 1}, nil
}

// shop is a schema of customers, their orders, events, and one function: what test/bench asks for.
type shop struct{ cat *catalog.Snapshot }

func (s shop) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	return s.cat, plan.Rules{
		Dialect: dialect.Facts{Settings: true, AbortInStatement: true}, MaxDepth: 10, MaxFilters: 500,
	}, nil
}

func column(name, typeName string) catalog.Column {
	return catalog.Column{Name: name, Type: typeName, BaseType: typeName, TypeMod: typeName}
}

func relation(name string, columns ...catalog.Column) *catalog.Relation {
	return &catalog.Relation{
		Name: catalog.Name{Schema: "public", Name: name}, Insertable: true, PrimaryKey: []string{"id"}, Columns: columns,
	}
}

func newShop() shop {
	customers := relation("customers", column("id", "integer"), column("name", "text"), column("email", "text"),
		column("city", "text"), column("profile", "jsonb"), column("created_at", "timestamp with time zone"))
	orders := relation("orders", column("id", "integer"), column("customer_id", "integer"), column("status", "text"),
		column("total", "numeric"), column("placed_at", "timestamp with time zone"))
	events := relation("events", column("id", "bigint"), column("kind", "text"), column("customer_id", "integer"),
		column("payload", "jsonb"), column("happened_at", "timestamp with time zone"))
	number := catalog.Returns{Type: catalog.Name{Schema: "pg_catalog", Name: "int4"}, Text: "integer"}
	add := &catalog.Function{
		Name: catalog.Name{Schema: "public", Name: "add"}, Volatility: catalog.Immutable, Returns: number,
		Params: []catalog.Param{
			{Name: "a", Type: "integer", TypeMod: "integer", Required: true}, {Name: "b", Type: "integer", TypeMod: "integer", Required: true},
		},
	}
	toOne := &catalog.Relationship{
		From: orders.Name, To: customers.Name, Cardinality: catalog.ManyToOne, Constraint: "orders_customer_id_fkey",
		Columns: []catalog.ColumnPair{{From: "customer_id", To: "id"}},
	}
	toMany := &catalog.Relationship{
		From: customers.Name, To: orders.Name, Cardinality: catalog.OneToMany, Constraint: "orders_customer_id_fkey",
		Columns: []catalog.ColumnPair{{From: "id", To: "customer_id"}},
	}
	return shop{catalog.New(catalog.Source{
		Schemas: []string{"public"}, Relations: []*catalog.Relation{customers, orders, events},
		Relationships: []*catalog.Relationship{toOne, toMany}, Functions: []*catalog.Function{add},
	})}
}

func where(name string, op query.Operator, value string) query.Condition {
	return query.Filter{Operand: query.Operand{Column: name}, Test: query.Compare{Op: op, Value: value}}
}

func fields(names ...string) []query.Item {
	items := make([]query.Item, len(names))
	for i, name := range names {
		items[i] = query.Field{Operand: query.Operand{Column: name}}
	}
	return items
}

// operation is one thing to ask for.
type operation struct {
	name string
	op   query.Operation
}

// operations are what the benchmark of the whole server asks for, but for what is alike to the pure stages.
func operations() []operation {
	ten := int64(10)
	return []operation{
		{"one row", query.Read{Relation: "customers", Selection: query.Selection{
			Items: []query.Item{query.Star{}}, Where: []query.Condition{where("id", query.Eq, "7")},
		}}},
		{"filter", query.Read{Relation: "orders", Selection: query.Selection{
			Items: fields("id", "total", "placed_at"),
			Where: []query.Condition{where("status", query.Eq, "paid"), where("total", query.Gt, "900")},
			Order: []query.OrderTerm{{Operand: query.Operand{Column: "placed_at"}, Descending: true}},
			Limit: &ten,
		}}},
		{"to-one embed", query.Read{Relation: "orders", Selection: query.Selection{
			Items: append(fields("id", "total"),
				&query.Embed{Relation: "customers", Selection: query.Selection{Items: fields("name", "city")}}),
			Where: []query.Condition{where("customer_id", query.Eq, "7")},
		}}},
		{"to-many embed", query.Read{Relation: "customers", Selection: query.Selection{
			Items: append(fields("id", "name"),
				&query.Embed{Relation: "orders", Selection: query.Selection{Items: fields("id", "total", "status")}}),
			Order: []query.OrderTerm{{Operand: query.Operand{Column: "id"}}},
			Limit: &ten,
		}}},
		{"insert", query.Insert{Relation: "events", Body: query.Body{
			Raw:  []byte(`{"kind":"seen","customer_id":7,"payload":{"page":"start"}}`),
			Keys: []string{"kind", "customer_id", "payload"}, Whole: true,
		}}},
		{"rpc", query.Call{
			Function: "add", Args: query.NamedArguments{{Name: "a", Value: "3"}, {Name: "b", Value: "4"}}, ReadOnly: true,
		}},
	}
}

// BenchmarkDo is what the pure stages cost a request.
func BenchmarkDo(b *testing.B) {
	e := engine.New(answered{}, newShop(), engine.Session{SearchPath: []string{"public"}})
	for _, o := range operations() {
		req := query.Request{
			Schema: "public", Operation: o.op, Accept: []query.MediaType{{Name: "*/*"}},
			Settings: []query.Setting{
				{Name: "request.method", Value: "GET"},
				{Name: "request.path", Value: "/rest/v1/customers"},
				{Name: "request.headers", Value: `{"accept":"*/*"}`},
				{Name: "request.cookies", Value: "{}"},
			},
		}
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Do(b.Context(), member, req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
