package config_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/configuration.md")

const (
	manual  = "../../docs/configuration.md"
	partEnd = "<!-- End of the table. -->\n"
)

// parts are what of the manual is made from the code: the mark before each, and its text.
func parts() map[string]string {
	return map[string]string{
		"<!-- The table is made by `make golden` from core/config. -->\n":               settingsTable(false),
		"<!-- The table of Auth is made by `make golden` from core/config. -->\n":       settingsTable(true),
		"<!-- The list of the refused is made by `make golden` from core/config. -->\n": refusedTable(),
		"<!-- The list without effect is made by `make golden` from core/config. -->\n": idleList(),
	}
}

// The manual lists every setting as Load reads it.
func TestManual(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for mark, want := range parts() {
		before, rest, ok := strings.Cut(text, mark)
		old, after, ended := strings.Cut(rest, partEnd)
		if !ok || !ended {
			t.Fatalf("%s has lost the marks around a table: %s", manual, mark)
		}
		if diff := cmp.Diff(want, old); diff != "" && !*update {
			t.Errorf("%s is not up to date (make golden): -want +got:\n%s", manual, diff)
		}
		text = before + mark + want + partEnd + after
	}
	if *update {
		if err := os.WriteFile(manual, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// settingsTable has a row for each setting of the Auth service, or of all else; one row for those of a family.
func settingsTable(auth bool) string {
	var b strings.Builder
	b.WriteString("| setting | default | read | meaning |\n|---|---|---|---|\n")
	seen := map[string]bool{}
	for _, d := range config.Describe() {
		if d.Auth != auth || seen[d.Family] {
			continue
		}
		seen[d.Family] = d.Family != ""
		name := code(d.Name)
		if d.Family != "" {
			name = code(d.Family)
		}
		for _, alias := range d.Aliases {
			name += "<br>" + aliasWord(d) + " " + code(alias)
		}
		if d.Bare != "" {
			name += "<br>`serve auth`: or " + code(d.Bare)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, defaults(d), read(d), d.Doc)
	}
	return b.String()
}

// variables are those that a text names.
var variables = regexp.MustCompile(`GOTRUE_[A-Z_<>*]*`)

func refusedTable() string {
	var b strings.Builder
	b.WriteString("| setting | what to do |\n|---|---|\n")
	for _, u := range config.UnsupportedAuth() {
		if u.Instead != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", code(u.Name), variables.ReplaceAllStringFunc(u.Instead, code))
		}
	}
	return b.String()
}

func idleList() string {
	var b strings.Builder
	for _, u := range config.UnsupportedAuth() {
		if u.Instead == "" {
			fmt.Fprintf(&b, "- %s\n", code(u.Name))
		}
	}
	return b.String()
}

// aliasWord says what another name is: one that PostgREST had earlier, or one of somebody else's.
func aliasWord(d config.Description) string {
	if d.Ours || d.Auth {
		return "or"
	}
	return "earlier"
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
