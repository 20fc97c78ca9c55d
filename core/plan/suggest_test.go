package plan_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/plan"
)

func TestClosest(t *testing.T) {
	for _, tt := range []struct {
		name       string
		asked      string
		candidates []string
		likeness   float64
		want       string
	}{
		{"a letter too few", "film", []string{"actors", "films"}, plan.RelationLikeness, "films"},
		{"two letters off", "projecxx", []string{"projects", "project_invoices"}, plan.RelationLikeness, "projects"},
		{"too far for a relation", "films_of_old", []string{"films"}, plan.RelationLikeness, ""},
		{"near enough for a function", "films_of_old", []string{"films"}, plan.AnyLikeness, "films"},
		{"nothing in common", "xyz", []string{"films"}, plan.AnyLikeness, ""},
		{"no candidates", "films", nil, plan.AnyLikeness, ""},
		{"upper case counts as lower", "FILMS", []string{"films"}, plan.RelationLikeness, "films"},
		{"parameters", "(a, b, wrong)", []string{"(a)", "(a, b, c)"}, plan.AnyLikeness, "(a, b, c)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := plan.Closest(tt.asked, tt.candidates, tt.likeness); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
