package plan_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
)

// TestKeyed tells the embeds of one row that a foreign key promises from those that nothing promises.
func TestKeyed(t *testing.T) {
	named := func(name string) *catalog.Relation {
		return &catalog.Relation{Name: catalog.Name{Schema: "public", Name: name}, Columns: []catalog.Column{{Name: "id"}}}
	}
	cat := catalog.New(catalog.Source{
		Schemas: []string{"public"}, Relations: []*catalog.Relation{named("orders"), named("target")},
	})
	pair := []catalog.ColumnPair{{From: "id", To: "id"}}
	for _, tt := range []struct {
		name string
		rel  catalog.Relationship
		want bool
	}{
		{"a foreign key to a table", catalog.Relationship{Cardinality: catalog.ManyToOne, Columns: pair}, true},
		{"a foreign key to a table, seen through a view", catalog.Relationship{Cardinality: catalog.ManyToOne, Columns: pair, ToView: true}, false},
		{"a foreign key that is unique", catalog.Relationship{Cardinality: catalog.OneToOne, Columns: pair}, true},
		{"a unique foreign key, from the other side", catalog.Relationship{Cardinality: catalog.OneToOne, Columns: pair, Referred: true}, false},
		{"many rows", catalog.Relationship{Cardinality: catalog.OneToMany, Columns: pair}, false},
		{"a function that gives one row", catalog.Relationship{
			Cardinality: catalog.ManyToOne, Function: catalog.Name{Schema: "public", Name: "target"},
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := tt.rel
			rel.From, rel.To = cat.Relations[0].Name, cat.Relations[1].Name
			src := cat.Source
			src.Relationships = []*catalog.Relationship{&rel}
			p, err := plan.Build(query.Request{Schema: "public", Operation: query.Read{
				Relation: "orders", Selection: query.Selection{Items: []query.Item{&query.Embed{Relation: "target"}}},
			}}, catalog.New(src), plan.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Action.(plan.Read).Select.Embeds[0].Keyed; got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
