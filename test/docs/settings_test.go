package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// settingName finds names of settings, but for those that stand for many ("GOTRUE_EXTERNAL_<NAME>_URL", "PERGOLA_*").
var settingName = regexp.MustCompile(`\b(PGRST|PERGOLA|GOTRUE)_[A-Z0-9_]*[A-Z0-9]\b`)

var (
	// listedSetting finds the settings in what is generated of docs/configuration.md: rows of tables, and lists.
	listedSetting = regexp.MustCompile("(?m)^[|-] `([A-Z0-9_<>*]+)`")
	placeholder   = regexp.MustCompile(`<[A-Z]+>|\*`)
)

// knownSettings are patterns of names, those of settings that are refused among them.
func knownSettings(t *testing.T) []*regexp.Regexp {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var known []*regexp.Regexp
	for _, m := range listedSetting.FindAllStringSubmatch(string(text), -1) {
		known = append(known, regexp.MustCompile("^"+placeholder.ReplaceAllString(m[1], "[A-Z0-9_]+")+"$"))
	}
	if len(known) < 200 {
		t.Fatalf("only %d settings are known", len(known))
	}
	return known
}

// TestSettingsOfPages: whoever reads of a setting finds it among the settings.
func TestSettingsOfPages(t *testing.T) {
	known := knownSettings(t)
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range settingName.FindAllString(string(text), -1) {
			isKnown := func(r *regexp.Regexp) bool { return r.MatchString(name) }
			if filepath.Base(page) != "configuration.md" && !slices.ContainsFunc(known, isKnown) {
				t.Errorf("%s: %s is no setting", filepath.Base(page), name)
			}
		}
	}
}
