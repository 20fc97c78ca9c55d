package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

var update = flag.Bool("update", false, "rewrite the table of docs/configuration.md")

const (
	manual     = "../../docs/configuration.md"
	tableStart = "<!-- The table is made by `make golden` from core/config. -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

// The manual lists every setting as Load reads it.
func TestManual(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), tableStart)
	old, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has lost the marks around its table", manual)
	}
	want := settingsTable()
	if *update {
		if err := os.WriteFile(manual, []byte(before+tableStart+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("%s is not up to date (make golden): -want +got:\n%s", manual, diff)
	}
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | default | read | meaning |\n|---|---|---|---|\n")
	for _, d := range config.Describe() {
		name := code(d.Name)
		for _, alias := range d.Aliases {
			name += "<br>earlier " + code(alias)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, defaults(d), read(d), d.Doc)
	}
	return b.String()
}

// read says when a setting counts, and whether it may be kept in the database.
func read(d config.Description) string {
	switch {
	case d.Stored != "":
		return "reload, database"
	case d.Fixed:
		return "start"
	}
	return "reload"
}

// defaults tells the profiles apart only where they differ.
func defaults(d config.Description) string {
	out := code(d.Serve)
	if d.Lambda != d.Serve {
		out += "; in a Lambda " + code(d.Lambda)
	}
	if d.PostgREST != d.Serve {
		out += "; `serve rest`: " + code(d.PostgREST)
	}
	return out
}

func code(s string) string {
	if s == "" {
		return "none"
	}
	return "`" + s + "`"
}
