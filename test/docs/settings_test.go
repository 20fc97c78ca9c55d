package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
)

var settingName = regexp.MustCompile(`\b(PGRST|PERGOLA)_[A-Z][A-Z_]+\b`)

// TestSettingsOfMovingPages: whoever moves here is told of settings that there are.
func TestSettingsOfMovingPages(t *testing.T) {
	known := map[string]bool{}
	for _, d := range config.Describe() {
		known[d.Name] = true
	}
	pages, err := filepath.Glob("../../docs/moving-from-*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range settingName.FindAllString(string(text), -1) {
			if !known[name] {
				t.Errorf("%s: %s is no setting", filepath.Base(page), name)
			}
		}
	}
}
