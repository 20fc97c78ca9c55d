package plan_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/internal/films"
)

func TestMaxFilters(t *testing.T) {
	id := query.Operand{Column: "id"}
	test := query.Filter{Operand: id, Test: query.Is{Value: query.NotNull}}
	inside := query.Operand{Column: "data", Path: []query.Step{{Key: "a"}, {Key: "b"}}}
	for _, tt := range []struct {
		name      string
		selection query.Selection
		parts     int
	}{
		{"values", query.Selection{Items: []query.Item{query.Star{}, query.Field{Operand: id}}}, 2},
		{"steps", query.Selection{Items: []query.Item{query.Field{Operand: inside}}}, 3},
		{"an embed and what it shows", query.Selection{Items: []query.Item{
			&query.Embed{Relation: "directors", Selection: query.Selection{Items: []query.Item{query.Star{}}}},
		}}, 2},
		{"conditions", query.Selection{Where: []query.Condition{test, test, test}}, 3},
		{"a condition inside of a value", query.Selection{Where: []query.Condition{
			query.Filter{Operand: inside, Test: query.Compare{Value: "1"}},
		}}, 3},
		{"logic trees", query.Selection{Where: []query.Condition{query.Logic{Terms: []query.Condition{test, test}}}}, 3},
		{"order terms", query.Selection{Order: []query.OrderTerm{{Operand: id}, {Operand: inside}}}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := query.Request{Schema: films.Schema, Operation: query.Read{Relation: "films", Selection: tt.selection}}
			for _, most := range []int{0, tt.parts} {
				if _, err := plan.Build(req, films.Catalog(), plan.Rules{MaxFilters: most}); err != nil {
					t.Errorf("a limit of %d: %v", most, err)
				}
			}
			_, err := plan.Build(req, films.Catalog(), plan.Rules{MaxFilters: tt.parts - 1})
			refused(t, err, fault.CodeTooMany, "PERGOLA_MAX_FILTERS")
		})
	}
}

// TestMaxFiltersOfEveryOperation shows that no operation has a selection that is not counted.
func TestMaxFiltersOfEveryOperation(t *testing.T) {
	s := query.Selection{Items: []query.Item{query.Star{}, query.Star{}}}
	body := query.Body{Raw: []byte(`{"title":"a"}`), Keys: []string{"title"}}
	in := query.Insert{Relation: "films", Body: body, Selection: s}
	for name, op := range map[string]query.Operation{
		"read": query.Read{Relation: "films", Selection: s}, "insert": in, "upsert": query.Upsert{Insert: in},
		"update": query.Update{Relation: "films", Body: body, Selection: s},
		"delete": query.Delete{Relation: "films", Selection: s},
		"call":   query.Call{Function: "films_of", Args: query.NamedArguments{{Name: "director", Value: "1"}}, Selection: s},
	} {
		t.Run(name, func(t *testing.T) {
			req := query.Request{Schema: films.Schema, Operation: op}
			if _, err := plan.Build(req, films.Catalog(), plan.Rules{MaxFilters: 2}); err != nil {
				t.Fatal(err)
			}
			_, err := plan.Build(req, films.Catalog(), plan.Rules{MaxFilters: 1})
			refused(t, err, fault.CodeTooMany, "PERGOLA_MAX_FILTERS")
		})
	}
}

func TestMaxLogicDepth(t *testing.T) {
	nested := func(levels int) query.Request {
		var c query.Condition = query.Filter{Operand: query.Operand{Column: "id"}, Test: query.Is{}}
		for range levels {
			c = query.Logic{Or: true, Terms: []query.Condition{c}}
		}
		s := query.Selection{Where: []query.Condition{c}}
		return query.Request{Schema: films.Schema, Operation: query.Read{Relation: "films", Selection: s}}
	}
	if _, err := plan.Build(nested(100), films.Catalog(), plan.Rules{}); err != nil {
		t.Error(err)
	}
	_, err := plan.Build(nested(101), films.Catalog(), plan.Rules{})
	refused(t, err, fault.CodeTooDeep, "100 levels")
}

// TestTimeForNonsense shows that the time for a request which nothing fits does not grow with the square of its size.
func TestTimeForNonsense(t *testing.T) {
	var args query.NamedArguments
	for i := range 300_000 {
		args = append(args, query.Argument{Name: "argument" + strconv.Itoa(i)})
	}
	for name, op := range map[string]query.Operation{
		"arguments":  query.Call{Function: "twice", Args: args},
		"a function": query.Call{Function: strings.Repeat("twice", 400_000), Args: query.NamedArguments{}},
		"a relation": query.Read{Relation: strings.Repeat("films", 400_000)},
		"a column":   query.Insert{Relation: "films", Body: query.Body{Keys: []string{strings.Repeat("title", 400_000)}}},
		"a value": query.Read{Relation: "films", Selection: query.Selection{
			Items: []query.Item{query.Field{Operand: query.Operand{Column: strings.Repeat("title", 400_000)}}},
		}},
		"an embed": query.Read{Relation: "films", Selection: query.Selection{
			Items: []query.Item{&query.Embed{Relation: strings.Repeat("actors", 400_000)}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := plan.Build(query.Request{Schema: films.Schema, Operation: op}, films.Catalog(), plan.Rules{}); err == nil {
				t.Error("not refused")
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// refused demands a fault of the caller's that names the limit.
func refused(t *testing.T, err error, code, names string) {
	t.Helper()
	if err == nil {
		t.Fatal("not refused")
	}
	f := fault.From(err)
	if f.Status() != 400 || f.Code != code || !strings.Contains(f.Message+f.Hint, names) {
		t.Errorf("got %d %s %q %q", f.Status(), f.Code, f.Message, f.Hint)
	}
}
