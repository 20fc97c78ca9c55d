package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/fault"
)

// TestNestingIsBounded shows that no parameter can make the parser's stack grow with its length.
func TestNestingIsBounded(t *testing.T) {
	const levels = 100_000
	for name, raw := range map[string]string{
		"embeds":      "select=" + strings.Repeat("a(", levels) + strings.Repeat(")", levels),
		"open embeds": "select=" + strings.Repeat("a(", levels),
		"logic trees": "or=(" + strings.Repeat("and(", levels) + "a.is.null" + strings.Repeat(")", levels) + ")",
	} {
		t.Run(name, func(t *testing.T) {
			err := rest.ParseParams(raw)
			if err == nil {
				t.Fatal("not refused")
			}
			f := fault.From(err)
			if details := fmt.Sprint(f.Details); f.Status() != 400 || f.Code != "PGRST100" || !strings.Contains(details, "at most 500 levels") {
				t.Errorf("%d %s %s", f.Status(), f.Code, details)
			}
		})
	}
	if err := rest.ParseParams("or=(" + strings.Repeat("and(", 499) + "a.is.null" + strings.Repeat(")", 499) + ")"); err != nil {
		t.Errorf("499 levels: %v", err)
	}
}

// TestManyKeys shows that the time for a body grows with its size and not with its square: the body has 200,000 names,
// which would take minutes if each were looked for among all others.
func TestManyKeys(t *testing.T) {
	var first, second strings.Builder
	const names = 200_000
	for i := range names {
		fmt.Fprintf(&first, `,"k%d":1`, i)
		fmt.Fprintf(&second, `,"k%d":1`, names-1-i)
	}
	start := time.Now()
	keys, alike := rest.Keys([]byte("[{" + first.String()[1:] + "},{" + second.String()[1:] + "}]"))
	if len(keys) != names || !alike {
		t.Errorf("%d keys, alike: %t", len(keys), alike)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestManyEmbeds shows the same of parameters that are about embeds: 100,000 of them among 150,000 embeds.
func TestManyEmbeds(t *testing.T) {
	var b strings.Builder
	b.WriteString("select=")
	for i := range 150_000 {
		fmt.Fprintf(&b, "a%d(),", i)
	}
	b.WriteString("last()" + strings.Repeat("&last.a=is.null", 100_000))
	start := time.Now()
	if err := rest.ParseParams(b.String()); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}
