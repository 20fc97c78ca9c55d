package plan_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/internal/films"
)

func build(t *testing.T, req query.Request, rules plan.Rules) plan.Plan {
	t.Helper()
	req.Schema = films.Schema
	p, err := plan.Build(req, films.Catalog(), rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRollback(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules plan.Rules
		asked query.Transaction
		want  bool
	}{
		{"commits by default", plan.Rules{}, query.TransactionUnsaid, false},
		{"a wish does not count without override", plan.Rules{}, query.TransactionRollback, false},
		{"a wish counts with override", plan.Rules{Override: true}, query.TransactionRollback, true},
		{"rolls back where configured", plan.Rules{Rollback: true}, query.TransactionUnsaid, true},
		{"a wish to commit counts with override", plan.Rules{Rollback: true, Override: true}, query.TransactionCommit, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := query.Request{Operation: query.Read{Relation: "films"}, Prefer: query.Preferences{Transaction: tt.asked}}
			if got := build(t, req, tt.rules).Rollback; got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// TestMaxRows bounds every list of an answer, and no row that stands alone.
func TestMaxRows(t *testing.T) {
	req := query.Request{Operation: query.Read{Relation: "films", Selection: query.Selection{Items: []query.Item{
		&query.Embed{Relation: "directors", Selection: query.Selection{Items: []query.Item{
			&query.Embed{Relation: "films", Selection: query.Selection{Items: []query.Item{query.Star{}}}},
		}}},
		&query.Embed{Relation: "actors", Selection: query.Selection{Items: []query.Item{query.Star{}}}},
	}}}}
	root := build(t, req, plan.Rules{MaxRows: 7}).Action.(plan.Read).Select
	director, actors := root.Embeds[0], root.Embeds[1]
	got := map[string]*int64{
		"films": root.Limit, "director": director.Select.Limit, "director's films": director.Select.Embeds[0].Select.Limit,
		"actors": actors.Select.Limit,
	}
	seven := int64(7)
	want := map[string]*int64{"films": &seven, "director": nil, "director's films": &seven, "actors": &seven}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// TestUnknownNamesComeLast shows that a column nobody has is told of only when everything else is right.
func TestUnknownNamesComeLast(t *testing.T) {
	for _, tt := range []struct {
		name  string
		items []query.Item
		code  string
	}{
		{"a column", []query.Item{query.Field{Operand: query.Operand{Column: "nothing"}}}, "42703"},
		{"a column and an embed", []query.Item{
			query.Field{Operand: query.Operand{Column: "nothing"}}, &query.Embed{Relation: "nobody"},
		}, "PGRST200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := query.Request{Schema: films.Schema, Operation: query.Read{Relation: "films", Selection: query.Selection{Items: tt.items}}}
			_, err := plan.Build(req, films.Catalog(), plan.Rules{})
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != tt.code {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

func TestAggregatesMustBeAllowed(t *testing.T) {
	for _, field := range []query.Field{
		{Aggregate: query.Count},
		{Operand: query.Operand{Column: "rating"}, Aggregate: query.Avg},
		{Operand: query.Operand{Column: "count"}},
	} {
		req := query.Request{Schema: films.Schema, Operation: query.Read{
			Relation: "films", Selection: query.Selection{Items: []query.Item{field}},
		}}
		_, err := plan.Build(req, films.Catalog(), plan.Rules{})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "PGRST123" {
			t.Errorf("%+v: got %v", field, err)
		}
	}
}
